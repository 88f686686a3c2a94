/** Whom to go on with after saving: the worklist in the order in which it was being worked through. */
import type { Resident, Uuid } from '@/api/wire'
import { byResident, type Task } from '@/rules/worklist'

export type View = 'service' | 'resident'

/** Tasks that count today, in the order of the view: those of one service, or resident after resident. */
export function queueOf(tasks: readonly Task[], view: View, service: string): Task[] {
  const open = tasks.filter((task) => task.again === null)
  if (view === 'service') return open.filter((task) => task.service === service)
  return byResident(open).flatMap((group) => group.tasks)
}

/** The task after the one just done; from the start again after the last. Null when nothing else is left. */
export function nextInQueue(queue: readonly Task[], service: string, residentId: Uuid | null): Task | null {
  const at = queue.findIndex((task) => task.service === service && (task.subject?.id ?? null) === residentId)
  const others = [...queue.slice(at + 1), ...queue.slice(0, Math.max(0, at))]
  return others[0] ?? null
}

/** Where a task is logged. */
export function logRoute(roundId: Uuid, service: string, subject: Resident | null, view: View) {
  return {
    name: 'log',
    params: { roundId, service, ...(subject && { residentId: subject.id }) },
    query: view === 'resident' ? { by: view } : {},
  }
}
