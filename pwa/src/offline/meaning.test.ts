import { expect, it } from 'vitest'
import type { Form, Line, PolicyDocument, Reference } from '@/api/wire'
import { institution, line, resident } from '@/rules/examples.test-data'
import { afterReading, meaningOf } from './meaning'
import shipped from '../../../server/clinical/data/policies.json'
import pressure from '../../../server/catalogue/data/forms/vital_bp.json'

const policies = shipped as unknown as PolicyDocument[]
const services = [{ code: 'blood_pressure', form: 'vital_bp' }] as Reference['services']
const reference = { policies, services, forms: [pressure as unknown as Form] } as Reference
const patient = resident({ born: '1940-01-01', conditions: ['hypertension'] })

function held(lan = patient) {
  const home = institution()
  return { reference, residents: new Map([[lan.id, lan]]), institutions: new Map([[home.id, home]]) }
}

function reading(on: string, sbp: number): Line {
  return line({ service: 'blood_pressure', subject_id: patient.id, on, form: { sbp, dbp: 80 } })
}

it('says what a reading means before the server does', () => {
  expect(meaningOf(held(), reading('2026-06-01', 152))).toMatchObject({ controlled: false, uncontrolled: 1 })
  expect(meaningOf(held(), { ...reading('2026-06-01', 152), outcome: 'declined', form: {} })).toBeNull()
  expect(meaningOf({ ...held(), reference: null }, reading('2026-06-01', 152))).toBeNull()
})

it('remembers two readings before the last one, and looks back at it', () => {
  let lan = patient
  for (const [on, sbp] of [['2026-06-01', 151], ['2026-06-08', 152], ['2026-06-15', 153], ['2026-06-22', 154]] as const) {
    const made = reading(on, sbp)
    lan = afterReading(lan, { ...made, assessment: meaningOf(held(lan), made) })
  }
  const last = lan.last['blood_pressure']
  expect(last).toMatchObject({ on: '2026-06-22', assessment: { uncontrolled: 4, action: 'advise_referral' } })
  expect(last?.earlier?.map((each) => each.form['sbp'])).toEqual([153, 152])
})
