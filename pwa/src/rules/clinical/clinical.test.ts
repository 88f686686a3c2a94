/** The cases that the server's clinical rules run too: tests/golden/clinical. */
import { describe, expect, it } from 'vitest'
import type { Assessment, LastReading } from '@/api/wire'
import { resident } from '../examples.test-data'
import type { Form, Reference } from '../facts'
import { assess } from './assess'
import { judgedByAll } from './beside'
import { assessmentOf } from './known'
import { policyOn } from './policies'
import { NO_FACTS, type CountyTarget, type Facts, type PolicyDocument } from './types'
import ability from '../../../../tests/golden/clinical/ability.json'
import agreement from '../../../../tests/golden/clinical/agreement.json'
import beside from '../../../../tests/golden/clinical/beside.json'
import pressure from '../../../../tests/golden/clinical/blood_pressure.json'
import completeness from '../../../../tests/golden/clinical/completeness.json'
import constitution from '../../../../tests/golden/clinical/constitution.json'
import glucose from '../../../../tests/golden/clinical/glucose.json'
import selfCare from '../../../../tests/golden/clinical/self_care.json'
import vectors from '../../../../tests/golden/clinical/vectors.json'
import checkup from '../../../../server/catalogue/data/forms/health_checkup.json'
import shipped from '../../../../server/clinical/data/policies.json'

interface Case {
  name: string
  on: string
  values: Record<string, unknown>
  facts: Partial<Facts>
  targets?: CountyTarget[]
  expected: object | null
}

const policies = shipped as unknown as PolicyDocument[]
const DAY = '2026-06-01'
const goldens = [ability, pressure, completeness, constitution, glucose, selfCare] as {
  rule: string
  cases: Case[]
}[]

function assessed(rule: string, values: object, facts: Partial<Facts> = {}, on = DAY, targets: CountyTarget[] = []) {
  const policy = policyOn(policies, rule, on, targets)
  return policy && assess(rule, values as Record<string, unknown>, { ...NO_FACTS, ...facts }, policy)
}

describe.each(goldens)('golden cases of $rule', ({ rule, cases }) => {
  it.each(cases)('$name', ({ values, facts, on, targets, expected }) => {
    const result = assessed(rule, values, facts, on, targets)
    if (expected === null) expect(result).toBeNull()
    else expect(result).toMatchObject(expected)
    expect('county' in (result ?? {})).toBe('county' in (expected ?? {}))
  })
})

describe('published cases', () => {
  it.each(vectors.bp)('$sbp/$dbp at $age', ({ sbp, dbp, age, ...expected }) => {
    expect(assessed('blood_pressure', { sbp, dbp }, { age, conditions: ['hypertension'] })).toMatchObject(expected)
  })
  it.each(vectors.glucose)('$mmol, fasting $fasting', ({ mmol, fasting, prev_uncontrolled, ...expected }) => {
    const facts = { conditions: ['type2_diabetes'], uncontrolled: prev_uncontrolled ? 1 : 0 }
    for (const timing of fasting ? ['fasting'] : ['after_meal_2h', 'random'])
      expect(assessed('glucose', { mmol: mmol.toFixed(1), timing }, facts)).toMatchObject(expected)
  })
  it.each(vectors.self_care)('self-care $total', ({ total, level, ...values }) => {
    expect(assessed('self_care', values)).toMatchObject({ total, level })
  })
  it.each(vectors.tcm33)('constitution, balanced $scores.balanced', ({ answers, scores, result }) => {
    const values = Object.fromEntries(answers.map((answer, place) => [`q${place + 1}`, answer]))
    expect(assessed('constitution', values)).toMatchObject({ scores, types: result })
  })
  it.each(vectors.gbt42195)('ability $total', ({ total, coma, mental_dx, risk_events_30d, base, level }) => {
    const adjusting = { coma: coma === 1, mental_diagnosis: mental_dx === 1, risk_events: risk_events_30d }
    expect(assessed('ability', { ...points(total), ...adjusting })).toMatchObject({ total, base, level })
  })
})

/** The 26 items with this many points, given to the first ones. */
function points(total: number): Record<string, number> {
  const groups = policyOn(policies, 'ability', DAY)?.limits['groups'] as Record<string, Record<string, number>>
  let left = total
  return Object.fromEntries(
    Object.values(groups)
      .flatMap((items) => Object.entries(items))
      .map(([item, most]) => {
        const given = Math.min(most, left)
        left -= given
        return [item, given]
      }),
  )
}

describe('whole results are the server’s', () => {
  it('of many values', () => {
    for (const { rule, values, facts, expected } of agreement.cases)
      expect(assessed(rule, values, facts, agreement.on), JSON.stringify(values)).toEqual(expected)
    expect(agreement.cases.length).toBeGreaterThan(200)
  })
  it('of no rule that this version does not know', () => {
    expect(assess('of a later version', {}, NO_FACTS, { name: 'x/1', limits: {}, county: null })).toBeNull()
  })
})

const shippedForms = Object.values(
  import.meta.glob<Form>('../../../../server/catalogue/data/forms/*.json', { eager: true, import: 'default' }),
)

describe('what is measured beside what the form’s own rule judges', () => {
  it.each(beside.cases)('$name', ({ form: code, values, facts, runs, expected }) => {
    const form = shippedForms.find((each) => each.code === code) as Form
    const said = judgedByAll(form, values, (rule, reading) => {
      const [uncontrolled = 0, raised = 0] = (runs as Record<string, number[]>)[rule] ?? []
      return assessed(rule, reading, { ...facts, uncontrolled, raised })
    })
    expect(said).toEqual(expected)
  })
})

