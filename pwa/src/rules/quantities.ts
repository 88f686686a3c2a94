/**
 * What a form measures. A field that names a meter says which fields it fills, so that nothing else need list them:
 * as server/catalogue/rules/quantities.py; both run tests/golden/follow_ups.
 */
import type { Form, FormValues } from './facts'
import { isMissing } from './formFields'

export type Quantity = 'pressure' | 'glucose'

/** Each quantity of the form with the two fields that make it, once for each arm. */
export function readOf(form: Form): { quantity: Quantity; names: string[] }[] {
  return form.fields.flatMap(({ meter, read_of }) => (meter ? [{ quantity: meter, names: (read_of ?? []).slice(0, 2) }] : []))
}

/** The quantities of which the values have a whole reading: both halves of a pressure; a number, or LO or HI. */
export function measured(form: Form, values: FormValues): Set<Quantity> {
  const there = (name: string) => !isMissing(values[name])
  const whole = readOf(form).filter(({ quantity, names }) =>
    quantity === 'pressure' ? names.every(there) : names.some(there),
  )
  return new Set(whole.map(({ quantity }) => quantity))
}

/** The quantity that an urgent code is about; null for a danger sign or a scale, and an unknown code. */
export function quantityOf(form: Form, code: string): Quantity | null {
  const named = form.urgent.filter((rule) => rule.code === code).map((rule) => rule.field)
  return readOf(form).find(({ names }) => names.some((name) => named.includes(name)))?.quantity ?? null
}
