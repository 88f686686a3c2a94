/** What a person typed, turned into the values a form takes. */
import type { Field, Form, FormValues } from './facts'
import { ATTENDEES, fieldErrors, isMissing, isWanted, rosterOf } from './formFields'
import { derivedValue, means } from './formAgreements'

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

/**
 * What was entered with what follows from it: readings' means, the head count of a roster, items that
 * measurements decide. Answers that nobody asks for any more are left out.
 */
export function filledIn(form: Form, entered: FormValues): FormValues {
  const values = withCounts(form, withMeans(form, asked(form, tidy(entered))))
  for (const field of form.fields) {
    const value = field.derived && derivedFrom(form, field, values)
    if (value !== null && value !== undefined) values[field.name] = value
  }
  return asked(form, values)
}

/** Which fields follow from others as things stand, and are not typed. */
export function following(form: Form, values: FormValues): Set<string> {
  const readings = form.fields.filter((field) => field.type === 'readings' && field.name in values)
  const derived = form.fields.filter((field) => field.derived && derivedFrom(form, field, values) !== null)
  const roster = rosterOf(form)
  return new Set([
    ...readings.flatMap((field) => field.of ?? []),
    ...derived.map((field) => field.name),
    ...(roster && roster.name in values ? [ATTENDEES] : []),
  ])
}

/** Without the answers to questions that another answer took away; these may take away more. */
function asked(form: Form, values: FormValues): FormValues {
  const gone = form.fields.filter((field) => field.name in values && !isWanted(field, values))
  if (gone.length === 0) return values
  const names = new Set(gone.map((field) => field.name))
  return asked(form, Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name))))
}

/** A single reading that is filled in is no repetition: it is what the form's own fields say. */
function withMeans(form: Form, values: FormValues): FormValues {
  const field = form.fields.find((each) => each.type === 'readings')
  const readings = field && (values[field.name] as FormValues[] | undefined)
  if (!field || !readings) return values
  const kept = readings.map(tidy).filter((reading) => Object.keys(reading).length > 0)
  const rest = Object.fromEntries(
    Object.entries(values).filter(([name]) => name !== field.name && !field.of?.includes(name)),
  )
  if (kept.length < 2) return { ...rest, ...kept[0] }
  const sound = kept.map((reading) => soundOf(form, reading))
  return { ...rest, ...tidy(means(form, field, sound)), [field.name]: kept }
}

function withCounts(form: Form, values: FormValues): FormValues {
  const roster = rosterOf(form)
  const names = roster && (values[roster.name] as string[] | undefined)
  const counted = names && form.fields.some((field) => field.name === ATTENDEES)
  return counted ? { ...values, [ATTENDEES]: names.length } : { ...values }
}

function derivedFrom(form: Form, field: Field, values: FormValues): string | number | null {
  return field.derived ? derivedValue(field, soundOf(form, values, field.derived.of)) : null
}

/** What has no error of its own: with the rest nothing can be counted. */
function soundOf(form: Form, values: FormValues, names = Object.keys(values)): FormValues {
  const sound = form.fields.filter(
    (field) => names.includes(field.name) && fieldErrors(form, field, values).length === 0,
  )
  return Object.fromEntries(sound.map((field) => [field.name, values[field.name]]))
}

/** The values a form starts with. */
export function startingValues(form: Form): FormValues {
  return Object.fromEntries(
    form.fields.filter((field) => field.default !== undefined).map((field) => [field.name, field.default]),
  )
}
