/** What a value must agree with beside itself: readings with their mean, items with what was measured. */
import { compareFractions, fraction, halfUp, mean, rounded, type Fraction, type Numeric } from './exact'
import type { Day, Field, Form, FormValues } from './facts'
import { ATTENDEES, isMissing, type Finding } from './formFields'

/** Every field's disagreements, in the order of the fields. `sound`: what is there and has no error of its own. */
export function disagreements(form: Form, sound: FormValues, on: Day | null): Finding[] {
  return form.fields.flatMap((field) => {
    if (isMissing(sound[field.name])) return []
    if (field.type === 'readings') return notTheMean(form, field, sound)
    if (field.type === 'roster') return notTheRoster(form, field, sound)
    if (field.derived) return notAsMeasured(field, sound)
    return on === null ? [] : besideToday(field, String(sound[field.name]), on)
  })
}

function notTheMean(form: Form, field: Field, sound: FormValues): Finding[] {
  return Object.entries(means(form, field, sound[field.name] as FormValues[]))
    .filter(([name, expected]) => (sound[name] ?? null) !== expected)
    .map(([name, limit]) => ({ field: name, code: 'not_the_mean', ...(limit !== null && { limit }) }))
}

/** The mean of each repeated field; null where no reading has it. */
export function means(
  form: Form,
  field: Field,
  readings: readonly FormValues[],
): Record<string, Numeric | null> {
  const of = (field.of ?? []).map((name) => {
    const given = readings.map((reading) => reading[name]).filter((value) => !isMissing(value)) as Numeric[]
    const places = form.fields.find((each) => each.name === name)?.places
    return [name, given.length ? mean(given, places) : null] as const
  })
  return Object.fromEntries(of)
}

function notTheRoster(form: Form, field: Field, sound: FormValues): Finding[] {
  if (!form.fields.some((each) => each.name === ATTENDEES)) return []
  const present = (sound[field.name] as unknown[]).length
  const said = sound[ATTENDEES]
  return said === undefined || said === present
    ? []
    : [{ field: ATTENDEES, code: 'not_the_roster', limit: present }]
}

function notAsMeasured(field: Field, sound: FormValues): Finding[] {
  const expected = derivedValue(field, sound)
  return expected === null || expected === sound[field.name]
    ? []
    : [{ field: field.name, code: 'not_as_measured', limit: expected }]
}

/** A day that was, or one that is to come; the round's own day is both. */
function besideToday(field: Field, day: Day, on: Day): Finding[] {
  if (field.not_after_today && day > on) return [{ field: field.name, code: 'after_today', limit: on }]
  return field.not_before_today && day < on ? [{ field: field.name, code: 'before_today', limit: on }] : []
}

/**
 * What a derived field must be by the measurements; null where one of them is not there. With `bounds` it is
 * the option as far along as bounds are reached; without, the measure itself.
 */
export function derivedValue(field: Field, sound: FormValues): Numeric | null {
  const { derived } = field
  if (!derived || derived.of.some((name) => isMissing(sound[name]))) return null
  const measure = MEASURES[derived.from](derived.of.map((name) => fraction(sound[name] as Numeric)))
  if (!derived.bounds) return rounded(measure, field.places)
  const reached = derived.bounds.filter((bound) => compareFractions(measure, fraction(bound)) >= 0).length
  return field.options?.[reached]?.value ?? null
}

const NOTHING: Fraction = { over: 0n, under: 1n }

const MEASURES: Record<'bmi' | 'waist', (of: Fraction[]) => Fraction> = {
  bmi: ([kg = NOTHING, cm = NOTHING]) => ({
    over: kg.over * 10_000n * cm.under ** 2n,
    under: kg.under * cm.over ** 2n,
  }),
  waist: ([cm = NOTHING]) => ({ over: halfUp(cm), under: 1n }),
}
