/** What a line that has not reached the server would change in what is owed. */
import type { Day, Line, Owed } from '@/api/wire'
import { daysBetween } from '@/rules/days'
import { gapOf } from '@/rules/worklist'

/** The rows that a new line changes, changed. `lines` are all lines known, the new one among them. */
export function deliver(owed: readonly Owed[], line: Line, lines: readonly Line[]): Owed[] {
  const streams = new Map<string, Owed[]>()
  for (const row of owed) {
    if (!concerns(row, line)) continue
    const key = `${row.commitment_id}|${row.subject_id ?? ''}`
    streams.set(key, [...(streams.get(key) ?? []), row])
  }
  return [...streams.values()].flatMap((rows) => deliverToStream(rows, line, lines))
}

function concerns(row: Owed, line: Line): boolean {
  const subject = row.subject_id === null || row.subject_id === line.subject_id
  return subject && row.institution_id === line.institution_id && row.services.includes(line.service)
}

function deliverToStream(rows: Owed[], line: Line, lines: readonly Line[]): Owed[] {
  const first = rows[0]
  const target = windowFor(rows, line)
  if (!first || !target) return []
  const others = takenOn(line.on, first, lines).filter(({ id }) => id !== line.id)
  const all = [...others, line]
  const counted = isUnit(first, others)
  // What the server counted already is no news: where a day counts once, another line adds nothing to it.
  const added = first.count_by === 'record' ? isDelivery(first, line) : !counted && isUnit(first, all)
  if (added && !tooSoon(rows, line, gapOf(first))) {
    const freed = !counted && target.excused > 0 && isExcuse(first, others) ? 1 : 0
    return rows.map((row) => afterUnit(row, line.on, row === target, freed))
  }
  const excuses = !isUnit(first, all) && isExcuse(first, all) && !isExcuse(first, others)
  if (!excuses || tooSoon(rows, line, Math.max(1, gapOf(first)))) return []
  return [{ ...target, excused: target.excused + 1, need: target.need - 1 }]
}

/** With the day counted; what was refused on it, `freed`, excuses its window no more. */
function afterUnit(row: Owed, on: Day, isTarget: boolean, freed: number): Owed {
  const counted = { ...row, last_counted_on: on }
  if (!isTarget) return counted
  return { ...counted, reported: row.reported + 1, excused: row.excused - freed, need: row.need - 1 + freed }
}

/** Not within the gap of a counted day; and a day that counts excuses nothing, whatever the gap. */
function tooSoon(rows: Owed[], line: Line, gap: number): boolean {
  const days = rows.flatMap((row) => row.last_counted_on ?? [])
  return days.some((day) => Math.abs(daysBetween(day, line.on)) < gap)
}

/** The lines of a day that the row takes. */
function takenOn(on: Day, row: Owed, lines: readonly Line[]): Line[] {
  return lines.filter(
    (line) =>
      line.on === on &&
      (line.state === 'pending' || line.state === 'confirmed') &&
      line.not_counted === null &&
      concerns(row, line),
  )
}

function isDone(line: Line): boolean {
  return line.outcome === 'done'
}

/** Done, and for long and for many enough; nothing said is none. */
function isDelivery(row: Owed, line: Line): boolean {
  return isDone(line) && isEnough(row, line)
}

export function isEnough({ min_minutes = 0, min_attendees = 0 }: Owed, { minutes, attendees }: Line): boolean {
  return (minutes ?? 0) >= min_minutes && (attendees ?? 0) >= min_attendees
}

/** A bundle is one unit on the day when every service of it is done for one subject. */
function isUnit(row: Owed, lines: readonly Line[]): boolean {
  const done = lines.filter((line) => isDelivery(row, line))
  if (row.match === 'any') return done.length > 0
  return done.some(({ subject_id }) =>
    hasAll(row, done.filter((line) => line.subject_id === subject_id)),
  )
}

/** One resident's refusal does not excuse what the institution is promised; a bundle's parts are all recorded. */
function isExcuse(row: Owed, lines: readonly Line[]): boolean {
  const own = lines.filter(({ subject_id }) => subject_id === row.subject_id)
  return !own.every(isDone) && (row.match === 'any' || hasAll(row, own))
}

function hasAll(row: Owed, lines: readonly Line[]): boolean {
  return row.services.every((service) => lines.some((line) => line.service === service))
}

/**
 * The window that contains the day while it is short, else the short earlier one with the earliest deadline.
 */
function windowFor(rows: Owed[], line: Line): Owed | undefined {
  const short = rows.filter((row) => row.need > 0)
  const current = short.find((row) => row.start <= line.on && line.on <= row.end)
  const earlier = short.filter((row) => row.end < line.on && line.on <= row.deadline)
  return current ?? earlier.sort((left, right) => (left.deadline < right.deadline ? -1 : 1))[0]
}
