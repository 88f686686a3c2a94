/**
 * The form interpreter. It must agree with the server's: both run the cases in tests/golden/forms.
 * Decimals are compared as whole numbers of the smallest place, never as floats.
 */
import type { Check, Field, Form, FormValues, UrgentRule } from './facts'

export interface Finding {
  field: string
  code: string
  limit?: string | number
}

export interface Judgement {
  /** What the server would refuse. */
  errors: Finding[]
  /** What the clinician must say was really measured. */
  asks: Finding[]
  /** Codes of the urgent rules that the values meet. */
  urgent: string[]
}

const DECIMAL = /^\d+(\.\d+)?$/

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Applies a form to values as they go over the wire. */
export function judge(form: Form, values: FormValues): Judgement {
  const errors = [
    ...form.fields.flatMap((field) => fieldErrors(field, values)),
    ...unknownFields(form, values),
  ]
  const wrong = new Set(errors.map((error) => error.field))
  for (const finding of failedChecks(form, values, 'reject', wrong)) {
    errors.push(finding)
    wrong.add(finding.field)
  }
  const sound = form.fields.filter((field) => !wrong.has(field.name) && !isMissing(values[field.name]))
  return {
    errors,
    asks: [
      ...sound.flatMap((field) => unusual(field, values[field.name])),
      ...failedChecks(form, values, 'ask', wrong),
    ],
    urgent: form.urgent
      .filter((rule) =>
        sound.some((field) => field.name === rule.field && isUrgent(rule, values[rule.field])),
      )
      .map((rule) => rule.code),
  }
}

function fieldErrors(field: Field, values: FormValues): Finding[] {
  const value = values[field.name]
  const excluded = isExcluded(field, values)
  if (isMissing(value)) return field.required && !excluded ? [finding(field, 'required')] : []
  if (excluded) return [finding(field, 'not_together')]
  return CHECKS_BY_TYPE[field.type](field, value)
}

function isExcluded(field: Field, values: FormValues): boolean {
  if (!field.unless) return false
  const other = values[field.unless.field]
  return field.unless.equals === undefined ? !isMissing(other) : other === field.unless.equals
}

const CHECKS_BY_TYPE: Record<Field['type'], (field: Field, value: unknown) => Finding[]> = {
  integer: (field, value) =>
    Number.isSafeInteger(value) ? outsideBounds(field, value as number) : [finding(field, 'wrong_type')],
  decimal: (field, value) => {
    if (typeof value !== 'string' || !DECIMAL.test(value)) return [finding(field, 'wrong_type')]
    const places = field.places ?? 0
    if (placesOf(value) !== places) return [finding(field, 'wrong_places', places)]
    return outsideBounds(field, value)
  },
  text: (field, value) => {
    if (typeof value !== 'string') return [finding(field, 'wrong_type')]
    const tooLong = field.max_length !== undefined && Array.from(value).length > field.max_length
    return tooLong ? [finding(field, 'too_long', field.max_length)] : []
  },
  boolean: (field, value) => (typeof value === 'boolean' ? [] : [finding(field, 'wrong_type')]),
  choice: (field, value) => {
    if (typeof value !== 'string') return [finding(field, 'wrong_type')]
    return hasOption(field, value) ? [] : [finding(field, 'unknown_option')]
  },
  choices: (field, value) => {
    if (!Array.isArray(value)) return [finding(field, 'wrong_type')]
    if (!value.every((item) => hasOption(field, item))) return [finding(field, 'unknown_option')]
    return new Set(value).size < value.length ? [finding(field, 'repeated')] : []
  },
}

function outsideBounds(field: Field, value: string | number): Finding[] {
  if (field.min !== undefined && compare(value, field.min) < 0) return [finding(field, 'too_low', field.min)]
  if (field.max !== undefined && compare(value, field.max) > 0) return [finding(field, 'too_high', field.max)]
  return []
}

function unusual(field: Field, value: unknown): Finding[] {
  if (typeof value !== 'string' && typeof value !== 'number') return []
  if (field.ask_below !== undefined && compare(value, field.ask_below) < 0)
    return [finding(field, 'unusually_low', field.ask_below)]
  if (field.ask_above !== undefined && compare(value, field.ask_above) > 0)
    return [finding(field, 'unusually_high', field.ask_above)]
  return []
}

function unknownFields(form: Form, values: FormValues): Finding[] {
  return Object.keys(values)
    .filter((name) => !form.fields.some((field) => field.name === name))
    .map((name) => ({ field: name, code: 'unknown_field' }))
}

function failedChecks(form: Form, values: FormValues, kind: Check['kind'], wrong: Set<string>): Finding[] {
  return form.checks
    .filter((check) => check.kind === kind && !wrong.has(check.greater) && !wrong.has(check.less))
    .flatMap((check) => failedCheck(check, values[check.greater], values[check.less]))
}

function failedCheck(check: Check, greater: unknown, less: unknown): Finding[] {
  if (typeof greater !== 'number' || typeof less !== 'number') return []
  const difference = greater - less
  const found = { field: check.field, code: check.code }
  if (check.min !== undefined && difference < check.min) return [{ ...found, limit: check.min }]
  if (check.max !== undefined && difference > check.max) return [{ ...found, limit: check.max }]
  return []
}

function isUrgent(rule: UrgentRule, value: unknown): boolean {
  if (rule.not_empty) return !isMissing(value)
  if (rule.equals !== undefined) return value === rule.equals
  if (typeof value !== 'string' && typeof value !== 'number') return false
  if (rule.at_least !== undefined && compare(value, rule.at_least) >= 0) return true
  return rule.at_most !== undefined && compare(value, rule.at_most) <= 0
}

function hasOption(field: Field, value: unknown): boolean {
  return (field.options ?? []).some((option) => option.value === value)
}

function finding(field: Field, code: string, limit?: string | number): Finding {
  return limit === undefined ? { field: field.name, code } : { field: field.name, code, limit }
}

function placesOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0
}

/** Compares two non-negative decimals exactly. */
function compare(left: string | number, right: string | number): number {
  const places = Math.max(placesOf(String(left)), placesOf(String(right)))
  const difference = scaled(String(left), places) - scaled(String(right), places)
  return Math.sign(difference)
}

function scaled(decimal: string, places: number): number {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return Number(whole + fraction.padEnd(places, '0'))
}
