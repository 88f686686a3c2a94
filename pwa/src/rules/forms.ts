/**
 * The form interpreter. It must agree with the server's: both run the cases in tests/golden/forms.
 * docs/sync-protocol.md has the shape of forms and the order of findings.
 */
import { daysBetween } from './days'
import { compare, compareFractions, fraction, minus, type Fraction, type Numeric } from './exact'
import type { Check, Day, Field, Form, FormValues, UrgentRule } from './facts'
import { disagreements } from './formAgreements'
import {
  ATTENDEES,
  fieldErrors,
  isAsked,
  isDay,
  isMissing,
  matches,
  rosterOf,
  unusual,
  type Finding,
} from './formFields'

export { isAsked, isMissing, isRequired, isUnless, isWanted, type Finding } from './formFields'
export { derivedValue, means } from './formAgreements'

export interface Judgement {
  /** What the server would refuse. */
  errors: Finding[]
  /** What the clinician must say was really measured. */
  asks: Finding[]
  /** Codes of the urgent rules that the values meet. */
  urgent: string[]
}

/** Applies a form to values as they go over the wire; `on` is the day of the round, where there is one. */
export function judge(form: Form, values: FormValues, on: Day | null = null): Judgement {
  const errors = [...form.fields.flatMap((field) => ownErrors(form, field, values)), ...unknownFields(form, values)]
  const wrong = wrongOf(errors)
  errors.push(...disagreements(form, soundOf(values, errors), on).filter((found) => !wrong.has(found.field)))
  errors.push(...failedChecks(form, soundOf(values, errors), 'reject'))
  const sound = soundOf(values, errors)
  return {
    errors,
    asks: asksOf(form, sound),
    urgent: form.urgent.filter((rule) => isUrgent(rule, sound[rule.field])).map((rule) => rule.code),
  }
}

/** How many people took part: the length of the roster, or the number that was entered. */
export function attendeesOf(form: Form | undefined, values: FormValues): number | null {
  const roster = form && rosterOf(form)
  const names = roster ? values[roster.name] : undefined
  if (Array.isArray(names) && names.length) return names.length
  const said = values[ATTENDEES]
  return typeof said === 'number' ? said : null
}

export interface Completeness {
  done: number
  of: number
  /** Names of what is still to be filled in. */
  missing: string[]
}

/** How much of what makes a check-up complete is there, of what is asked as things stand. */
export function completeness(form: Form, values: FormValues): Completeness {
  const asked = form.fields.filter((field) => field.summary && isAsked(field, values))
  const missing = asked.filter((field) => isMissing(values[field.name])).map((field) => field.name)
  return { done: asked.length - missing.length, of: asked.length, missing }
}

function ownErrors(form: Form, field: Field, values: FormValues): Finding[] {
  const errors = fieldErrors(form, field, values)
  if (errors.length || field.type !== 'readings') return errors
  return eachReading(form, field, values).flatMap((judged, index) => at(field, index, judged.errors))
}

/** Each of several readings, judged by the fields that are repeated and the checks on them. */
function eachReading(form: Form, field: Field, values: FormValues): Judgement[] {
  const readings = values[field.name]
  if (isMissing(readings)) return []
  const part = partOf(form, field.of ?? [])
  return (readings as FormValues[]).map((reading) => judge(part, reading))
}

function partOf(form: Form, of: readonly string[]): Form {
  return {
    ...form,
    fields: form.fields.filter((field) => of.includes(field.name)),
    checks: form.checks.filter((check) => of.includes(check.greater) && of.includes(check.less)),
    urgent: [],
  }
}

function at(field: Field, index: number, found: Finding[]): Finding[] {
  return found.map((one) => ({ ...one, field: `${field.name}.${index}.${one.field}` }))
}

function unknownFields(form: Form, values: FormValues): Finding[] {
  return Object.keys(values)
    .filter((name) => !form.fields.some((field) => field.name === name))
    .map((name) => ({ field: name, code: 'unknown_field' }))
}

function wrongOf(errors: readonly Finding[]): Set<string> {
  return new Set(errors.map((error) => error.field.split('.', 1)[0] ?? ''))
}

/** The values that are there and have no error: nothing else is asked about or called urgent. */
function soundOf(values: FormValues, errors: readonly Finding[]): FormValues {
  const wrong = wrongOf(errors)
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !isMissing(value) && !wrong.has(name)),
  )
}

/** Of what was read repeatedly each reading is asked about, and not the mean again. */
function asksOf(form: Form, sound: FormValues): Finding[] {
  const repeated = form.fields.flatMap((field) => (field.name in sound ? (field.of ?? []) : []))
  const asks = form.fields.flatMap((field) =>
    field.type === 'readings'
      ? eachReading(form, field, sound).flatMap((judged, index) => at(field, index, judged.asks))
      : unusual(field, sound[field.name]),
  )
  return [...asks, ...failedChecks(form, sound, 'ask')].filter((ask) => !repeated.includes(ask.field))
}

function failedChecks(form: Form, sound: FormValues, kind: Check['kind']): Finding[] {
  return form.checks
    .filter((check) => check.kind === kind)
    .flatMap((check) => failedCheck(check, difference(sound[check.greater], sound[check.less])))
}

/** Of two numbers, or of two dates in days. */
function difference(greater: unknown, less: unknown): Fraction | null {
  if (isMissing(greater) || isMissing(less)) return null
  if (isDay(greater) && isDay(less)) return fraction(daysBetween(less, greater))
  return minus(greater as Numeric, less as Numeric)
}

function failedCheck(check: Check, difference: Fraction | null): Finding[] {
  if (difference === null) return []
  const found = { field: check.field, code: check.code }
  if (check.min !== undefined && compareFractions(difference, fraction(check.min)) < 0)
    return [{ ...found, limit: check.min }]
  if (check.max !== undefined && compareFractions(difference, fraction(check.max)) > 0)
    return [{ ...found, limit: check.max }]
  return []
}

function isUrgent(rule: UrgentRule, value: unknown): boolean {
  if (isMissing(value)) return false
  if (rule.equals !== undefined || rule.any_of !== undefined) return matches(rule, value)
  if (rule.at_least !== undefined) return compare(value as Numeric, rule.at_least) >= 0
  if (rule.at_most !== undefined) return compare(value as Numeric, rule.at_most) <= 0
  return true
}
