/** What there is to confirm: pure decisions over the rounds and lines held on the phone. */

import type { Instant, LineState, SeenLine, Uuid } from '@/api/wire'
import type { LocalLine, LocalRound, OutboxEntry } from '@/offline'
import { takesPart } from '../rounds/team'

/** Silence for longer than this is said, ms. It stays pending: silence never confirms. */
const UNCONFIRMED_AFTER_MS = 7 * 24 * 3_600_000
const AT_ONCE_MS = 5 * 60_000
export const VISIT = 'round'

export interface RoundSummary {
  round: LocalRound
  counts: Record<LineState, number>
}

export interface ServiceGroup {
  service: string
  lines: LocalLine[]
}

export function linesByRound(lines: readonly LocalLine[]): Map<Uuid, LocalLine[]> {
  const grouped = new Map<Uuid, LocalLine[]>()
  for (const line of lines) grouped.set(line.round_id, [...(grouped.get(line.round_id) ?? []), line])
  return grouped
}

/** Rounds with something pending, and rounds that are settled; the latest first. */
export function sortedOut(rounds: readonly LocalRound[], lines: readonly LocalLine[]) {
  const grouped = linesByRound(lines)
  const summaries = rounds
    .map((round) => ({ round, counts: countStates(grouped.get(round.id) ?? []) }))
    .sort((left, right) => right.round.checked_in_at.localeCompare(left.round.checked_in_at))
  return {
    open: summaries.filter(({ counts }) => counts.pending > 0),
    done: summaries.filter(({ counts }) => counts.pending === 0 && counts.confirmed + counts.disputed > 0),
  }
}

export function countStates(lines: readonly LocalLine[]): Record<LineState, number> {
  const counts = { pending: 0, confirmed: 0, disputed: 0, void: 0 }
  for (const line of lines) counts[line.state] += 1
  return counts
}

/** How long after check-in the round reached the server, or null when it came at once. */
export function arrivedLate(round: Pick<LocalRound, 'checked_in_at' | 'received_at'>): Instant | null {
  const delay = Date.parse(round.received_at) - Date.parse(round.checked_in_at)
  return delay >= AT_ONCE_MS ? round.received_at : null
}

export function isOverdue(summary: RoundSummary, now: number): boolean {
  return summary.counts.pending > 0 && now - Date.parse(summary.round.received_at) > UNCONFIRMED_AFTER_MS
}

/** Nobody confirms a round they took part in. */
export function tookPart(round: LocalRound, lines: readonly LocalLine[], account: Uuid): boolean {
  return takesPart(round, account) || lines.some((line) => line.performer.id === account)
}

/** A dispute of it was settled: nobody says anything more of this version. */
export function isRuled({ rulings }: Pick<LocalLine, 'rulings'>): boolean {
  return rulings.some(({ settles }) => settles)
}

/** Whether staff may say something of the line now. The visit gets its duration at check-out: not before that. */
export function isOpenToWord(line: LocalLine, round: LocalRound): boolean {
  return line.state !== 'void' && !isRuled(line) && !(line.service === VISIT && round.status === 'open')
}

export function remaining(lines: readonly LocalLine[], round: LocalRound): LocalLine[] {
  return lines.filter((line) => line.state === 'pending' && isOpenToWord(line, round))
}

/** The lines below the visit by service, services in the order in which they were first done. */
export function byService(lines: readonly LocalLine[]): ServiceGroup[] {
  const groups = new Map<string, LocalLine[]>()
  for (const line of [...lines].sort((left, right) => left.made_at.localeCompare(right.made_at))) {
    if (line.service !== VISIT) groups.set(line.service, [...(groups.get(line.service) ?? []), line])
  }
  return [...groups].map(([service, members]) => ({ service, lines: members }))
}

/** What a confirmation names: the line at the version that was on the screen. */
export function seen({ id, version }: LocalLine): SeenLine {
  return { line_id: id, version }
}

/** Confirmations and disputes of one round that the server refused for the same reason. */
export interface Refusal {
  code: string
  message: string | null
  entries: Uuid[]
  lines: Uuid[]
}

export function refusalsOf(items: readonly OutboxEntry[], roundId: Uuid): Refusal[] {
  const found = new Map<string, Refusal>()
  for (const { id, entry, answer, state, handled } of items) {
    if (state !== 'refused' || handled || entry.round_id !== roundId) continue
    if (entry.kind !== 'confirm' && entry.kind !== 'dispute') continue
    const code = answer?.code ?? ''
    const known = found.get(code) ?? { code, message: answer?.message ?? null, entries: [], lines: [] }
    known.entries.push(id)
    known.lines.push(...entry.payload.lines.map(({ line_id }) => line_id))
    found.set(code, known)
  }
  return [...found.values()]
}

/** The refused entries that are settled by speaking of these lines anew. */
export function answeredAnew(items: readonly OutboxEntry[], roundId: Uuid, lines: readonly LocalLine[]): Uuid[] {
  const spoken = new Set(lines.map(({ id }) => id))
  return items
    .filter((item) => refusalsOf([item], roundId).some((refusal) => refusal.lines.every((id) => spoken.has(id))))
    .map(({ id }) => id)
}
