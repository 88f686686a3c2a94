/** What an urgent value offers, and what the clinician made of it: kept in the record's form. */
import type { Form, FormData } from '@/api/wire'
import { isMissing } from '@/rules/forms'

export type Offered = 'accepted' | 'declined'

export interface OfferAnswer {
  offer_green_channel: Offered
  offer_follow_up: Offered
  /** Why the green channel was declined; null where it was not. */
  offer_reason: string | null
}

export const ACCEPTED: OfferAnswer = {
  offer_green_channel: 'accepted',
  offer_follow_up: 'accepted',
  offer_reason: null,
}

/** Declined: with a reason, and with a follow-up or without. */
export function declined(followUp: Offered, reason: string): OfferAnswer {
  return { offer_green_channel: 'declined', offer_follow_up: followUp, offer_reason: reason }
}

/** Whether a form with urgent values still asks what to do about them. */
export function asksOffer(form: Form, urgent: readonly string[], values: FormData): boolean {
  const asked = form.fields.some((field) => field.offer)
  return asked && urgent.length > 0 && isMissing(values['offer_green_channel'])
}

/** The values with the answer; without urgent values there was nothing to offer. */
export function withOffer(form: Form, values: FormData, answer: OfferAnswer | null): FormData {
  const offers = form.fields.filter((field) => field.offer).map((field) => field.name)
  const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !offers.includes(name)))
  const said = Object.entries(answer ?? {}).filter(([name, value]) => offers.includes(name) && value !== null)
  return { ...rest, ...Object.fromEntries(said) }
}
