import { describe, expect, it } from 'vitest'
import golden from '../../../tests/golden/presence/clocks.json'
import { correctionOf, isDoubtful, readingAt, stoodStill, type Handshake } from './handshake'

const OPENED = 1_700_000_000_000
const MINUTE = 60_000
const mono = (since: number, opened = OPENED) => ({ opened, since })

/** An answer at `since` of this page, when it was `server` and the phone's clock showed `wall`. */
function heard(since: number, server: number, wall: number, opened = OPENED): Handshake {
  return { server, skew: server - wall, asked: mono(since - 200, opened), heard: mono(since, opened) }
}

describe('golden cases of clocks that were set before sending', () => {
  it.each(golden.cases.flatMap((each) => (each.sending ? [{ ...each, sending: each.sending }] : [])))(
    '$name',
    ({ check_in, sending, sent_at, received_at }) => {
      const began = 5 * MINUTE
      const made = readingAt(Date.parse(check_in), mono(began), null)
      const clock = Date.parse(sending.clock)
      const since = began + sending.since_check_in_ms
      expect(isDoubtful(made, clock, mono(since))).toBe(true)
      const correction = correctionOf(made, { ...heard(since, Date.parse(received_at), clock), asked: mono(since) })
      expect(new Date(clock - correction).toISOString()).toBe(sent_at)
    },
  )
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
