import { describe, expect, it } from 'vitest'
import golden from '../../../tests/golden/presence/clocks.json'
import { startStopwatch, visitMs, type Witness } from '@/rules/elapsed'
import { correctionOf, isDoubtful, readingAt, stillHolds, stoodStill, type Handshake } from './handshake'

const OPENED = 1_700_000_000_000
const MINUTE = 60_000
const mono = (since: number, opened = OPENED) => ({ opened, since })

/** An answer at `since` of this page, when it was `server` and the phone's clock showed `wall`. */
function heard(since: number, server: number, wall: number, opened = OPENED): Handshake {
  return { server, skew: server - wall, asked: mono(since - 200, opened), heard: mono(since, opened) }
}

/** When the visits of the cases began by the monotonic clock of their page. */
const BEGAN = 60 * MINUTE
const sendings = golden.cases.flatMap((each) => (each.sending ? [{ ...each, ...each.sending }] : []))

describe('golden cases of clocks that were set before sending', () => {
  it.each(sendings)('$name', ({ check_in, check_out, clock: shown, closed, heard: heardAt, since_check_in_ms, ...sent }) => {
    const began = Date.parse(check_in)
    const page = heardAt === undefined ? null : heardBefore(began - Date.parse(heardAt), Date.parse(heardAt))
    const made = readingAt(began, mono(BEGAN), page)
    const ended = readingAt(Date.parse(check_out.at), mono(BEGAN + (check_out.elapsed_ms ?? 0)), page)
    const clock = Date.parse(shown)
    const now = closed ? mono(700, OPENED + 5) : mono(BEGAN + (since_check_in_ms ?? 0))
    expect(isDoubtful(made, clock, now)).toBe(true)
    const told = { ...heard(now.since, Date.parse(sent.received_at), clock, now.opened), asked: now }
    const corrections = (closed ? [made, ended] : [made]).map((each) => correctionOf(each, told, [made, ended]))
    expect(new Set(corrections).size).toBe(1)
    expect(new Date(clock - (corrections[0] ?? 0)).toISOString()).toBe(sent.sent_at)
  })
})

function heardBefore(ms: number, at: number): Handshake {
  const since = BEGAN - ms
  return { server: at, skew: 0, asked: mono(since), heard: mono(since) }
}

describe('golden cases of phones that sleep', () => {
  const slept = golden.cases.flatMap((each) => (each.measured ? [{ ...each, ...each.measured }] : []))
  it.each(slept)('$name', ({ check_out, counted_ms, began, ended }) => {
    const at = (each: Omit<Witness, 'wall'> & { wall: string }) => ({ ...each, wall: Date.parse(each.wall) })
    const stopwatch = startStopwatch(mono(BEGAN), at(began))
    expect(visitMs(stopwatch, mono(BEGAN + counted_ms), at(ended))).toBe(check_out.elapsed_ms)
  })
  it('what was not witnessed at its beginning is counted', () => {
    const ended = { wall: OPENED + 2 * BEGAN, ahead: 0, skew: 0 }
    expect(visitMs(startStopwatch(mono(0)), mono(MINUTE), ended)).toBe(MINUTE)
  })
})

describe('when something was, between two answers of the server', () => {
  const T = Date.parse('2026-05-12T01:00:00.000Z')
  const first = heard(1_000, T, T)

  it('is as the wall clock says while nobody touches it', () => {
    const made = readingAt(T + 10 * MINUTE, mono(1_000 + 10 * MINUTE), first)
    expect(isDoubtful(made, T + 40 * MINUTE, mono(1_000 + 40 * MINUTE))).toBe(false)
    expect(correctionOf(made, heard(1_000 + 40 * MINUTE, T + 40 * MINUTE, T + 40 * MINUTE))).toBe(0)
  })

  it.each([
    ['set back an hour afterwards', 0, -60],
    ['set forward an hour afterwards', 0, 60],
    ['set forward an hour before, and right again', 60, 0],
    ['set back an hour before, and right again', -60, 0],
    ['set forward a day before and left so', 1440, 1440],
  ])('is not moved by a clock %s', (_name, before, after) => {
    const made = readingAt(T + (10 + before) * MINUTE, mono(1_000 + 10 * MINUTE), first)
    const now = heard(1_000 + 40 * MINUTE, T + 40 * MINUTE, T + (40 + after) * MINUTE)
    const said = made.wall + now.skew + correctionOf(made, now)
    expect(Math.abs(said - (T + 10 * MINUTE))).toBeLessThan(2_000)
  })

  it('is not moved where the phone slept, whenever it did', () => {
    // Of the 40 minutes the phone slept 20: 5 of them before, 15 after it was made.
    const made = readingAt(T + 10 * MINUTE, mono(1_000 + 5 * MINUTE), first)
    const now = heard(1_000 + 20 * MINUTE, T + 40 * MINUTE, T + 40 * MINUTE)
    expect(isDoubtful(made, T + 40 * MINUTE, mono(1_000 + 20 * MINUTE))).toBe(true)
    expect(correctionOf(made, now)).toBe(0)
  })

  it('is never later than now, whatever the clock of a page that is closed said', () => {
    const made = readingAt(T + 1440 * MINUTE, mono(7, OPENED - 5), null)
    expect(isDoubtful(made, T + 40 * MINUTE, mono(1_000))).toBe(true)
    const now = heard(1_000, T + 40 * MINUTE, T + 40 * MINUTE)
    expect(made.wall + now.skew + correctionOf(made, now)).toBe(T + 40 * MINUTE)
  })

  it('is as old as what else its page made, though that page is closed', () => {
    const [one, other] = [readingAt(T, mono(7, OPENED - 5), null), readingAt(T, mono(7 + 30 * MINUTE, OPENED - 5), null)]
    const elsewhere = readingAt(T, mono(90 * MINUTE, OPENED - 9), null)
    const now = heard(1_000, T + 40 * MINUTE, T - 60 * MINUTE)
    const was = (made: typeof one) => made.wall + now.skew + correctionOf(made, now, [one, other, elsewhere])
    expect([was(one), was(other)]).toEqual([T + 10 * MINUTE, T + 40 * MINUTE])
  })
})

describe('an answer of just now', () => {
  const T = Date.parse('2026-05-12T01:00:00.000Z')
  it.each([
    ['goes on while the clocks go alike', MINUTE, MINUTE, true],
    ['ends where the clock was set', 61 * MINUTE, MINUTE, false],
    ['ends where the phone slept', 5 * MINUTE, MINUTE, false],
  ])('%s', (_name, wall, since, holds) => {
    expect(stillHolds(heard(1_000, T + 20_000, T), T + wall, mono(1_000 + since))).toBe(holds)
  })
})

describe('a clock that stands still while the phone sleeps', () => {
  const T = Date.parse('2026-05-12T01:00:00.000Z')

  it('is found out by two answers, less the way of the requests', () => {
    const still = stoodStill(heard(1_000, T, T), heard(1_000 + 10 * MINUTE, T + 30 * MINUTE, T))
    expect(still).toBe(20 * MINUTE - 200)
  })

  it.each([
    ['it went on', heard(1_000 + 30 * MINUTE, T + 30 * MINUTE, T)],
    ['an answer was long on its way', { ...heard(1_000 + 30 * MINUTE + 20_000, T + 30 * MINUTE, T) }],
    ['the page is another', heard(10, T + 30 * MINUTE, T, OPENED + 1)],
  ])('is not assumed where %s', (_name, later) => {
    expect(stoodStill(heard(1_000, T, T), later)).toBe(0)
  })
})
