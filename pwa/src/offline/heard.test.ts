/** What an answer of the server does to the visits that run on this page. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { elapsedMs, startStopwatch, type Stopwatch } from '@/rules/elapsed'
import type { Handshake } from './handshake'
import type * as State from './state'

const OPENED = 1_700_000_000_000
const MINUTE = 60_000
const T = Date.parse('2026-05-12T01:00:00.000Z')
const mono = (since: number) => ({ opened: OPENED, since })
/** An answer after `since` of this page's count, when `after` had really passed. */
const heardAt = (since: number, after: number): Handshake => ({
  server: T + after,
  skew: 0,
  asked: mono(since),
  heard: mono(since),
})

let state: typeof State
let clocks: Map<string, Stopwatch>

beforeEach(async () => {
  vi.resetModules()
  state = await import('./state')
  clocks = new Map()
  state.current.value = { clocks } as unknown as NonNullable<typeof state.current.value>
})
afterEach(() => {
  state.current.value = null
})

const lasted = (id: string, since: number) => elapsedMs(clocks.get(id) ?? startStopwatch(mono(since)), mono(since))

describe('an answer of the server', () => {
  it('adds what the phone slept since the answer before to the visits that ran all the while', () => {
    clocks.set('visit', startStopwatch(mono(0)))
    state.heardServer(heardAt(10 * MINUTE, 10 * MINUTE))
    clocks.set('later', startStopwatch(mono(15 * MINUTE)))
    state.heardServer(heardAt(20 * MINUTE, 50 * MINUTE))
    expect(lasted('visit', 20 * MINUTE)).toBe(50 * MINUTE)
    expect(lasted('later', 20 * MINUTE)).toBe(5 * MINUTE)
  })

  it('adds it once', () => {
    clocks.set('visit', startStopwatch(mono(0)))
    for (const [since, after] of [[1, 1], [2, 32], [3, 33]] as const)
      state.heardServer(heardAt(since * MINUTE, after * MINUTE))
    expect(lasted('visit', 3 * MINUTE)).toBe(33 * MINUTE)
  })

  it('changes nothing where the clock went on, nor the first time', () => {
    clocks.set('visit', startStopwatch(mono(0)))
    state.heardServer(heardAt(MINUTE, 40 * MINUTE))
    state.heardServer(heardAt(2 * MINUTE, 41 * MINUTE))
    expect(lasted('visit', 2 * MINUTE)).toBe(2 * MINUTE)
  })

  it('bounds what is said after it', () => {
    const said = () => state.readingOf({ wall: T + 99 * MINUTE, mono: mono(12 * MINUTE) })
    expect(said()).toEqual({ wall: T + 99 * MINUTE, mono: mono(12 * MINUTE), notBefore: null })
    state.heardServer(heardAt(10 * MINUTE, 10 * MINUTE))
    expect(said()).toMatchObject({ notBefore: T + 12 * MINUTE, steady: false })
    expect(state.readingOf({ wall: T + 12 * MINUTE, mono: mono(12 * MINUTE) })).toMatchObject({ steady: true })
  })
})
