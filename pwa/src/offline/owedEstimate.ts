/** What a line that has not reached the server would change in what is owed. */
import type { Line, Owed } from '@/api/wire'
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
  if (!first || !isWholeUnit(first, line, lines)) return []
  const target = windowFor(rows, line)
  const done = isDelivery(first, line, lines)
  if (!target || tooSoon(rows, line, done ? gapOf(first) : Math.max(1, gapOf(first)))) return []
  if (!done) {
    // One resident's refusal does not excuse what the institution is promised.
    if (line.subject_id !== first.subject_id) return []
    return [{ ...target, excused: target.excused + 1, need: target.need - 1 }]
  }
  return rows.map((row) => {
    const counted = { ...row, last_counted_on: line.on }
    return row === target ? { ...counted, reported: row.reported + 1, need: row.need - 1 } : counted
  })
}

/** Not within the gap of a counted day; and a day that counts excuses nothing, whatever the gap. */
function tooSoon(rows: Owed[], line: Line, gap: number): boolean {
  const days = rows.flatMap((row) => row.last_counted_on ?? [])
  return days.some((day) => Math.abs(daysBetween(day, line.on)) < gap)
}

function partsOf(row: Owed, line: Line, lines: readonly Line[]): Line[] {
  return lines.filter(
    (each) =>
      each.on === line.on &&
      each.subject_id === line.subject_id &&
      each.state !== 'void' &&
      row.services.includes(each.service),
  )
}

/** A bundle is one unit on the day when every service of it is there. */
function isWholeUnit(row: Owed, line: Line, lines: readonly Line[]): boolean {
  if (row.match === 'any') return true
  const services = new Set(partsOf(row, line, lines).map((part) => part.service))
  return row.services.every((service) => services.has(service))
}

function isDelivery(row: Owed, line: Line, lines: readonly Line[]): boolean {
  if (row.match === 'any') return line.outcome === 'done'
  const done = new Set(
    partsOf(row, line, lines).flatMap((part) => (part.outcome === 'done' ? part.service : [])),
  )
  return row.services.every((service) => done.has(service))
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
