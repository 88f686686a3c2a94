import { describe, expect, it } from 'vitest'
import { toHex } from './bytes'
import { advance, isDoubtful, known, minutesSinceKnown, resume, type KioskClock } from './kioskClock'
import { parseRotatingToken, signedPart, stepOf, tokenText, type Shown } from './rotatingToken'

const HOUR = 3_600_000
const KIOSK = '0193a5b0-1234-7abc-8def-0123456789ab'
const shown: Shown = { kioskId: KIOSK, step: 59_642_000, jumped: false, minutesSinceKnown: 0 }

describe('rotating code', () => {
  it('has its bytes where other clients look for them', () => {
    expect(toHex(signedPart({ ...shown, jumped: true, minutesSinceKnown: 258 }))).toBe(
      '02' + '0193a5b012347abc8def0123456789ab' + '00038e1090' + '01' + '0102',
    )
  })
  it.each<[string, Partial<Shown>]>([
    ['as it is', {}],
    ['a step beyond four bytes', { step: 2 ** 32 + 7 }],
    ['a clock that jumped', { jumped: true }],
    ['days without a handshake', { minutesSinceKnown: 4320 }],
  ])('comes back from its text: %s', (_, values) => {
    const said = { ...shown, ...values }
    expect(parseRotatingToken(tokenText(signedPart(said), new Uint8Array(64)))).toMatchObject(said)
  })
  it('says no more than 65535 minutes', () => {
    const text = tokenText(signedPart({ ...shown, minutesSinceKnown: 70_000.5 }), new Uint8Array(64))
    expect(parseRotatingToken(text)?.minutesSinceKnown).toBe(65_535)
  })
  it.each(['', 'AQ', 'x'.repeat(119)])('%j is none', (text) => {
    expect(parseRotatingToken(text)).toBeNull()
  })
})

describe('the clock of a kiosk', () => {
  const enrolled: KioskClock = known({ server: 1_000_000_000, roundTrip: 200 }, { wall: 5_000, mono: 100 }, null)
  const later = (wall: number, mono: number) => ({ wall: 5_000 + wall, mono: 100 + mono })

  it('is the server’s, half the round trip later', () => {
    expect(enrolled).toMatchObject({ at: 1_000_000_100, knownAt: 1_000_000_100, jumped: false, jumps: 0 })
  })
  it('runs on monotonic time, and small corrections of the wall clock say nothing', () => {
    expect(advance(enrolled, later(61_900, 60_000))).toMatchObject({ at: 1_000_060_100, jumped: false, jumps: 0 })
  })
  it.each([
    ['set back an hour', -HOUR, 1_000, 1_000],
    ['set forward an hour, or asleep for one', HOUR, 1_000, HOUR],
    ['set back a day', -24 * HOUR, 1_000, 1_000],
    ['just beyond tolerance', 3_100, 1_000, 3_100],
  ])('%s: goes on with the clock that went further, and says so', (_, wall, mono, moved) => {
    const after = advance(enrolled, later(wall, mono))
    expect(after).toMatchObject({ at: enrolled.at + moved, jumped: true, jumps: 1 })
    expect(advance(after, later(wall + 5_000, mono + 5_000))).toMatchObject({
      at: enrolled.at + moved + 5_000,
      jumped: true,
      jumps: 1,
    })
  })
  it('goes on over a reload by the wall clock, and its age too', () => {
    const after = resume(advance(enrolled, later(3 * HOUR, 3 * HOUR)), later(3 * HOUR + 60_000, 3 * HOUR + 60_000))
    expect(after.at).toBe(enrolled.at + 3 * HOUR + 60_000)
    expect(minutesSinceKnown(after)).toBe(181)
    expect(isDoubtful(after)).toBe(false)
  })
  // Set forward or not, both clocks of a browser that was closed begin with the wall clock of the device.
  it.each([120_000, HOUR, 48 * HOUR])('is doubted after the page was closed for what looks like %d ms', (closed) => {
    const after = resume(enrolled, later(closed, closed))
    expect(after).toMatchObject({ at: enrolled.at + closed, jumped: false, unwatched: true, jumps: 0 })
    expect(isDoubtful(advance(after, later(closed + 500, closed + 500)))).toBe(true)
    expect(isDoubtful(resume(after, later(closed + 500, closed + 500)))).toBe(true)
  })
  it('is no longer doubted after a handshake, which counts a jump only where it was set while closed', () => {
    const honest = resume(enrolled, later(HOUR, HOUR))
    const right = known({ server: enrolled.at + HOUR, roundTrip: 0 }, later(HOUR, HOUR), honest)
    expect([isDoubtful(right), right.jumps]).toEqual([false, 0])
    const set = known({ server: enrolled.at + 600_000, roundTrip: 0 }, later(HOUR, HOUR), honest)
    expect([isDoubtful(set), set.jumps, set.at]).toEqual([false, 1, enrolled.at + 600_000])
  })
  it.each([
    ['the wall clock moved against the other', HOUR, 4_000, HOUR],
    ['the wall clock went back', -HOUR, 4_000, 0],
    ['the browser was closed, its monotonic clock has another base', 4_000, -500_000, 4_000],
  ])('says over a reload that %s', (_, wall, mono, moved) => {
    expect(resume(enrolled, later(wall, mono))).toMatchObject({ at: enrolled.at + moved, jumped: true, jumps: 1 })
  })
  it('is believed again after a handshake; what it was wrong about counts', () => {
    const wrong = { server: enrolled.at + 10_000 + HOUR, roundTrip: 0 }
    expect(known(wrong, later(10_000, 10_000), enrolled)).toMatchObject({ jumped: false, jumps: 1 })
    const jumped = advance(enrolled, later(HOUR, 1_000))
    expect(known({ server: enrolled.at + 1_000, roundTrip: 0 }, later(HOUR, 1_000), jumped)).toMatchObject({
      at: enrolled.at + 1_000,
      jumped: false,
      jumps: 1,
    })
  })
  it('may drift some seconds in some days', () => {
    const days = 5 * 24 * HOUR
    const heard = { server: enrolled.at + days + 20_000, roundTrip: 0 }
    expect(known(heard, later(days, days), enrolled).jumps).toBe(0)
  })
  it('has a step every thirty seconds', () => {
    expect([stepOf(0), stepOf(29_999), stepOf(30_000)]).toEqual([0, 0, 1])
  })
})
