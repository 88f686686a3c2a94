/**
 * What is held plus what waits: screens show one shape, offline and online, with a mark on what has not
 * arrived. Pure. Effects on what is owed are the phone's estimate by the counting rules it knows (a day
 * counts once, the gap); the server's own figures replace them with the next pull.
 */
import type { Entry, EntryOf, Institution, Line, Owed, Reference, Resident, Round, Uuid } from '@/api/wire'
import { reasonsUnlessForged } from '@/rules/codes'
import { dayIn } from '@/rules/days'
import { VISIT } from '@/rules/facts'
import { judge } from '@/rules/forms'
import { previewGrade } from '@/rules/grade'
import { goingOn, type GoingOn } from './goingOn'
import { afterReading, meaningOf } from './meaning'
import { withMe } from './joined'
import { deliver, isEnough } from './owedEstimate'
import { inOrder, shownState, type OutboxEntry, type ShownState } from './outbox'
import type { Held } from './reconcile'

/** null: as the server has it; else where the newest local change of the row stands. */
export interface Local {
  local: ShownState | null
}
export type LocalRound = Round & Local
export type LocalLine = Line & Local

export interface WorkingSet extends GoingOn {
  institutions: Institution[]
  residents: Resident[]
  owed: Owed[]
  rounds: LocalRound[]
  lines: LocalLine[]
}

export interface Author {
  id: Uuid
  name: string
}

interface Draft {
  institutions: Map<Uuid, Institution>
  residents: Map<Uuid, Resident>
  owed: Map<Uuid, Owed>
  rounds: Map<Uuid, LocalRound>
  lines: Map<Uuid, LocalLine>
  author: Author
  reference: Reference | null
  skewMs: number
  now: number
}

/** Applies the account's entries that what is held does not show yet, in the order they were made. */
export function overlay(
  held: Held,
  items: readonly OutboxEntry[],
  author: Author,
  reference: Reference | null,
  now: number,
  /** The server's clock minus the phone's, ms. */
  skewMs = 0,
): WorkingSet {
  const draft = draftOf(held, author, reference, skewMs, now)
  for (const item of inOrder(items)) {
    if (!item.reflected && !item.handled) apply(draft, item.entry, shownState(item, now))
  }
  return {
    institutions: [...draft.institutions.values()],
    residents: [...draft.residents.values()],
    owed: [...draft.owed.values()],
    rounds: [...draft.rounds.values()],
    lines: [...draft.lines.values()],
    ...goingOn(held, items, draft, now),
  }
}

function draftOf(
  held: Held,
  author: Author,
  reference: Reference | null,
  skewMs: number,
  now: number,
): Draft {
  const settled = <Row>(rows: ReadonlyMap<Uuid, Row>, later?: Partial<Row>): Map<Uuid, Row & Local> =>
    new Map([...rows].map(([id, row]) => [id, { ...later, ...row, local: null }]))
  return {
    institutions: new Map(held.institutions),
    residents: new Map(held.residents),
    owed: new Map(held.owed),
    rounds: settled(held.rounds, { participants: [] }),
    lines: settled(held.lines, { answer: null, rulings: [], earlier: [], photos_missing: [], assessment: null }), // kept by earlier versions without
    author,
    reference,
    skewMs,
    now,
  }
}

function apply(draft: Draft, entry: Entry, state: ShownState): void {
  switch (entry.kind) {
    case 'check_in':
      return checkIn(draft, entry, state)
    case 'join':
      return join(draft, entry, state)
    case 'record':
      return record(draft, entry, state)
    case 'note':
      return changeRound(draft, entry.round_id, state, (round) => ({
        note: joined(round.note, entry.payload.text),
      }))
    case 'check_out':
      changeRound(draft, entry.round_id, state, (round) => checkedOut(draft, round, entry))
      return state === 'refused' ? undefined : endVisit(draft, entry.round_id)
    case 'referral_request':
      // In a round it is a line too; outside of rounds there is none to add it to.
      return record(draft, { ...entry, kind: 'record', payload: { ...entry.payload, outcome: 'done' } }, state)
    case 'drop':
    case 'referral_accept':
    case 'referral_depart':
    case 'referral_arrive':
    case 'referral_close':
    case 'referral_family':
    case 'follow_up_done':
      return
    default:
      // A refused change of a line did not happen: the line stays as the server has it, marked.
      return changeLines(draft, entry, state)
  }
}

function checkIn(draft: Draft, entry: EntryOf<'check_in'>, state: ShownState): void {
  const institution = draft.institutions.get(entry.payload.institution_id)
  if (!institution || draft.rounds.has(entry.round_id)) return
  const round = newRound(draft, entry, institution, state)
  draft.rounds.set(round.id, round)
  if (state === 'refused') return
  addLine(draft, visitLine(draft, entry, round, state))
  draft.institutions.set(institution.id, { ...institution, last_round_on: round.on })
}

