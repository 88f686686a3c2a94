import { describe, expect, it } from 'vitest'
import { byLength, daysOf, isOver } from './periods'

describe('a period', () => {
  it.each([
    ['2026', '2026-01-01', '2026-12-31'],
    ['2026-Q1', '2026-01-01', '2026-03-31'],
    ['2026-Q4', '2026-10-01', '2026-12-31'],
    ['2028-02', '2028-02-01', '2028-02-29'],
    ['2026-11', '2026-11-01', '2026-11-30'],
  ])('%s runs from %s to %s', (key, first, last) => {
    expect(daysOf(key)).toEqual({ first, last })
  })

  it('is over on the day after its last', () => {
    expect([isOver('2026-10', '2026-10-31'), isOver('2026-10', '2026-11-01')]).toEqual([false, true])
  })
})

it('is chosen among years, quarters and months, those apart, each newest first', () => {
  expect(byLength(['2026', '2025', '2026-Q2', '2026-04', '2026-03'])).toEqual([
    { length: 'year', keys: ['2026', '2025'] },
    { length: 'quarter', keys: ['2026-Q2'] },
    { length: 'month', keys: ['2026-04', '2026-03'] },
  ])
  expect(byLength(['2026-04']).map(({ length }) => length)).toEqual(['month'])
})
