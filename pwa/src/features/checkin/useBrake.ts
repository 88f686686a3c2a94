/**
 * Slows down who tries short codes. They prove nothing and are no secret to a phone that holds them; but a page that
 * answers every guess at once invites to guess.
 */
import { computed, ref, type ComputedRef } from 'vue'
import { useNow } from '@/offline'

/** Mistyped twice and once more is human. */
const FREE = 4
const FIRST_S = 30
const LONGEST_S = 600

/** Seconds to wait after so many wrong codes. */
export function waitAfter(wrong: number): number {
  return wrong <= FREE ? 0 : Math.min(LONGEST_S, FIRST_S * 2 ** (wrong - FREE - 1))
}

// Leaving the page and coming back begins nothing anew.
const wrong = ref(0)
const until = ref(0)

export function useBrake(): { secondsLeft: ComputedRef<number>; missed: () => void; hit: () => void } {
  const now = useNow()
  return {
    secondsLeft: computed(() => Math.max(0, Math.ceil((until.value - now.value) / 1000))),
    missed: () => {
      wrong.value += 1
      until.value = Date.now() + waitAfter(wrong.value) * 1000
    },
    hit: () => {
      wrong.value = 0
    },
  }
}