function newRound(
  draft: Draft,
  entry: EntryOf<'check_in'>,
  institution: Institution,
  state: ShownState,
): LocalRound {
  const { payload } = entry
  const preview = previewGrade({
    method: payload.method,
    codeReasons: codeReasonsOf(draft, entry),
    institution,
    fix: payload.position
      ? { kind: 'fixed', fix: payload.position }
      : { kind: 'failed', problem: 'unavailable' },
  })
  return {
    id: entry.round_id,
    institution_id: institution.id,
    medical: institution.agreements[0]?.medical ?? { id: '', name: '' },
    clinician: draft.author,
    participants: [],
    status: 'open',
    // By the server's clock as far as the phone knows it: a phone that is a day off is not in another day.
    on: dayIn(institution.timezone, Date.parse(entry.at) + draft.skewMs),
    checked_in_at: entry.at,
    checked_out_at: null,
    minutes: null,
    method: payload.method,
    manual_reason: payload.reason,
    manual_text: payload.reason_text,
    grade: preview.grade,
    grade_reasons: preview.reasons,
    distance_m: preview.distance_m,
    accuracy_m: payload.position?.accuracy_m ?? null,
    out_distance_m: null,
    received_at: entry.at,
    no_signal: false,
    note: null,
    device_name: '',
    local: state,
  }
}

function join(draft: Draft, entry: EntryOf<'join'>, state: ShownState): void {
  const institution = draft.institutions.get(entry.payload.institution_id)
  if (state === 'refused' || !institution) return
  const known = draft.rounds.get(entry.round_id)
  const round = withMe(known, entry, { institution, author: draft.author, skewMs: draft.skewMs })
  if (round) draft.rounds.set(round.id, { ...round, local: state })
}

/** A check-in with a code that the phone found forged is never made; whether it was used before, the server says. */
function codeReasonsOf({ institutions, reference, skewMs }: Draft, { at, payload }: EntryOf<'check_in'>) {
  const known = { keys: reference?.keys ?? [], institutions: [...institutions.values()] }
  const capturedAt = Date.parse(at) + skewMs
  const presented = { ...payload, institutionId: payload.institution_id, capturedAt, usedBefore: false }
  return reasonsUnlessForged(presented, known).filter((reason) => !reason.endsWith('forged'))
}

function visitLine(draft: Draft, entry: Entry, round: Round, state: ShownState): LocalLine {
  return newLine(draft, entry, round, state, {
    id: round.id,
    service: VISIT,
    subject_id: null,
    form: {},
    outcome: 'done',
  })
}

function record(draft: Draft, entry: EntryOf<'record'>, state: ShownState): void {
  const round = draft.rounds.get(entry.round_id)
  if (!round || draft.lines.has(entry.id)) return
  const { service, subject_id, outcome, form } = entry.payload
  const line = newLine(draft, entry, round, state, { id: entry.id, service, subject_id, form, outcome })
  if (state === 'refused') draft.lines.set(line.id, line)
  else addLine(draft, line)
}

function newLine(
  draft: Draft,
  entry: Entry,
  round: Round,
  state: ShownState,
  content: Pick<Line, 'id' | 'service' | 'subject_id' | 'form' | 'outcome'>,
): LocalLine {
  const subject = content.subject_id === null ? undefined : draft.residents.get(content.subject_id)
  return {
    ...content,
    institution_id: round.institution_id,
    round_id: round.id,
    subject_name: subject?.name ?? null,
    on: round.on,
    made_at: entry.at,
    received_at: entry.at,
    no_signal: false,
    late_reason: null,
    version: 1,
    state: 'pending',
    minutes: numberOrNull(content.form['minutes']),
    attendees: numberOrNull(content.form['attendees']),
    performer: draft.author,
    urgent: urgentOf(draft, content),
    assessment: meaningOf(draft, { ...content, institution_id: round.institution_id, on: round.on }),
    not_counted: null,
    amended: false,
    confirmation: null,
    dispute: null,
    earlier: [],
    photos_missing: [],
    answer: null,
    rulings: [],
    void_reason: null,
    local: state,
  }
}

function addLine(draft: Draft, line: LocalLine): void {
  draft.lines.set(line.id, line)
  const subject = line.subject_id === null ? undefined : draft.residents.get(line.subject_id)
  if (subject && line.outcome === 'done') draft.residents.set(subject.id, afterReading(subject, line))
  count(draft, line, [...draft.owed.values()])
}

function count(draft: Draft, line: Line, rows: readonly Owed[]): void {
  const told = [...draft.lines.values()].filter(({ local }) => local !== 'refused')
  for (const row of deliver(rows, line, told)) draft.owed.set(row.id, row)
}

