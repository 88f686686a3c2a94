/** What of a refused entry can be put right, and the payload that comes of it. */
import type { Field, FieldType, Form, LedgerEntry, WrongField } from '@/api/wire'

export type Payload = Record<string, unknown>
export type InputKind = 'institution' | 'resident' | 'method' | 'manual_reason' | 'late_reason' | FormKind
type FormKind = 'number' | 'boolean' | 'choice' | 'date' | 'text'

export interface Input {
  /** `payload.form.sbp`, as the server names it. */
  path: string
  kind: InputKind
}

export const IN_FORM = 'payload.form.'

/** An entry as it was sent; null where it could not be read: sealed with another key, or none of ours. */
export function payloadOf(entry: LedgerEntry): Payload | null {
  const payload = isObject(entry.content) ? entry.content['payload'] : null
  return isObject(payload) ? payload : null
}

export function saidAt(entry: LedgerEntry): string | null {
  const at = isObject(entry.content) ? entry.content['at'] : null
  return typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : null
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const WHOLE_NUMBERS = new Set(['version', 'form_version'])
/** Of the fields of a form; what is none of these is typed. */
const OF_TYPES: Partial<Record<FieldType, InputKind>> = {
  integer: 'number',
  score: 'number',
  boolean: 'boolean',
  choice: 'choice',
  date: 'date',
}
const KINDS: Readonly<Record<string, InputKind>> = {
  institution_id: 'institution',
  subject_id: 'resident',
  method: 'method',
  reason: 'manual_reason',
  late_reason: 'late_reason',
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

/** The field of the form that a path names. */
export function fieldAt(form: Form | null, path: string): Field | undefined {
  return path.startsWith(IN_FORM) ? form?.fields.find(({ name }) => name === nameOf(path)) : undefined
}

function kindOf(entry: LedgerEntry, form: Form | null, path: string): InputKind {
  const name = nameOf(path)
  if (path.startsWith(IN_FORM)) return OF_TYPES[fieldAt(form, path)?.type ?? 'text'] ?? 'text'
  if (WHOLE_NUMBERS.has(name)) return 'number'
  if (name === 'reason' && entry.kind !== 'check_in') return 'text'
  return KINDS[name] ?? 'text'
}

/** The fields that are offered: who, where and what was measured, and whatever the server names as wrong. */
export function inputsOf(entry: LedgerEntry, form: Form | null, wrong: readonly WrongField[]): Input[] {
  const payload = payloadOf(entry)
  if (!payload) return []
  const paths = new Set<string>(usual(entry, form, payload))
  for (const { path } of wrong) if (isField(payload, form, path)) paths.add(path)
  // Somebody who checked in by hand said why.
  if (paths.has('payload.method')) paths.add('payload.reason')
  return [...paths].map((path) => ({ path, kind: kindOf(entry, form, path) }))
}

function usual(entry: LedgerEntry, form: Form | null, payload: Payload): string[] {
  if (entry.kind === 'check_in') return ['payload.institution_id']
  const ofSomebody = entry.kind === 'record' || entry.kind === 'referral_request'
  const paths = ofSomebody && payload['subject_id'] !== null ? ['payload.subject_id'] : []
  if (isObject(payload['form']))
    paths.push(...inOrder(payload['form'], form).filter(isScalar).map(([name]) => IN_FORM + name))
  if (entry.code === 'late_entry') paths.push('payload.late_reason')
  return paths
}

/** What is kept is sorted by name; people read it in the order of the form, and last what it does not know. */
export function inOrder(values: Payload, form: Form | null): [string, unknown][] {
  const places = new Map(form?.fields.map(({ name }, place) => [name, place]))
  const place = (name: string) => places.get(name) ?? places.size
  return Object.entries(values).sort(([left], [right]) => place(left) - place(right))
}

function isScalar([, value]: [string, unknown]): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

const LISTS: ReadonlySet<FieldType> = new Set(['choices', 'readings', 'roster', 'photos'])

/** Lists, such as of symptoms, were chosen by the author alone. */
function isField(payload: Payload, form: Form | null, path: string): boolean {
  if (!/^payload\.(form\.)?\w+$/.test(path) || LISTS.has(fieldAt(form, path)?.type ?? 'text')) return false
  const value = valueAt(payload, path)
  return typeof value !== 'object' || value === null
}

export function valueAt(payload: Payload, path: string): unknown {
  const [, ...names] = path.split('.')
  return names.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), payload)
}

/** As it stands in an input. */
export function textAt(payload: Payload, path: string): string {
  const value = valueAt(payload, path)
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
}

/** Fields whose value is accepted once somebody says that it was really measured. */
export function asked(wrong: readonly WrongField[]): string[] {
  return wrong.filter(({ path, code }) => path.startsWith(IN_FORM) && /^unusual/.test(code)).map(({ path }) => nameOf(path))
}

/** The payload with what was typed in its place; null where nothing differs from what was sent. */
export function mended(
  entry: LedgerEntry,
  inputs: readonly Input[],
  typed: Readonly<Record<string, string>>,
  confirmed: Iterable<string>,
): Payload | null {
  const payload = payloadOf(entry)
  if (!payload) return null
  const changed = inputs.filter(({ path }) => (typed[path] ?? '').trim() !== textAt(payload, path))
  const unusual = [...confirmed]
  if (!changed.length && !unusual.length) return null
  const result = structuredClone(payload)
  for (const input of changed) put(result, input, (typed[input.path] ?? '').trim())
  if (unusual.length) result['unusual'] = [...new Set([...listOf(result['unusual']), ...unusual])]
  return result
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function put(payload: Payload, { path, kind }: Input, text: string): void {
  const name = nameOf(path)
  if (!path.startsWith(IN_FORM)) {
    payload[name] = text === '' ? null : read(kind, text)
    return
  }
  const others = Object.entries(isObject(payload['form']) ? payload['form'] : {}).filter(([key]) => key !== name)
  payload['form'] = Object.fromEntries(text === '' ? others : [...others, [name, read(kind, text)]])
}

/** What is no number is sent as it was typed, for the server to say so. */
function read(kind: InputKind, text: string): unknown {
  if (kind === 'number' && /^-?\d+$/.test(text)) return Number(text)
  return kind === 'boolean' ? text === 'true' : text
}
