/** Whom to go on with after saving: the worklist in the order in which it was being worked through. */
import type { Resident, Uuid } from '@/api/wire'
import { byResident, byService, type Task, type TaskGroup } from '@/rules/worklist'

export type View = 'service' | 'resident'

/** Tasks that count today, in the order of the view: those of one service, or resident after resident. */
export function queueOf(tasks: readonly Task[], view: View, service: string): Task[] {
  const open = tasks.filter((task) => task.again === null)
  if (view === 'service') return open.filter((task) => task.service === service)
  return inOrderByResident(open).flatMap((group) => group.tasks)
}

/** Services as they are offered: most overdue first, then those of residents, then by how many are owed today. */
export function inOrderByService(tasks: readonly Task[]): TaskGroup<string>[] {
  return [...byService(tasks)].sort(
    (left, right) =>
      lateDays(right.tasks) - lateDays(left.tasks) ||
      Number(isWhole(left.tasks)) - Number(isWhole(right.tasks)) ||
      dueToday(right.tasks).length - dueToday(left.tasks).length,
  )
}

/** Residents in the order of urgency; what is owed to the institution comes last unless it is overdue. */
export function inOrderByResident(tasks: readonly Task[]): TaskGroup<Resident | null>[] {
  const isLater = ({ key, tasks: members }: TaskGroup<Resident | null>) =>
    key === null && lateDays(members) === 0
  return [...byResident(tasks)].sort((left, right) => Number(isLater(left)) - Number(isLater(right)))
}

function dueToday(tasks: readonly Task[]): Task[] {
  return tasks.filter((task) => task.again === null)
}

function lateDays(tasks: readonly Task[]): number {
  return Math.max(0, ...dueToday(tasks).map((task) => task.lateDays))
}

function isWhole(tasks: readonly Task[]): boolean {
  return tasks.every((task) => task.subject === null)
}

/** The next task is of the same resident, or of nobody in particular: there is no next person to name. */
export function isSameSubject(next: Pick<Task, 'subject'>, residentId: Uuid | null): boolean {
  return next.subject === null || next.subject.id === residentId
}

/** The task after the one just done; from the start again after the last. Null when nothing else is left. */
export function nextInQueue(queue: readonly Task[], service: string, residentId: Uuid | null): Task | null {
  const at = queue.findIndex((task) => task.service === service && (task.subject?.id ?? null) === residentId)
  const others = [...queue.slice(at + 1), ...queue.slice(0, Math.max(0, at))]
  return others[0] ?? null
}

/** Where a task is logged; `within`: as a part of that service, to whose other parts it leads on. */
export function logRoute(
  roundId: Uuid,
  service: string,
  subject: Pick<Resident, 'id'> | null,
  view: View,
  within: string | null = null,
) {
  return {
    name: 'log',
    params: { roundId, service, ...(subject && { residentId: subject.id }) },
    query: { ...(view === 'resident' && { by: view }), ...(within && { within }) },
  }
}
