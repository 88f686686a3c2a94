import { describe, expect, it } from 'vitest'
import { monthsIn, periodFrom, sumOf } from './period'

const months = ['2026-08', '2026-09', '2026-10'].map((month, at) => ({
  month,
  promised: 4,
  confirmed: at,
  reported: at + 1,
  excused: 1,
}))

describe('the period of the overview', () => {
  it('is a year, a quarter or a month, and nothing else', () => {
    expect(['2026', '2026-Q3', '2026-10'].map(periodFrom)).toEqual(['2026', '2026-Q3', '2026-10'])
    expect(['2026-Q5', '2026-13', '26', ['2026'], undefined].map(periodFrom)).toEqual([null, null, null, null, null])
  })

  it('takes the months that lie in it', () => {
    expect(monthsIn(months, '2026-Q3')?.map(({ month }) => month)).toEqual(['2026-08', '2026-09'])
    expect(monthsIn(months, '2025')).toEqual([])
  })

  it('says nothing where it holds all there is, or was not asked for', () => {
    expect(monthsIn(months, '2026')).toBeNull()
    expect(monthsIn(months, null)).toBeNull()
  })

  it('adds them up, reported beside confirmed', () => {
    expect(sumOf(months)).toEqual({ promised: 12, confirmed: 3, reported: 6, excused: 3 })
  })
})
