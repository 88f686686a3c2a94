/** One position, asked for once; asked again only when the person says so. Never a track. */
import { onMounted, readonly, ref } from 'vue'
import type { Position, PositionProblem } from '@/api/wire'
import type { FixState } from '@/rules/grade'

const TIMEOUT_MS = 20_000
const PROBLEMS: Record<number, PositionProblem> = { 1: 'denied', 2: 'unavailable', 3: 'timeout' }

/** `atOnce: false` waits for the first touch. */
export function useFix({ atOnce = true } = {}) {
  const state = ref<FixState>({ kind: 'asking' })

  function ask(): void {
    if (!window.isSecureContext || !('geolocation' in navigator)) {
      state.value = { kind: 'failed', problem: 'unsupported' }
      return
    }
    state.value = { kind: 'asking' }
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy }, timestamp }) => {
        const ahead_ms = Date.now() - timestamp
        state.value = { kind: 'fixed', fix: { latitude, longitude, accuracy_m: accuracy }, ahead_ms }
      },
      ({ code }) => {
        state.value = { kind: 'failed', problem: PROBLEMS[code] ?? 'unavailable' }
      },
      { enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: 0 },
    )
  }

  onMounted(() => {
    if (atOnce) ask()
  })
  return { fix: readonly(state), ask }
}

/** How far the phone's clock is ahead of the position's own time, ms; null without a position. */
export function aheadOf(state: FixState): number | null {
  return state.kind === 'fixed' ? (state.ahead_ms ?? null) : null
}

/** The position as entries carry it. Somebody who does not wait for the fix has none in time. */
export function positionOf(state: FixState): {
  position: Position | null
  position_problem: PositionProblem | null
} {
  if (state.kind !== 'fixed')
    return { position: null, position_problem: state.kind === 'failed' ? state.problem : 'timeout' }
  const { latitude, longitude, accuracy_m } = state.fix
  const position = {
    latitude,
    longitude,
    accuracy_m: Math.round(accuracy_m * 10) / 10,
    datum: 'WGS-84' as const,
  }
  return { position, position_problem: null }
}
