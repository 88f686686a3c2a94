/**
 * What the agreement still owes at one institution today, as tasks to tap. A task is one service for one
 * subject; several rows (an earlier window in its grace, two commitments on one service) ask for the same act
 * and make one task.
 */
import { addDays, daysBetween } from './days'
import { VISIT, type Day, type Line, type Owed, type Resident, type Uuid } from './facts'
import { byBed } from './residentSearch'

export interface Task {
  key: string
  service: string
  /** Other services that would do as well (`match: any`). */
  alternatives: string[]
  subject: Resident | null
  rows: Owed[]
  /** Deliveries still owed over all rows. */
  need: number
  deadline: Day
  /** Days since the window's end; 0 while the window is open. */
  lateDays: number
  /** First day on which a delivery counts again under the gap rule; null when it counts today. */
  again: Day | null
  /** All parts of the bundle this is a part of, on one day; empty when it stands alone. */
  bundle: string[]
}

export interface WorklistFacts {
  institutionId: Uuid
  today: Day
  owed: readonly Owed[]
  residents: readonly Resident[]
  /** Lines held or waiting; those of today tell which parts of a bundle are there. */
  lines: readonly Line[]
  /** Whether the phone has a form for this service. */
  canLog: (service: string) => boolean
}

/**
 * The tasks of today in the order of urgency: what counts today first, most overdue, earliest deadline, bed.
 */
export function worklist(given: WorklistFacts): Task[] {
  const facts = { ...given, recorded: recordedToday(given) }
  const residents = new Map(facts.residents.map((resident) => [resident.id, resident]))
  const tasks = new Map<string, Task>()
  for (const row of facts.owed) {
    if (!isOpen(row, facts)) continue
    const subject = row.subject_id === null ? null : residents.get(row.subject_id)
    if (subject === undefined || !livesHere(subject, facts.today)) continue
    for (const service of servicesToLog(row, facts)) addRow(tasks, service, subject, row, facts)
  }
  return [...tasks.values()].sort(byUrgency)
}

/** Rows that a delivery today may fulfil. */
export function isOpen(row: Owed, facts: { institutionId: Uuid; today: Day }): boolean {
  const inTime = row.start <= facts.today && facts.today <= row.deadline
  return row.institution_id === facts.institutionId && row.need > 0 && inTime
}

/** Least days between two deliveries that count: a day counts once, whatever the gap; each record, without one. */
export function gapOf({ count_by, min_gap_days }: Owed): number {
  return count_by === 'record' ? 0 : Math.max(1, min_gap_days)
}

export function livesHere(resident: Resident | null, day: Day): boolean {
  return !resident || (resident.stay_from <= day && (resident.stay_to === null || day <= resident.stay_to))
}

interface Known extends WorklistFacts {
  /** Service and subject of every line of today. */
  recorded: ReadonlySet<string>
}

function recordedToday(facts: WorklistFacts): Set<string> {
  const lines = facts.lines.filter((line) => line.on === facts.today && line.state !== 'void')
  return new Set(lines.map((line) => keyOf(line.service, line.subject_id)))
}

function keyOf(service: string, subject: Uuid | null): string {
  return `${service}|${subject ?? ''}`
}

function servicesToLog(row: Owed, facts: Known): string[] {
  const loggable = row.services.filter((service) => service !== VISIT && facts.canLog(service))
  if (row.match === 'any') return loggable.slice(0, 1)
  return loggable.filter((service) => !facts.recorded.has(keyOf(service, row.subject_id)))
}

/** Done, declined or away: one of the services that would do was recorded, and a day counts once. */
function isSettledToday(row: Owed, facts: Known): boolean {
  return (
    row.match === 'any' &&
    row.count_by !== 'record' &&
    row.services.some((service) => facts.recorded.has(keyOf(service, row.subject_id)))
  )
}

