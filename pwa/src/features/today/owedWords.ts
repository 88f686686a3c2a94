/** How what an institution is owed is said before a round. */
import type { Day } from '@/api/wire'
import { byService, type OwedSummary, type Task, type TaskGroup } from '@/rules/worklist'

export interface Section {
  title: 'owed_here' | 'owed_later'
  groups: TaskGroup<string>[]
}

/** What counts today, and apart from it what may only be done again from a later day. */
export function sectionsOf(tasks: readonly Task[]): Section[] {
  return [
    { title: 'owed_here', groups: byService(tasks.filter((task) => task.again === null)) },
    { title: 'owed_later', groups: byService(tasks.filter((task) => task.again !== null)) },
  ]
}

/**
 * What to say where neither a resident nor a visit is owed. The institution itself may still be owed
 * something: then "nothing" would contradict the line below it.
 */
export function wordForRest(
  summary: OwedSummary,
  day: Day,
): 'nothing_owed' | 'not_urgent' | 'institution_owed' {
  if (!summary.services.length) return 'nothing_owed'
  const isPressing = summary.lateDays > 0 || summary.earliestDeadline === day
  return isPressing ? 'institution_owed' : 'not_urgent'
}
