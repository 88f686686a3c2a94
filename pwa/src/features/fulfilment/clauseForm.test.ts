import { describe, expect, it } from 'vitest'
import type { Promises } from '@/api/wire'
import { useMessages } from '@/i18n'
import { preview } from '@/i18n/messages/preview'
import { clauseOf, errorsAt, missingIn, newClause, previewBody } from './clauseForm'
import { plainInWords, warningInWords, yearsInWords } from './previewWords'

const form = newClause('2026-12-22')
const t = useMessages(preview)

describe('the form of a clause', () => {
  it('begins with a year from the first of next month', () => {
    expect([form.starts, form.ends]).toEqual(['2027-01-01', '2027-12-31'])
    expect([newClause('2027-01-31').starts, newClause('2027-01-31').ends]).toEqual(['2027-02-01', '2028-01-31'])
  })

  it('asks the server for what its kind reads, and for nothing that is null', () => {
    const body = JSON.stringify(previewBody({ ...form, kind: 'on_demand', limited: false, gap: 9 }))
    expect(body).not.toContain('null,"')
    expect(body).not.toContain('respond_within_minutes')
    expect(clauseOf({ ...form, kind: 'on_demand', gap: 9 })).toMatchObject({ min_gap_days: 0, respond_within_minutes: 30 })
    expect(clauseOf({ ...form, kind: 'once', scope: 'resident', minAge: 65 })).toMatchObject({ per: null, within_days: 30, eligible: { min_age: 65 } })
  })

  it('asks no gap where every record counts, and no records of a bundle', () => {
    expect(clauseOf({ ...form, countBy: 'record', gap: 30 })).toMatchObject({ count_by: 'record', min_gap_days: 0 })
    const bundle = clauseOf({ ...form, services: ['a', 'b'], match: 'all', countBy: 'record', gap: 30 })
    expect(bundle).toMatchObject({ match: 'all', count_by: 'day', min_gap_days: 30 })
    expect(clauseOf({ ...form, match: 'all' }).match).toBe('any')
  })

  it('knows what is missing before it asks, by kind', () => {
    expect(missingIn(form)).toEqual([])
    expect(missingIn({ ...form, ends: '', services: [], count: '' })).toEqual(['ends', 'services', 'count'])
    expect(missingIn({ ...form, kind: 'on_demand', count: '', limit: '' })).toEqual(['limit'])
    expect(missingIn({ ...form, kind: 'on_demand', limited: false, limit: '' })).toEqual([])
  })

  it('asks for later counts and days without service, as far as the kind reads them', () => {
    const changed = { ...form, changes: [{ from: '2027-07-01', count: 2 }], suspensions: [{ from: '2027-02-01', to: '2027-02-14' }] }
    expect(previewBody(changed)).toMatchObject({
      suspensions: [{ from: '2027-02-01', to: '2027-02-14', reason: '-' }],
      commitment: { terms: [{ from: '2027-01-01', count: 1 }, { from: '2027-07-01', count: 2 }] },
    })
    expect(previewBody({ ...changed, kind: 'once' })).toMatchObject({ suspensions: [{}], commitment: { terms: [{ count: 1 }] } })
    expect(previewBody({ ...changed, kind: 'on_demand' })).toMatchObject({ suspensions: [], commitment: { terms: [{ count: 1 }] } })
    expect(missingIn({ ...changed, changes: [{ from: '', count: 2 }], suspensions: [{ from: '2027-02-01', to: '' }] })).toEqual(['changes', 'suspensions'])
  })

  it('puts refusals at their fields', () => {
    const errors = errorsAt([
      { path: 'commitment.clause.min_gap_days', code: 'out_of_range' },
      { path: 'commitment.terms[0].count', code: 'not_accepted' },
      { path: 'commitment.clause.eligible.min_age', code: 'out_of_range' },
      { path: 'commitment.terms[1].from', code: 'twice' },
      { path: 'suspensions[0].to', code: 'before_start' },
      { path: 'unknown', code: 'x' },
    ])
    expect(Object.keys(errors.at)).toEqual(['gap', 'count', 'minAge', 'changes', 'suspensions'])
  })
})

describe('what a clause promises, in words', () => {
  const yearly: Promises = {
    windows: [],
    window_count: 2,
    years: [{ year: 2026, promised: 1 }, { year: 2027, promised: 1 }],
    total: 2,
    residents: null,
    plain: { total: 1, per: 'year', every: 1, count: 1, units: 1, rest_days: 0, rest_of: 0 },
    warning: { code: 'rounding_surprises', promised: 2, plain: 1, proposal: { align: 'anniversary', total: 1 } },
  }

  it('names each year, for residents of each', () => {
    expect(yearsInWords(yearly, false, t)).toEqual(['2026 年承诺 1 次', '2027 年承诺 1 次'])
    expect(yearsInWords(yearly, true, t)[0]).toBe('2026 年每位老人 1 次')
  })

  it('says the plain reading and how far it is from it, with the other alignment', () => {
    expect(plainInWords(yearly, t)).toBe('照字面读：每年 1 次 × 1 = 1 次')
    expect(warningInWords(yearly, t)).toMatchObject({ title: '比字面多 1 次', proposal: '改成按协议起算，共 1 次' })
    expect(warningInWords({ ...yearly, warning: null }, t)).toBeNull()
  })
})
