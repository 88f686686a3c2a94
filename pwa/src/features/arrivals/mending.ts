/** What of a refused entry can be put right, and the payload that comes of it. */
import type { LedgerEntry, WrongField } from '@/api/wire'

export type Payload = Record<string, unknown>
export type InputKind = 'institution' | 'resident' | 'method' | 'manual_reason' | 'late_reason' | 'number' | 'boolean' | 'text'

export interface Input {
  /** `payload.form.sbp`, as the server names it. */
  path: string
  kind: InputKind
}

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

const WHOLE_NUMBERS = new Set(['sbp', 'dbp', 'pulse', 'minutes', 'attendees', 'version', 'form_version'])
const KINDS: Readonly<Record<string, InputKind>> = {
  institution_id: 'institution',
  subject_id: 'resident',
  method: 'method',
  reason: 'manual_reason',
  late_reason: 'late_reason',
  family_told: 'boolean',
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function kindOf(entry: LedgerEntry, path: string): InputKind {
  const name = nameOf(path)
  if (WHOLE_NUMBERS.has(name)) return 'number'
  if (name === 'reason' && entry.kind !== 'check_in') return 'text'
  return KINDS[name] ?? 'text'
}

/** The fields that are offered: who, where and what was measured, and whatever the server names as wrong. */
export function inputsOf(entry: LedgerEntry, wrong: readonly WrongField[]): Input[] {
  const payload = payloadOf(entry)
  if (!payload) return []
  const paths = new Set<string>(usual(entry, payload))
  for (const { path } of wrong) if (isField(payload, path)) paths.add(path)
  // Somebody who checked in by hand said why.
  if (paths.has('payload.method')) paths.add('payload.reason')
  return [...paths].map((path) => ({ path, kind: kindOf(entry, path) }))
}

function usual(entry: LedgerEntry, payload: Payload): string[] {
  if (entry.kind === 'check_in') return ['payload.institution_id']
  const paths = entry.kind === 'record' && payload['subject_id'] !== null ? ['payload.subject_id'] : []
  if (isObject(payload['form']))
    paths.push(...inOrder(payload['form']).filter(isScalar).map(([name]) => `payload.form.${name}`))
  if (entry.code === 'late_entry') paths.push('payload.late_reason')
  return paths
}

/** What is kept is sorted by name; people read the upper value of a pressure first. */
export function inOrder(form: Payload): [string, unknown][] {
  const place = (name: string) => Number(name === 'sbp' ? -1 : name === 'note')
  return Object.entries(form).sort(([left], [right]) => place(left) - place(right))
}

function isScalar([, value]: [string, unknown]): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** Lists, such as of symptoms, were chosen by the author alone. */
function isField(payload: Payload, path: string): boolean {
  if (!/^payload\.(form\.)?\w+$/.test(path)) return false
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
  return wrong.filter(({ path, code }) => path.startsWith('payload.form.') && /^unusual/.test(code)).map(({ path }) => nameOf(path))
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
  if (!path.startsWith('payload.form.')) {
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
