/** What a phone sent, in words: for managers, who hold no working set. */
import type { Form, LedgerEntry, WrongField } from '@/api/wire'
import { phraseOr, serviceName, useFormat, useMessages } from '@/i18n'
import { knows } from '@/i18n/catalogue'
import { arrivals } from '@/i18n/messages/arrivals'
import { evidence } from '@/i18n/messages/evidence'
import { offline } from '@/i18n/messages/offline'
import { values } from '@/i18n/messages/values'
import { waiting } from '@/i18n/messages/waiting'
import { fieldInWords, readingsInWords } from '../rounds/formWords'
import { fieldAt, IN_FORM, inOrder, nameOf, payloadOf, saidAt, type Payload } from './mending'

export interface Fact {
  label: string
  value: string
  note?: string | null
}

export interface Names {
  subject: (id: string) => string | null
  institution: (id: string) => string | null
}

/** `form` is the one that the entry filled in: what its fields and choices are called stands there. */
export function useSentWords(form: () => Form | null = () => null) {
  const t = useMessages(arrivals)
  const to = useMessages(offline)
  const format = useFormat()

  function titleOf(entry: LedgerEntry): string {
    const kind = kindWords(entry.kind)
    const service = payloadOf(entry)?.['service']
    return typeof service === 'string' ? `${kind} · ${serviceName(service)}` : kind
  }

  function kindWords(kind: string | null): string {
    return kind && knows(offline, `kind_${kind}`) ? phraseOr(offline, `kind_${kind}`) : t('unknown_kind')
  }

  function fieldName(path: string): string {
    const field = fieldAt(form(), path)
    if (field) return format.words(field.label)
    const key = `field_${nameOf(path)}`
    return knows(arrivals, key) ? phraseOr(arrivals, key) : nameOf(path)
  }

  function problemOf({ code, limit }: WrongField): string {
    const own = knows(arrivals, `problem_${code}`)
    const problem = own
      ? phraseOr(arrivals, `problem_${code}`)
      : knows(offline, `field_${code}`)
        ? phraseOr(offline, `field_${code}`)
        : to('field_other')
    return typeof limit === 'number' || typeof limit === 'string' ? t('limit', { problem, limit }) : problem
  }

  /** Who, when and with what; then the payload, field by field. */
  function factsOf(entry: LedgerEntry, names: Names): Fact[] {
    const payload = payloadOf(entry)
    const said = saidAt(entry)
    return [
      { label: t('author'), value: entry.author.name, note: entry.imported_by && t('imported_by', { by: entry.imported_by }) },
      ...(said ? [{ label: t('said_at'), value: format.dateTime(said) }] : []),
      { label: t('arrived'), value: format.dateTime(entry.received_at), note: entry.device_name },
      ...(payload ? [...placeOf(entry, payload, names), ...payloadFacts(entry, payload, names)] : []),
    ]
  }

  function placeOf(entry: LedgerEntry, payload: Payload, names: Names): Fact[] {
    const id = payload['institution_id']
    const said = typeof id === 'string' ? names.institution(id) : null
    const name = said ?? entry.institution?.name
    return name ? [{ label: t('institution'), value: name }] : []
  }

  function payloadFacts(entry: LedgerEntry, payload: Payload, names: Names): Fact[] {
    const facts: Fact[] = []
    const add = (label: string, value: string | null | undefined) => value && facts.push({ label, value })
    const subject = text(payload['subject_id'])
    add(t('subject'), subject && names.subject(subject))
    add(t('outcome'), coded('outcome', payload['outcome']))
    for (const [name, value] of inOrder(object(payload['form']), form()))
      add(fieldName(IN_FORM + name), filledIn(name, value))
    add(t('method'), text(payload['method']) && methodWords(String(payload['method'])))
    add(t('short_code'), text(payload['short_code']))
    add(entry.kind === 'drop' ? t('gives_up') : t('reason'), reasonWords(entry.kind, text(payload['reason'])))
    add(t('text'), text(payload['reason_text']) ?? text(payload['text']) ?? text(payload['note']))
    add(t('late_reason'), lateWords(text(payload['late_reason'])))
    if (Array.isArray(payload['lines'])) add(t('lines'), t('lines_n', { n: payload['lines'].length }))
    if ('position' in payload) add(t('position'), t(payload['position'] ? 'position_kept' : 'position_none'))
    return facts
  }

  /** What this form does not know is shown as it was sent. */
  function filledIn(name: string, value: unknown): string {
    const field = fieldAt(form(), IN_FORM + name)
    if (!field) return typeof value === 'string' ? value : JSON.stringify(value)
    return field.type === 'readings' ? readingsInWords(field, value) : fieldInWords(field, value)
  }

  function methodWords(method: string): string {
    return knows(evidence, `method_${method}`) ? phraseOr(evidence, `method_${method}`) : method
  }

  return { titleOf, kindWords, fieldName, problemOf, factsOf }
}

const REASONS: Readonly<Record<string, string>> = { check_in: 'manual', amend: 'fix', void: 'fix', dispute: 'dispute' }

function reasonWords(kind: string | null, reason: string | null): string | null {
  if (!reason) return null
  if (kind === 'drop') return droppedWords(reason)
  return phraseOr(evidence, `${REASONS[kind ?? ''] ?? ''}_${reason}`)
}

export function droppedWords(reason: string): string {
  return phraseOr(waiting, `drop_${reason}`)
}

export function lateWords(reason: string | null): string | null {
  return reason && phraseOr(arrivals, `late_${reason}`)
}

export function coded(name: string, value: unknown): string | null {
  if (typeof value !== 'string' || !value) return null
  const key = `${name}_${value}`
  return knows(values, key) ? phraseOr(values, key) : value
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() ? value : null
}

function object(value: unknown): Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : {}
}
