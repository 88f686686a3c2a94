/**
 * A small language for tests of the working set: `h1 r1@h1 o1@h1 v1@h1 l1@h1` are rows with their
 * institution.
 */
import type { WorkingSetPage } from '@/api/wire'
import { institution, line, owed, resident, round } from '@/rules/examples.test-data'
import { applyChanges, nothingHeld, reconcile, type Held } from './reconcile'

export function page(values: Partial<WorkingSetPage> = {}): WorkingSetPage {
  return {
    protocol: 1,
    server_time: '2026-11-22T01:00:00.000Z',
    cursor: 'c1',
    more: false,
    reference: null,
    snapshots: [],
    forget: [],
    institutions: [],
    residents: [],
    owed: [],
    rounds: [],
    lines: [],
    followups: [],
    referrals: null,
    removals: { residents: [], owed: [], rounds: [], lines: [], followups: [] },
    ...values,
  }
}

/** Words: a row (`r1@h1`, or with content `r1=兰@h1`), `-r1` a removal, `snap:h1`, `forget:h1`. */
export function readPage(words: string): WorkingSetPage {
  const made = page()
  for (const word of words.split(/\s+/).filter(Boolean)) readWord(made, word)
  return made
}

function readWord(made: WorkingSetPage, word: string): void {
  const [order, id = ''] = word.split(':')
  if (order === 'snap') made.snapshots.push(id)
  else if (order === 'forget') made.forget.push(id)
  else if (word.startsWith('-')) removalsOf(made, word.slice(1)).push(word.slice(1))
  else addRow(made, word)
}

function removalsOf(made: WorkingSetPage, id: string): string[] {
  const { residents, owed: rows, rounds, lines } = made.removals
  const found = { r: residents, o: rows, v: rounds, l: lines }[id.charAt(0)]
  if (!found) throw new Error(`no removal of ${id}`)
  return found
}

function addRow(made: WorkingSetPage, word: string): void {
  const [left = '', institution_id = left] = word.split('@')
  const [id = '', content = ''] = left.split('=')
  const common = { id, institution_id }
  if (id.startsWith('h')) made.institutions.push(institution({ ...common, name: content }))
  else if (id.startsWith('r')) made.residents.push(resident({ ...common, name: content }))
  else if (id.startsWith('o')) made.owed.push(owed({ ...common, commitment_key: content }))
  else if (id.startsWith('v')) made.rounds.push(round({ ...common, note: content || null }))
  else made.lines.push(line({ ...common, subject_name: content }))
}

/** What is held after the pages, in the same words, sorted. */
export function held(...pages: string[]): Held {
  return pages.reduce((rows, words) => applyChanges(rows, reconcile(rows, readPage(words))), nothingHeld())
}

export function wordsOf(rows: Held): string {
  const word = (id: string, content: string | null, at: string) =>
    `${id}${content ? `=${content}` : ''}${id === at ? '' : `@${at}`}`
  return [
    ...[...rows.institutions.values()].map((row) => word(row.id, row.name, row.id)),
    ...[...rows.residents.values()].map((row) => word(row.id, row.name, row.institution_id)),
    ...[...rows.owed.values()].map((row) => word(row.id, row.commitment_key, row.institution_id)),
    ...[...rows.rounds.values()].map((row) => word(row.id, row.note, row.institution_id)),
    ...[...rows.lines.values()].map((row) => word(row.id, row.subject_name, row.institution_id)),
  ]
    .sort()
    .join(' ')
}