describe('what the phone knows of a resident', () => {
  const forms: Form[] = ['bp', 'follow_up'].map((code) => ({
    ...{ code, version: 1, fields: [], checks: [], urgent: [] },
    result: 'blood_pressure',
  }))
  const services = [
    { code: 'blood_pressure', form: 'bp' },
    { code: 'hypertension_management', form: 'follow_up' },
    { code: 'round', form: null },
  ] as Reference['services']
  const reference = { forms, services, policies }
  const HIGH = { sbp: 152, dbp: 80 }

  function last(on: string, said: object): LastReading {
    const assessment = { rule: 'blood_pressure', uncontrolled: 1, uncontrolled_before: 0, raised: 0, raised_before: 0 }
    return { on, form: HIGH, assessment: { ...assessment, ...said } as Assessment, earlier: [] }
  }
  function uncontrolled(readings: Record<string, LastReading>, told: Assessment | null = null): unknown {
    const patient = resident({ conditions: ['hypertension'], last: readings })
    const subject = { reference, resident: patient, institution: null, on: DAY, told }
    const said = forms[0] && assessmentOf(forms[0], HIGH, subject)
    return said && 'uncontrolled' in said && [said.action, said.uncontrolled]
  }

  it('the first time', () => {
    expect(uncontrolled({})).toEqual(['adjust_treatment', 1])
  })
  it('twice running, by whichever service it was measured', () => {
    expect(uncontrolled({ hypertension_management: last('2026-05-20', {}) })).toEqual(['advise_referral', 2])
  })
  it('the newest decides', () => {
    const newer = last('2026-05-21', { uncontrolled: 0 })
    expect(uncontrolled({ blood_pressure: newer, hypertension_management: last('2026-05-20', {}) })).toEqual([
      'adjust_treatment',
      1,
    ])
  })
  it('of two services on one day the later decides, in whichever order they stand', () => {
    const early = { ...last('2026-05-20', { uncontrolled: 0 }), made_at: '2026-05-20T01:00:00.000Z' }
    const later = { ...last('2026-05-20', { uncontrolled: 1 }), made_at: '2026-05-20T02:30:00.000Z' }
    const twice = ['advise_referral', 2]
    expect(uncontrolled({ blood_pressure: early, hypertension_management: later })).toEqual(twice)
    expect(uncontrolled({ blood_pressure: later, hypertension_management: early })).toEqual(twice)
  })
  it('readings of one day are one', () => {
    expect(uncontrolled({ blood_pressure: last(DAY, {}) })).toEqual(['adjust_treatment', 1])
    expect(uncontrolled({ blood_pressure: last(DAY, { uncontrolled: 2, uncontrolled_before: 1 }) })).toEqual([
      'advise_referral',
      2,
    ])
  })
  it('a correction is told what its line was told, whatever was measured after it', () => {
    const later = last('2026-06-20', { uncontrolled: 3, uncontrolled_before: 2 })
    const { assessment: told } = last(DAY, { uncontrolled: 0, uncontrolled_before: 0 })
    expect(uncontrolled({ blood_pressure: later }, told)).toEqual(['adjust_treatment', 1])
    expect(uncontrolled({}, last(DAY, { uncontrolled_before: 1 }).assessment)).toEqual(['advise_referral', 2])
  })
  it('a line that was declined is told what was known by its day', () => {
    const before = { blood_pressure: last('2026-05-20', {}) }
    expect(uncontrolled(before, null)).toEqual(['advise_referral', 2])
  })
  it('a pressure in another form is told what plain ones said', () => {
    const patient = resident({ conditions: ['hypertension'], last: { blood_pressure: last('2026-05-20', {}) } })
    const form = shippedForms.find((each) => each.code === 'family_bed_round') as Form
    const said = assessmentOf(form, HIGH, { reference, resident: patient, institution: null, on: DAY })
    expect(said).toMatchObject({ rule: 'blood_pressure', uncontrolled: 2, action: 'advise_referral' })
  })
  it('kept by an older version of the app', () => {
    expect(uncontrolled({ blood_pressure: { on: '2026-05-20', form: HIGH } })).toEqual(['adjust_treatment', 1])
  })
  it('a county’s target, offline', () => {
    const targets: CountyTarget[] = [
      { region: '330106', policy: 'cn-bp-2017', target: 'older_sbp_below', starts: DAY, value: 155 },
    ]
    const patient = resident({ conditions: ['hypertension'] })
    const [form] = forms
    const subject = { reference, resident: patient, institution: { targets }, on: DAY }
    expect(form && assessmentOf(form, HIGH, subject)).toMatchObject({ controlled: true, county: `330106@${DAY}` })
    expect(form && assessmentOf(form, HIGH, { ...subject, on: '2026-05-31' })).toMatchObject({ controlled: false })
  })
  it('what another answer of a check-up took away is not missing', () => {
    const form = checkup as unknown as Form
    const subject = { reference, resident: resident(), institution: null, on: DAY }
    const missing = { missing: expect.arrayContaining(['fasting_glucose']) as string[] }
    expect(assessmentOf(form, {}, subject)).toMatchObject(missing)
    expect(assessmentOf(form, { glucose_meter: 'LO' }, subject)).not.toMatchObject(missing)
  })
  it('nothing without policies, or for a form that names no rule', () => {
    const subject = { reference: { forms, services }, resident: resident(), institution: null, on: DAY }
    const [form] = forms
    expect(form && assessmentOf(form, HIGH, subject)).toBeNull()
    expect(form && assessmentOf({ ...form, result: undefined } as unknown as Form, HIGH, { ...subject, reference })).toBeNull()
  })
})
