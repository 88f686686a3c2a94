/** An entry in words: what it is, about whom, and what the server said of it. */
import type { FieldError } from '@/api/client'
import type { Entry, Uuid } from '@/api/wire'
import { phraseOr, serviceName, useFormat, useMessages, valueInWords } from '@/i18n'
import { offline } from '@/i18n/messages/offline'
import { waiting } from '@/i18n/messages/waiting'
import { useWorkingSet, type Kept, type OutboxEntry } from '@/offline'
import { useForms } from '../rounds/useRound'

export interface EntryWords {
  title: string
  detail: string | null
}

export function useEntryWords() {
  const t = useMessages(offline)
  const tw = useMessages(waiting)
  const format = useFormat()
  const { institutions, residents, rounds, lines } = useWorkingSet()
  const { formFor } = useForms()

  function institutionOf(entry: Entry): string | null {
    const id =
      entry.kind === 'check_in' || entry.kind === 'join'
        ? entry.payload.institution_id
        : rounds.value.find((round) => round.id === entry.round_id)?.institution_id
    return institutions.value.find((each) => each.id === id)?.name ?? null
  }

  function subjectOf(id: string | null): string | null {
    return residents.value.find((each) => each.id === id)?.name ?? null
  }

  function wordsOf({ entry }: OutboxEntry): EntryWords {
    const place = institutionOf(entry)
    switch (entry.kind) {
      case 'record': {
        const { service, subject_id } = entry.payload
        const value = valueInWords(entry.payload).main
        return {
          title: [subjectOf(subject_id), serviceName(service), value].filter(Boolean).join(' '),
          detail: place,
        }
      }
      case 'amend':
      case 'void': {
        const line = lines.value.find((each) => each.id === entry.payload.line_id)
        const what = line ? [line.subject_name, serviceName(line.service)].filter(Boolean).join(' ') : null
        const value = entry.kind === 'amend' && line ? valueInWords({ ...line, ...entry.payload }).main : null
        return { title: [t(`kind_${entry.kind}`), what, value].filter(Boolean).join(' '), detail: place }
      }
      case 'confirm':
      case 'dispute': {
        const what = linesInWords(entry.payload.lines.map(({ line_id }) => line_id))
        return { title: `${t(`kind_${entry.kind}`)} ${what}`, detail: place }
      }
      case 'answer':
        return { title: `${t('kind_answer')} ${linesInWords([entry.payload.line_id])}`, detail: place }
      case 'note':
        return { title: `${t('kind_note')} ${entry.payload.text}`, detail: place }
      case 'drop':
        return { title: t('kind_drop'), detail: tw(`drop_${entry.payload.reason}`) }
      default:
        return {
          title: [t(`kind_${entry.kind}`), place].filter(Boolean).join(' '),
          detail: format.moment(entry.at),
        }
    }
  }

  /** Of an entry whose key is gone: only the server opens it. */
  function sealedWords({ kind, at }: Kept): EntryWords {
    return { title: `${t(`kind_${kind}`)} ${format.moment(at)}`, detail: tw('sealed') }
  }

  function linesInWords(ids: Uuid[]): string {
    const line = ids.length === 1 ? lines.value.find(({ id }) => id === ids[0]) : undefined
    if (!line) return t('lines_n', { n: ids.length })
    return [line.subject_name, serviceName(line.service)].filter(Boolean).join(' ')
  }

  /** Why it was refused and what to do; the server's own words where this version does not know the code. */
  function refusalOf(item: Kept, entry: Entry | undefined): { why: string; todo: string; fields: string[] } {
    const code = item.answer?.code ?? ''
    const known = `refused_${code}` in offline.zh
    return {
      why: known ? phraseOr(offline, `refused_${code}`) : (item.answer?.message ?? t('refused_other')),
      todo: todoOf(item, code),
      fields: (item.answer?.fields ?? []).filter(isOfForm).map((field) => fieldWords(entry, field)),
    }
  }

  function todoOf(item: Kept, code: string): string {
    if (isStaleWord(item)) return t('todo_stale_word')
    if (code === 'late_entry' && item.kind === 'record') return t('todo_late_record')
    return phraseOr(offline, `todo_${code}` in offline.zh ? `todo_${code}` : 'todo_other')
  }

  function fieldWords(entry: Entry | undefined, { path, code }: Pick<FieldError, 'path' | 'code'>): string {
    const name = path.slice(path.lastIndexOf('.') + 1)
    const service = entry?.kind === 'record' ? entry.payload.service : null
    const field = service ? formFor(service)?.fields.find((each) => each.name === name) : undefined
    const problem = phraseOr(offline, `field_${code}` in offline.zh ? `field_${code}` : 'field_other')
    return tw('field', { field: field ? format.words(field.label) : name, problem })
  }

  return { wordsOf, sealedWords, refusalOf }
}

/** A confirmation or dispute of a line that was corrected meanwhile: only looking again helps. */
export function isStaleWord({ kind, answer }: Kept): boolean {
  return (kind === 'confirm' || kind === 'dispute') && answer?.code === 'stale_version'
}

/** Fields outside of the form were not typed by anybody: the refusal's own words say what is wrong. */
function isOfForm({ path }: { path: string }): boolean {
  return path.startsWith('payload.form.')
}
