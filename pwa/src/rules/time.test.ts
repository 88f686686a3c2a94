import { describe, expect, it } from 'vitest'
import { addDays, ageOn, dayIn, daysBetween } from './days'
import { elapsedMs, resumeStopwatch, startStopwatch } from './elapsed'
import { resident } from './examples.test-data'
import { freezeContent } from './freeze'
import { isLate } from './late'
import { byBed, matchesResident } from './residentSearch'
import { uuid7Generator } from './uuid7'

describe('days', () => {
  it('takes the local day of the institution, not of the phone', () => {
    expect(dayIn('Asia/Shanghai', Date.parse('2026-11-21T15:59:59.999Z'))).toBe('2026-11-21')
    expect(dayIn('Asia/Shanghai', Date.parse('2026-11-21T16:00:00.000Z'))).toBe('2026-11-22')
    expect(dayIn('Asia/Urumqi', Date.parse('2026-11-21T16:00:00.000Z'))).toBe('2026-11-21')
  })
  it('counts across months and leap days', () => {
    expect(daysBetween('2028-02-28', '2028-03-01')).toBe(2)
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28')
  })
  it('counts completed years', () => {
    expect(ageOn('1950-11-22', '2026-11-21')).toBe(75)
    expect(ageOn('1950-11-22', '2026-11-22')).toBe(76)
    expect(ageOn('1948-02-29', '2026-02-28')).toBe(77)
    expect(ageOn('1948-02-29', '2026-03-01')).toBe(78)
  })
})

describe('ids', () => {
  const zeros = (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(0)
  it('carry the time, the version and the variant', () => {
    const next = uuid7Generator({ now: () => 0x0193_a5b0_1234, random: zeros })
    expect(next()).toBe('0193a5b0-1234-7000-8000-000000000000')
    expect(next()).toBe('0193a5b0-1234-7001-8000-000000000000')
  })
  it('rise within a millisecond, past its counter and after the clock went back', () => {
    let now = 1_000_000
    const next = uuid7Generator({ now: () => now, random: zeros })
    const made = Array.from({ length: 5000 }, (_, index) => {
      if (index === 4500) now = 10
      return next()
    })
    expect([...made].sort()).toEqual(made)
    expect(new Set(made).size).toBe(made.length)
  })
  it('rise past one that was made before a restart, when the clock was ahead', () => {
    const before = uuid7Generator({ now: () => 5_000_000, random: zeros })()
    const next = uuid7Generator({ now: () => 1_000_000, random: zeros })
    next.after(before)
    const made = [next(), next()]
    expect([before, ...made].sort()).toEqual([before, ...made])
    next.after('00000000-0001-7000-8000-000000000000')
    expect(next() > String(made[1])).toBe(true)
  })
})

describe('stopwatch', () => {
  const started = startStopwatch({ opened: 1_000_000, since: 500 })
  it('runs on across a reload of the same browser', () => {
    const after = { opened: 1_060_000, since: 500 }
    expect(elapsedMs(resumeStopwatch(started, after), after)).toBe(60_000)
  })
  it('goes on from what was seen when the clock has another base', () => {
    const saved = { ...started, seen: 45_000 }
    const opened = { opened: 900_000, since: 0 }
    const resumed = resumeStopwatch(saved, opened)
    expect(elapsedMs(resumed, opened)).toBe(45_000)
    expect(elapsedMs(resumed, { opened: 900_000, since: 5_000 })).toBe(50_000)
  })
})

describe('search', () => {
  const lan = resident({ name: '王兰芳', bed: '3-201', search: 'wanglanfang wlf' })
  it.each(['', '兰', '王兰芳', '3-2', '201', 'wlf', 'wl', 'WANG', 'wang 201', ' 王 3 '])(
    '%j means her',
    (typed) => {
      expect(matchesResident(lan, typed)).toBe(true)
    },
  )
  it.each(['陈', '202', 'lf', 'wang 202', '01'])('%j does not', (typed) => {
    expect(matchesResident(lan, typed)).toBe(false)
  })
  it('orders beds as people read them', () => {
    const beds = ['10', '2', '1-12', '1-3'].map((bed) => resident({ bed }))
    expect(beds.sort(byBed).map((each) => each.bed)).toEqual(['1-3', '1-12', '2', '10'])
  })
})

it('freezes a copy, to its leaves', () => {
  const original = { form: { sbp: 120, signs: ['a'] } }
  const frozen = freezeContent(original)
  original.form.sbp = 130
  expect(frozen.form.sbp).toBe(120)
  expect(() => frozen.form.signs.push('b')).toThrow(TypeError)
})

describe('late entries', () => {
  it('are those said more than seven days after the check-in', () => {
    const checkedIn = '2026-11-01T02:00:00.000Z'
    const week = Date.parse('2026-11-08T02:00:00.000Z')
    expect(isLate(checkedIn, week)).toBe(false)
    expect(isLate(checkedIn, week + 1)).toBe(true)
  })
})
