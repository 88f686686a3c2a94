import { describe, expect, it } from 'vitest'
import { askedIn, askedOf, countyOf, groupTarget, pathOf } from './place'
import { group, standingOf, worst } from './standing.test-data'

const { path } = standingOf().place
const asked = { period: '2026-Q3', within: '999901', as_of: '2026-10-15' }

describe('the address', () => {
  it('says period, place and day, and nothing else of it is asked for', () => {
    expect(askedOf({ ...asked, tab: 'x', town: '', institution_id: ['a', 'b'] })).toEqual(asked)
    expect(pathOf(asked)).toBe('/standing?period=2026-Q3&within=999901&as_of=2026-10-15')
    expect(pathOf({})).toBe('/standing')
  })

  it('keeps period and day in another place, and forgets the place it leaves', () => {
    const kept = { period: '2026-Q3', as_of: '2026-10-15' }
    expect(askedIn(asked, 'all', '')).toEqual(kept)
    expect(askedIn({ ...asked, town: '青石镇' }, 'county', '999902')).toEqual({ ...kept, within: '999902' })
    expect(askedIn(asked, 'institution', 'c1')).toEqual({ ...kept, institution_id: 'c1' })
    expect(askedIn({}, 'city', '999900')).toEqual({ within: '999900' })
  })

  it('names a town within its county: towns of two counties may share a name', () => {
    expect(countyOf(path)).toBe('999901')
    expect(askedIn({}, 'town', '青石镇', countyOf(path))).toEqual({ within: '999901', town: '青石镇' })
  })
})

describe('a row of the table', () => {
  it('opens the next level down', () => {
    expect(groupTarget(asked, group('青石镇', '0.7000'), path, '2026')).toEqual({
      name: 'fulfilment',
      query: { period: '2026-Q3', as_of: '2026-10-15', within: '999901', town: '青石镇' },
    })
  })

  it('opens an agreement, with the day and the period shown', () => {
    const target = groupTarget(asked, group('云卫签〔2026〕01号', '0.7000', { level: 'agreement', key: 'a9' }), path, '2026')
    expect(target).toEqual({ name: 'agreement', params: { id: 'a9' }, query: { as_of: '2026-10-15', period: '2026' } })
  })

  it('of an institution with one agreement opens that agreement at once', () => {
    const one = group('颐养园养老院', '0.7000', { level: 'institution', key: 'c1', agreements: 1, rated: 1 })
    expect(groupTarget({}, one, path, '2026')).toEqual({ name: 'agreement', params: { id: worst.agreement_id }, query: { period: '2026' } })
    expect(groupTarget({}, { ...one, worst: null }, path, '2026')).toMatchObject({ query: { institution_id: 'c1' } })
    expect(groupTarget({}, { ...one, agreements: 2 }, path, '2026')).toMatchObject({ query: { institution_id: 'c1' } })
  })
})
