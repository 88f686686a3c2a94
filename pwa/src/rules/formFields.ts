/** What a value of each type of field must look like, and when a field is asked for. */
import type { Field, Form, FormValues } from './facts'
import { compare, placesOf } from './exact'

export interface Finding {
  /** A value among repeated readings is named by its path: `readings.0.sbp`. */
  field: string
  code: string
  limit?: string | number
}

const DECIMAL = /^\d+(\.\d+)?$/
const DAY = /^[12]\d{3}-\d{2}-\d{2}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const FEWEST_READINGS = 2
export const MOST_NAMES = 200
export const LONGEST_NAME = 40
/** The field that a roster counts for. */
export const ATTENDEES = 'attendees'

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

export function fieldErrors(form: Form, field: Field, values: FormValues): Finding[] {
  const value = values[field.name]
  if (isMissing(value)) return isRequired(form, field, values) ? [finding(field, 'required')] : []
  if (!isAsked(field, values)) return [finding(field, 'not_together')]
  return CHECKS_BY_TYPE[field.type](field, value)
}

/** Required as things stand: asked for, and not said by the roster already. */
export function isRequired(form: Form, field: Field, values: FormValues): boolean {
  const roster = field.name === ATTENDEES ? rosterOf(form) : undefined
  const counted = roster !== undefined && !isMissing(values[roster.name])
  return field.required && !counted && isAsked(field, values)
}

export function rosterOf(form: Form): Field | undefined {
  return form.fields.find((field) => field.type === 'roster')
}

/** Whether what else was entered leaves room for this field. */
export function isAsked(field: Field, values: FormValues): boolean {
  const { unless } = field
  if (!isWanted(field, values)) return false
  const other = unless && values[unless.field]
  return isMissing(other) || !isUnless(field, unless?.field ?? '', other)
}

/** Whether what its `when` asks for is so. */
export function isWanted({ when }: Field, values: FormValues): boolean {
  return !when || matches(when, values[when.field])
}

/** Whether a field must be empty once another one says this. */
export function isUnless(field: Field, other: string, value: unknown): boolean {
  const { unless } = field
  if (unless?.field !== other) return false
  return (unless.equals === undefined && unless.any_of === undefined) || matches(unless, value)
}

/** Whether a value is what the rule names; of several values, whether one of them is. */
export function matches(rule: { equals?: unknown; any_of?: readonly unknown[] }, value: unknown): boolean {
  const wanted = rule.equals === undefined ? (rule.any_of ?? []) : [rule.equals]
  return (Array.isArray(value) ? value : [value]).some((one: unknown) => wanted.includes(one))
}

type TypeCheck = (field: Field, value: unknown) => Finding[]

const CHECKS_BY_TYPE: Record<Field['type'], TypeCheck> = {
  integer: (field, value) =>
    Number.isSafeInteger(value) ? outsideBounds(field, value as number) : [finding(field, 'wrong_type')],
  decimal: decimalErrors,
  score: (field, value) => {
    if (!Number.isSafeInteger(value)) return [finding(field, 'wrong_type')]
    return hasOption(field, value) ? [] : [finding(field, 'unknown_option')]
  },
  text: (field, value) => {
    if (typeof value !== 'string') return [finding(field, 'wrong_type')]
    const tooLong = field.max_length !== undefined && lengthOf(value) > field.max_length
    return tooLong ? [finding(field, 'too_long', field.max_length)] : []
  },
  boolean: (field, value) => (typeof value === 'boolean' ? [] : [finding(field, 'wrong_type')]),
  choice: (field, value) => {
    if (typeof value !== 'string') return [finding(field, 'wrong_type')]
    return hasOption(field, value) ? [] : [finding(field, 'unknown_option')]
  },
  choices: choicesErrors,
  date: (field, value) => (isDay(value) ? [] : [finding(field, 'wrong_type')]),
  readings: (field, value) => {
    if (!Array.isArray(value) || !value.every(isRecord)) return [finding(field, 'wrong_type')]
    if (value.length < FEWEST_READINGS) return [finding(field, 'too_few', FEWEST_READINGS)]
    return tooMany(field, value, field.max_items)
  },
  roster: rosterErrors,
  photos: (field, value) => {
    if (!isTexts(value) || !value.every((id) => UUID.test(id))) return [finding(field, 'wrong_type')]
    return firstOf(tooMany(field, value, field.max_items), repeated(field, value))
  },
}

function decimalErrors(field: Field, value: unknown): Finding[] {
  if (typeof value !== 'string' || !DECIMAL.test(value)) return [finding(field, 'wrong_type')]
  const places = field.places ?? 0
  if (placesOf(value) !== places) return [finding(field, 'wrong_places', places)]
  return outsideBounds(field, value)
}

function choicesErrors(field: Field, value: unknown): Finding[] {
  if (!isTexts(value)) return [finding(field, 'wrong_type')]
  if (!value.every((item) => hasOption(field, item))) return [finding(field, 'unknown_option')]
  const alone = (field.options ?? []).some((option) => option.alone && value.includes(String(option.value)))
  return firstOf(repeated(field, value), alone && value.length > 1 ? [finding(field, 'not_together')] : [])
}

function rosterErrors(field: Field, value: unknown): Finding[] {
  if (!isTexts(value) || !value.every((name) => /[^ \u3000]/.test(name))) return [finding(field, 'wrong_type')]
  const tooLong = value.some((name) => lengthOf(name) > LONGEST_NAME)
  return firstOf(
    tooMany(field, value, MOST_NAMES),
    tooLong ? [finding(field, 'too_long', LONGEST_NAME)] : [],
    repeated(field, value),
  )
}

function firstOf(...found: Finding[][]): Finding[] {
  return found.find((each) => each.length > 0) ?? []
}

function tooMany(field: Field, value: readonly unknown[], most = Infinity): Finding[] {
  return value.length > most ? [finding(field, 'too_many', most)] : []
}

function repeated(field: Field, value: readonly unknown[]): Finding[] {
  return new Set(value).size < value.length ? [finding(field, 'repeated')] : []
}

function outsideBounds(field: Field, value: string | number): Finding[] {
  if (field.min !== undefined && compare(value, field.min) < 0) return [finding(field, 'too_low', field.min)]
  if (field.max !== undefined && compare(value, field.max) > 0) return [finding(field, 'too_high', field.max)]
  return []
}

/** What the clinician must say was really measured: a value beyond what is usual. */
export function unusual(field: Field, value: unknown): Finding[] {
  if (typeof value !== 'string' && typeof value !== 'number') return []
  if (field.ask_below !== undefined && compare(value, field.ask_below) < 0)
    return [finding(field, 'unusually_low', field.ask_below)]
  if (field.ask_above !== undefined && compare(value, field.ask_above) > 0)
    return [finding(field, 'unusually_high', field.ask_above)]
  return []
}

export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !DAY.test(value)) return false
  const at = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value)
}

function isRecord(value: unknown): value is FormValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** In characters, as the server counts them. */
function lengthOf(text: string): number {
  return Array.from(text).length
}

function hasOption(field: Field, value: unknown): boolean {
  return (field.options ?? []).some((option) => option.value === value)
}

function finding(field: Field, code: string, limit?: string | number): Finding {
  return limit === undefined ? { field: field.name, code } : { field: field.name, code, limit }
}
