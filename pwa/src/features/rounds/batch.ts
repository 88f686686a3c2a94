/** One service for many residents, a row each: which forms suit it, who is on the list, and who comes next. */
import type { Field, Form, Resident, Uuid } from '@/api/wire'
import type { LocalLine } from '@/offline'
import { byBed, matchesResident } from '@/rules/residentSearch'
import type { Task } from '@/rules/worklist'

export interface BatchFields {
  /** Typed for each resident. */
  numbers: Field[]
  /** Often the same for all of them: chosen once, and for one resident where it differs. */
  chosen: Field[]
}

const MOST_REQUIRED = 4
/** With more to say than this there is more to look at than a row has room for. */
const MOST_FIELDS = 8
const NUMBERS: readonly Field['type'][] = ['integer', 'decimal']
const CHOICES: readonly Field['type'][] = ['choice', 'choices']

/** What a row asks for: all that a form requires. Null where that is too much for a row, or no plain value. */
export function batchFields(form: Form): BatchFields | null {
  if ((form.flow ?? 'page') !== 'page' || form.parts?.length) return null
  const own = form.fields.filter((field) => !field.offer && !field.read_of)
  const required = own.filter((field) => field.required)
  const isPlain = (field: Field) => !field.when && [...NUMBERS, ...CHOICES].includes(field.type)
  if (own.length > MOST_FIELDS || required.length === 0 || required.length > MOST_REQUIRED) return null
  if (!required.every(isPlain)) return null
  return {
    numbers: required.filter((field) => NUMBERS.includes(field.type)),
    chosen: required.filter((field) => CHOICES.includes(field.type)),
  }
}

/** Whether the last digit ends a row: of several answers nobody can tell which is the last. */
export function endsItself({ numbers, chosen }: BatchFields): boolean {
  return numbers.length > 0 && chosen.every((field) => field.type === 'choice')
}

export interface BatchPlace {
  resident: Resident
  /** What this round has of the service for them, whoever of the team made it; null: still to do. */
  line: LocalLine | null
}

/**
 * Who is on the list, by bed: to whom the service is owed today, and who has it already. While something is
 * searched for, everybody who lives there and is meant by it. `lines`: standing lines of the round, newest first.
 */
export function batchPlaces(
  view: { tasks: readonly Task[]; lines: readonly LocalLine[]; residents: readonly Resident[] },
  service: string,
  typed: string,
): BatchPlace[] {
  const done = new Map<Uuid | null, LocalLine>()
  for (const line of view.lines)
    if (line.service === service && !done.has(line.subject_id)) done.set(line.subject_id, line)
  const owed = new Set(
    view.tasks.filter((task) => task.service === service && task.again === null).map((task) => task.subject?.id),
  )
  const isMeant = (resident: Resident) =>
    typed.trim() ? matchesResident(resident, typed) : owed.has(resident.id) || done.has(resident.id)
  return view.residents
    .filter(isMeant)
    .sort(byBed)
    .map((resident) => ({ resident, line: done.get(resident.id) ?? null }))
}

/** The next one still to do, down the list and from its top again; null when nobody else is left. */
export function nextOpen(places: readonly BatchPlace[], after: Uuid | null): Uuid | null {
  const at = places.findIndex(({ resident }) => resident.id === after)
  const others = [...places.slice(at + 1), ...places.slice(0, Math.max(0, at))]
  return others.find(({ line }) => line === null)?.resident.id ?? null
}

/** Where the cursor begins: at the row that the list was left from, where it is still to do; else as `nextOpen`. */
export function openAt(places: readonly BatchPlace[], left: Uuid | null): Uuid | null {
  const isOpen = places.some(({ resident, line }) => resident.id === left && line === null)
  return isOpen ? left : nextOpen(places, left)
}

/** The one still to do above (-1) or below (1); null at the end of the list. */
export function neighbour(places: readonly BatchPlace[], from: Uuid, way: -1 | 1): Uuid | null {
  const at = places.findIndex(({ resident }) => resident.id === from)
  const side = way > 0 ? places.slice(at + 1) : places.slice(0, Math.max(0, at)).reverse()
  return side.find(({ line }) => line === null)?.resident.id ?? null
}

/** `at`: the resident from whose row the list was left; the cursor goes there, or on from there. */
export function batchRoute(roundId: Uuid, service: string, at: Uuid | null = null) {
  return { name: 'batch', params: { roundId, service }, query: at ? { at } : {} }
}

/** Back to the round, or to the list of that service where a row of it led here: `?batch`. */
export function backFrom(roundId: Uuid, batch: unknown, at: Uuid | null) {
  return typeof batch === 'string' ? batchRoute(roundId, batch, at) : { name: 'round', params: { roundId } }
}
