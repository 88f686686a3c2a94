/** Reading a meter step by step: what is under way, what is asked before a reading is taken, what went wrong. */
import { ref, shallowRef } from 'vue'
import { isToAskAbout } from '@/rules/deviceReading'
import { MeterFailure, meterOf, nameOf, type Bluetooth, type Kind, type Meter, type Why } from './bluetooth'
import { readMeter, type Reading } from './readMeter'

export type Doubt = 'old' | 'no_clock' | 'taken_before'

export type State =
  | { at: 'idle' }
  | { at: 'choosing' }
  | { at: 'connecting' | 'waiting'; name: string }
  | { at: 'asking'; name: string; reading: Reading; doubt: Doubt }
  | { at: 'taken'; name: string; reading: Reading }
  | { at: 'failed'; why: Why }

/** What was taken last from each meter: the next resident's must not be the one before's. */
const takenLast = new Map<string, string>()

/** `take` gets a reading, sound and not old or said to be this one, with the meter's name. */
export function useMeter(kind: Kind, bluetooth: Bluetooth, take: (reading: Reading, name: string) => void) {
  const state = shallowRef<State>({ at: 'idle' })
  const isKnown = ref(false)
  let running = new AbortController()
  let meter: Meter | null = null

  async function start(another = false): Promise<void> {
    running.abort()
    running = new AbortController()
    const { signal } = running
    const go = (next: State) => {
      if (!signal.aborted) state.value = next
    }
    try {
      go({ at: 'choosing' })
      meter = await meterOf(kind, bluetooth, another)
      isKnown.value = true
      const name = nameOf(meter)
      go({ at: 'connecting', name })
      const reading = await readMeter(kind, meter, signal, () => go({ at: 'waiting', name }))
      if (!signal.aborted) judge(meter, reading)
    } catch (error) {
      if (!(error instanceof MeterFailure)) throw error
      go({ at: 'failed', why: error.why })
    }
  }

  function judge(from: Meter, reading: Reading): void {
    const name = nameOf(from)
    const doubt = doubtOf(from, reading)
    if (doubt) state.value = { at: 'asking', name, reading, doubt }
    else accept(reading, name)
  }

  function doubtOf(from: Meter, reading: Reading): Doubt | null {
    if (takenLast.get(from.id) === JSON.stringify(reading)) return 'taken_before'
    if (reading.at === null) return 'no_clock'
    return isToAskAbout(reading.at, Date.now()) ? 'old' : null
  }

  function accept(reading: Reading, name: string): void {
    if (meter) takenLast.set(meter.id, JSON.stringify(reading))
    state.value = { at: 'taken', name, reading }
    take(reading, name)
  }

  /** The answer to what is asked about a reading. */
  function answer(isThisOne: boolean): void {
    const asked = state.value
    if (asked.at !== 'asking') return
    if (isThisOne) accept(asked.reading, asked.name)
    else state.value = { at: 'idle' }
  }

  function cancel(): void {
    running.abort()
    state.value = { at: 'failed', why: 'cancelled' }
  }

  /** The form is left: nobody waits any more. */
  function leave(): void {
    running.abort()
  }

  return { state, isKnown, start, answer, cancel, leave }
}