/** Only now it is known how long the visit was: promises of so many minutes count it from here. */
function endVisit(draft: Draft, id: Uuid): void {
  const line = draft.lines.get(id)
  const round = draft.rounds.get(id)
  if (!line || !round) return
  const ended = { ...line, minutes: round.minutes }
  draft.lines.set(id, ended)
  count(draft, ended, [...draft.owed.values()].filter((row) => !isEnough(row, line)))
}

const CLOCK_TOLERANCE_MS = 5 * 60_000

function checkedOut(draft: Draft, round: LocalRound, entry: EntryOf<'check_out'>): Partial<Round> {
  const minutes = Math.floor(minutesOf(draft, round, entry))
  const note = entry.payload.note === null ? round.note : joined(round.note, entry.payload.note)
  return { status: 'closed', checked_out_at: entry.at, minutes, note }
}

/** As the server counts: a count that leads beyond now went on by a clock that was set. */
function minutesOf(
  { now, skewMs }: Draft,
  round: LocalRound,
  { at, elapsed_ms }: EntryOf<'check_out'>,
): number {
  const latest = now + Math.max(0, skewMs) + CLOCK_TOLERANCE_MS
  const counted = elapsed_ms !== null && Date.parse(round.checked_in_at) + elapsed_ms <= latest
  return counted ? elapsed_ms / 60_000 : minutesBetween(round.checked_in_at, at)
}

function changeRound(
  draft: Draft,
  id: Uuid,
  state: ShownState,
  change: (round: LocalRound) => Partial<Round>,
): void {
  const round = draft.rounds.get(id)
  if (!round) return
  draft.rounds.set(
    id,
    state === 'refused' ? { ...round, local: state } : { ...round, ...change(round), local: state },
  )
}

type OfLines = Extract<Entry, { kind: 'amend' | 'void' | 'confirm' | 'dispute' | 'answer' }>

function changeLines(
  draft: Draft,
  entry: OfLines,
  state: ShownState,
): void {
  const { payload } = entry
  const seen = 'lines' in payload ? payload.lines : [payload]
  for (const { line_id, version } of seen) {
    const line = draft.lines.get(line_id)
    if (!line) continue
    // Already there: the pull was faster than the mark on the entry.
    const applied = line.version > version || (entry.kind === 'void' && line.state === 'void')
    const change = state === 'refused' || applied ? {} : lineChange(draft, entry, line)
    draft.lines.set(line_id, { ...line, ...change, local: state })
  }
}

/** The next version: what was there stays to be seen. */
function replaced({ version, made_at, performer, outcome, form, confirmation, earlier }: Line, reason: string) {
  const before = { version, at: made_at, by: performer.name, outcome, form, reason, confirmed: confirmation }
  return { version: version + 1, earlier: [before, ...earlier] }
}

const UNSAID = { confirmation: null, dispute: null, answer: null, rulings: [] }

function lineChange(
  draft: Draft,
  entry: OfLines,
  line: LocalLine,
): Partial<Line> {
  const by = draft.author.name
  switch (entry.kind) {
    case 'amend':
      return amended(draft, line, entry.payload)
    case 'void':
      return { ...replaced(line, entry.payload.reason), state: 'void', void_reason: entry.payload.reason }
    case 'confirm':
      return { ...UNSAID, state: 'confirmed', confirmation: { by, at: entry.at } }
    case 'dispute': {
      const { reason, text } = entry.payload
      return { ...UNSAID, state: 'disputed', dispute: { by, at: entry.at, reason, text } }
    }
    case 'answer': {
      const { reason, text } = entry.payload
      return line.state === 'disputed' ? { answer: { by, at: entry.at, reason, text } } : {}
    }
  }
}

function amended(draft: Draft, line: LocalLine, payload: EntryOf<'amend'>['payload']): Partial<Line> {
  const { form, outcome } = payload
  return {
    ...replaced(line, payload.reason),
    form,
    outcome,
    amended: true,
    ...UNSAID,
    state: 'pending',
    minutes: numberOrNull(form['minutes']),
    attendees: numberOrNull(form['attendees']),
    urgent: urgentOf(draft, { ...line, form, outcome }),
    assessment: meaningOf(draft, { ...line, form, outcome }, line.assessment),
  }
}

function urgentOf(draft: Draft, line: Pick<Line, 'service' | 'form' | 'outcome'>): string[] {
  const code = draft.reference?.services.find((service) => service.code === line.service)?.form
  const form = draft.reference?.forms.find((each) => each.code === code)
  return form && line.outcome === 'done' ? judge(form, line.form).urgent : []
}

function joined(before: string | null, text: string): string {
  return before ? `${before}\n${text}` : text
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function minutesBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 60_000)
}