function addRow(
  tasks: Map<string, Task>,
  service: string,
  subject: Resident | null,
  row: Owed,
  facts: Known,
): void {
  const key = keyOf(service, row.subject_id)
  const held = tasks.get(key)
  const again = isSettledToday(row, facts) ? addDays(facts.today, 1) : countsAgainOn(row, facts.today)
  const lateDays = Math.max(0, daysBetween(row.end, facts.today))
  tasks.set(key, {
    key,
    service,
    subject,
    rows: [...(held?.rows ?? []), row],
    need: (held?.need ?? 0) + row.need,
    deadline: held && held.deadline < row.deadline ? held.deadline : row.deadline,
    lateDays: Math.max(held?.lateDays ?? 0, lateDays),
    again: held ? earlierAgain(held.again, again) : again,
    alternatives: unite(held?.alternatives, row.match === 'any' ? row.services : [], service),
    bundle: held?.bundle.length ? held.bundle : row.match === 'all' ? row.services : [],
  })
}

function unite(held: string[] = [], services: string[], without: string): string[] {
  return [...new Set([...held, ...services])].filter((service) => service !== without)
}

function countsAgainOn(row: Owed, today: Day): Day | null {
  if (row.last_counted_on === null) return null
  const again = addDays(row.last_counted_on, gapOf(row))
  return again > today ? again : null
}

/** If either row takes a delivery today, the task does. */
function earlierAgain(left: Day | null, right: Day | null): Day | null {
  if (left === null || right === null) return null
  return left < right ? left : right
}

function byUrgency(left: Task, right: Task): number {
  return (
    Number(left.again !== null) - Number(right.again !== null) ||
    right.lateDays - left.lateDays ||
    compareText(left.deadline, right.deadline) ||
    compareSubjects(left.subject, right.subject) ||
    compareText(left.service, right.service)
  )
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function compareSubjects(left: Resident | null, right: Resident | null): number {
  if (!left || !right) return Number(left !== null) - Number(right !== null)
  return byBed(left, right)
}

export interface TaskGroup<Key> {
  key: Key
  tasks: Task[]
}

/** Tasks under their service, services in the order of their most urgent task. */
export function byService(tasks: readonly Task[]): TaskGroup<string>[] {
  return groupBy(tasks, (task) => task.service)
}

/** Tasks under their resident; tasks of the institution stand under null. */
export function byResident(tasks: readonly Task[]): TaskGroup<Resident | null>[] {
  return groupBy(tasks, (task) => task.subject)
}

function groupBy<Key>(tasks: readonly Task[], keyOf: (task: Task) => Key): TaskGroup<Key>[] {
  const groups = new Map<Key, Task[]>()
  for (const task of tasks) {
    const key = keyOf(task)
    groups.set(key, [...(groups.get(key) ?? []), task])
  }
  return [...groups].map(([key, grouped]) => ({ key, tasks: grouped }))
}

export interface OwedSummary {
  institutionId: Uuid
  /** Whether a visit itself is owed. */
  visit: boolean
  /** Residents with something owed that counts today. */
  residents: number
  /** Tasks that count today, by service, most urgent service first. */
  services: { service: string; count: number }[]
  /** The longest a window has been over, in days. */
  lateDays: number
  earliestDeadline: Day | null
}

/** What one institution is owed today, for a list of institutions. */
export function summarise(facts: WorklistFacts): OwedSummary {
  const rows = facts.owed.filter((row) => isOpen(row, facts))
  const tasks = worklist(facts).filter((task) => task.again === null)
  const visits = rows.filter(
    (row) => row.services.includes(VISIT) && countsAgainOn(row, facts.today) === null,
  )
  const deadlines = [...tasks, ...visits].map((each) => each.deadline).sort()
  const late = [
    ...tasks.map((task) => task.lateDays),
    ...visits.map((row) => Math.max(0, daysBetween(row.end, facts.today))),
  ]
  return {
    institutionId: facts.institutionId,
    visit: visits.length > 0,
    residents: new Set(tasks.flatMap((task) => task.subject?.id ?? [])).size,
    services: byService(tasks).map((group) => ({ service: group.key, count: group.tasks.length })),
    lateDays: Math.max(0, ...late),
    earliestDeadline: deadlines[0] ?? null,
  }
}

/** Institutions by how late, then by the earliest deadline, then by how much is owed. */
export function byPressure(left: OwedSummary, right: OwedSummary): number {
  const far = '9999-12-31'
  return (
    right.lateDays - left.lateDays ||
    compareText(left.earliestDeadline ?? far, right.earliestDeadline ?? far) ||
    right.residents - left.residents
  )
}
