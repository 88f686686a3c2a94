/** What a person typed, turned into the values a form takes. */
import type { Field, Form, FormValues } from './facts'
import { isMissing } from './forms'

/**
 * The wire value of typed text: full-width digits and Chinese stops are understood, a whole number gets the
 * places the field has. What is no number stays as typed, so that the interpreter can say so.
 */
export function typedNumber(field: Field, typed: string): string | number | null {
  const text = plainDigits(typed)
  if (text === '') return null
  if (field.type === 'integer') return /^\d{1,9}$/.test(text) ? Number(text) : text
  return withPlaces(text, field.places ?? 0)
}

function plainDigits(typed: string): string {
  return typed
    .replace(/[\uff10-\uff19]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[\uff0e\u3002,\uff0c]/g, '.')
    .replace(/\s/g, '')
}

function withPlaces(text: string, places: number): string {
  const match = /^(\d{0,6})(?:\.(\d*))?$/.exec(text)
  if (!match || text === '.') return text
  const fraction = match[2] ?? ''
  if (fraction.length > places) return text
  const whole = (match[1] ?? '').replace(/^0+(?=\d)/, '') || '0'
  return places === 0 ? whole : `${whole}.${fraction.padEnd(places, '0')}`
}

/** Values worth sending: nothing empty, texts without blanks at their ends. */
export function tidy(values: FormValues): FormValues {
  const entries = Object.entries(values)
    .map(([name, value]): [string, unknown] => [name, typeof value === 'string' ? value.trim() : value])
    .filter(([, value]) => !isMissing(value))
  return Object.fromEntries(entries)
}

/** The values a form starts with. */
export function startingValues(form: Form): FormValues {
  return Object.fromEntries(
    form.fields.filter((field) => field.default !== undefined).map((field) => [field.name, field.default]),
  )
}
