import { expect, it } from 'vitest'
import type { Form } from '@/api/wire'
import { ACCEPTED, asksOffer, declined, withOffer } from './urgentOffer'
import pressure from '../../../../server/catalogue/data/forms/vital_bp.json'

const form = pressure as unknown as Form
const plain: Form = { ...form, fields: form.fields.filter((field) => !field.offer) }
const HIGH = { sbp: 186, dbp: 112 }

it('asks once what to do about an urgent value', () => {
  expect(asksOffer(form, ['sbp_urgent'], HIGH)).toBe(true)
  expect(asksOffer(form, [], HIGH)).toBe(false)
  expect(asksOffer(plain, ['sbp_urgent'], HIGH)).toBe(false)
  expect(asksOffer(form, ['sbp_urgent'], withOffer(form, HIGH, ACCEPTED))).toBe(false)
})

it('keeps what was accepted', () => {
  expect(withOffer(form, HIGH, ACCEPTED)).toEqual({
    ...HIGH,
    offer_green_channel: 'accepted',
    offer_follow_up: 'accepted',
  })
})

it('keeps that it was declined, and why', () => {
  expect(withOffer(form, HIGH, declined('declined', 'treated here'))).toEqual({
    ...HIGH,
    offer_green_channel: 'declined',
    offer_follow_up: 'declined',
    offer_reason: 'treated here',
  })
  expect(withOffer(form, HIGH, declined('accepted', 'x'))['offer_follow_up']).toBe('accepted')
})

it('offers nothing where a corrected value is urgent no more', () => {
  expect(withOffer(form, withOffer(form, HIGH, ACCEPTED), null)).toEqual(HIGH)
})

it('says nothing that a form has no field for', () => {
  expect(withOffer(plain, HIGH, ACCEPTED)).toEqual(HIGH)
})
