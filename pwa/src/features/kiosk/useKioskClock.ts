/** The kiosk's clock, ticking, and the code of the present step. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { advance, isDoubtful, known, minutesSinceKnown, resume, type Heard, type KioskClock, type Reading } from '@/rules/kioskClock'
import { STEP_MS, stepOf } from '@/rules/rotatingToken'
import { readingNow } from './contact'
import { codeOf } from './key'
import { changeKiosk, type Kiosk } from './store'

const TICK_MS = 500

export interface RunningClock {
  clock: Readonly<ShallowRef<KioskClock>>
  /** The link that the screen shows; null until the first one is signed. */
  link: Readonly<Ref<string | null>>
  secondsLeft: Readonly<Ref<number>>
  /** A handshake said what time it is. */
  heard: (heard: Heard, reading: Reading) => void
}

export function useKioskClock(kiosk: Kiosk): RunningClock {
  const clock = shallowRef(resume(kiosk.clock, readingNow()))
  const link = ref<string | null>(null)

  function set(next: KioskClock): void {
    clock.value = next
  }

  const tick = () => set(advance(clock.value, readingNow()))
  const timer = setInterval(tick, TICK_MS)
  document.addEventListener('visibilitychange', tick)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', tick)
  })

  const step = computed(() => stepOf(clock.value.at))
  // A doubt, and its end, goes into the code at once; so that a closed browser does not forget it, into storage too.
  watch(
    [step, () => isDoubtful(clock.value)],
    async ([now, jumped]) => {
      const shown = { kioskId: kiosk.id, step: now, jumped, minutesSinceKnown: minutesSinceKnown(clock.value) }
      const token = await codeOf(kiosk.key, shown)
      if (now === step.value) link.value = `${location.origin}/q/${token}`
      await changeKiosk(kiosk.id, { clock: clock.value })
    },
    { immediate: true },
  )

  return {
    clock,
    link,
    secondsLeft: computed(() => Math.ceil((STEP_MS - (clock.value.at % STEP_MS)) / 1000)),
    heard: (heard, reading) => set(known(heard, reading, clock.value)),
  }
}
