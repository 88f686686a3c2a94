/** What a form says, in the form's own words: options instead of codes, numbers with their units. */
import type { Field, Form, FormData, Section } from '@/api/wire'
import { phraseOr, useFormat, useMessages } from '@/i18n'
import { forms } from '@/i18n/messages/forms'
import { rounds } from '@/i18n/messages/rounds'
import { isDay } from '@/rules/formFields'
import { isMissing } from '@/rules/forms'

const t = useMessages(forms)
const tr = useMessages(rounds)

/** One value in words; what this version does not know is shown as it is. */
export function fieldInWords(field: Field, value: unknown): string {
  const format = useFormat()
  if (field.type === 'boolean') return typeof value === 'boolean' ? tr(value ? 'yes' : 'no') : String(value)
  if (field.type === 'date' && isDay(value)) return format.date(value)
  if (field.type === 'photos') return t('photos_n', { n: listed(value).length })
  if (field.type === 'roster') return t('people', { n: listed(value).length }) + named(listed(value))
  if (field.options) return listed(value).map((each) => optionInWords(field, each)).join(t('join'))
  return field.unit ? `${String(value)} ${phraseOr(rounds, `unit_${field.unit}`)}` : String(value)
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

function named(names: readonly unknown[]): string {
  return names.length ? t('names', { names: names.map(String).join(t('join')) }) : ''
}

function optionInWords(field: Field, value: unknown): string {
  const option = field.options?.find((each) => each.value === value)
  const words = option ? useFormat().words(option.label) : String(value)
  return field.type === 'score' ? t('answer_points', { words, n: String(value) }) : words
}

/** Repeated readings, one after another: "141/81, 139/79". */
export function readingsInWords(field: Field, value: unknown): string {
  const readings = (Array.isArray(value) ? value : []) as FormData[]
  const parts = readings.map((reading) =>
    (field.of ?? []).filter((name) => !isMissing(reading[name])).map((name) => String(reading[name])).join('/'),
  )
  return parts.join(t('join'))
}

export interface SaidField {
  name: string
  label: string
  value: string
}

export interface SaidSection {
  code: string
  label: string | null
  fields: SaidField[]
  /** Points of its scores, where they are added up. */
  sum: { points: number; most: number } | null
}

/** Everything that was filled in, section by section in the form's order. */
export function formInWords(form: Form, values: FormData): SaidSection[] {
  return sectionsOf(form)
    .map((section) => sectionInWords(form, section, values))
    .filter((section) => section.fields.length > 0)
}

/** Null where the field was, or is, not filled in. */
export interface Change {
  name: string
  label: string
  was: string | null
  now: string | null
}

/** What two contents of one form differ in, in the form's order. */
export function changesIn(form: Form, before: FormData, now: FormData): Change[] {
  const [was, is] = [before, now].map(
    (values) => new Map(formInWords(form, values).flatMap(({ fields }) => fields).map((each) => [each.name, each])),
  )
  return form.fields.flatMap(({ name, type }) => {
    const [then, said] = [was?.get(name), is?.get(name)]
    // Other photos may be as many.
    const isSame = then?.value === said?.value && (type !== 'photos' || String(before[name]) === String(now[name]))
    const label = (said ?? then)?.label ?? name
    return isSame ? [] : [{ name, label, was: then?.value ?? null, now: said?.value ?? null }]
  })
}

/** The form's sections, and one without a heading for what is in none (what became of an offer). */
export function sectionsOf(form: Form): (Pick<Section, 'code' | 'fields'> & Partial<Section>)[] {
  const sections = form.sections ?? []
  const listed = new Set(sections.flatMap((section) => section.fields))
  const rest = form.fields.map((field) => field.name).filter((name) => !listed.has(name))
  return rest.length ? [...sections, { code: 'rest', fields: rest }] : sections
}

function sectionInWords(
  form: Form,
  section: Pick<Section, 'code' | 'fields'> & Partial<Section>,
  values: FormData,
): SaidSection {
  const format = useFormat()
  const fields = form.fields.filter((field) => section.fields.includes(field.name) && !isMissing(values[field.name]))
  return {
    code: section.code,
    label: section.label ? format.words(section.label) : null,
    fields: fields.map((field) => ({
      name: field.name,
      label: format.words(field.label),
      value: field.type === 'readings' ? readingsInWords(field, values[field.name]) : fieldInWords(field, values[field.name]),
    })),
    sum: section.sum ? sumOf(form, section, values) : null,
  }
}

/** Of a section whose scores are all there; coma ends the asking, and then there is no sum. */
export function sumOf(form: Form, section: Pick<Section, 'fields'>, values: FormData): SaidSection['sum'] {
  const scores = form.fields.filter((field) => field.type === 'score' && section.fields.includes(field.name))
  const given = scores.map((field) => values[field.name])
  if (scores.length === 0 || !given.every((value) => typeof value === 'number')) return null
  const most = scores.map((field) => Math.max(...(field.options ?? []).map((option) => Number(option.value))))
  return { points: total(given as number[]), most: total(most) }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}

/** The gist of it in a few words, for lists: the first answers that had to be given. */
export function gistOf(form: Form, values: FormData): string | null {
  const told = form.fields.filter((field) => field.required && !isMissing(values[field.name]))
  const words = told.slice(0, 2).map((field) => fieldInWords(field, values[field.name]))
  return words.length ? words.join(' · ') : null
}
