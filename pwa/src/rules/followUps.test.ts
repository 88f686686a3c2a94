/** With the cases that the server's rules run too: tests/golden/follow_ups. */
import { describe, expect, it } from 'vitest'
import catalogue from '../../../server/catalogue/data/catalogue.json'
import golden from '../../../tests/golden/follow_ups/matters.json'
import type { Form, Reference } from './facts'
import { formOf, owedBy, plainest, seesTo } from './followUps'

const forms = Object.values(
  import.meta.glob<Form>('../../../server/catalogue/data/forms/*.json', { eager: true, import: 'default' }),
)
const services = catalogue.items.map(({ code, form }) => ({ code, form })) as Reference['services']
const reference = { forms, services }

describe('one duty for each quantity, and for what no meter reads', () => {
  it.each(golden.owed)('$name', ({ service, urgent, expected }) => {
    expect(owedBy(golden.record, formOf(reference, service), service, urgent)).toEqual(expected)
  })
})

describe('what sees to it', () => {
  it.each(golden.sees_to)('$name', ({ service, values, matter, expected }) => {
    expect(seesTo(formOf(reference, service), service, values, matter)).toBe(expected)
  })
})

it('measured again by the plainest service, and what no meter reads by its own', () => {
  expect(plainest(reference, 'pressure', 'health_checkup')).toBe('blood_pressure')
  expect(plainest(reference, 'glucose', 'diabetes_management')).toBe('capillary_glucose')
  expect(plainest(reference, 'psychological_support', 'psychological_support')).toBe('psychological_support')
  expect(plainest(null, 'pressure', 'health_checkup')).toBe('health_checkup')
})
