/** What a round did and what its institution is still owed, by service. */
import type { Day } from '@/api/wire'
import { byService, type Task } from '@/rules/worklist'
import type { LocalLine } from '@/offline'
import { standing } from './useRound'

export interface DoneService {
  service: string
  done: number
  /** Declined, away or done elsewhere. */
  notDone: number
  people: boolean
}

export interface OwedService {
  service: string
  count: number
  people: boolean
  deadline: Day
  lateDays: number
}

/** Services in the order in which they were first recorded. */
export function doneByService(lines: readonly LocalLine[]): DoneService[] {
  const groups = new Map<string, LocalLine[]>()
  for (const line of [...standing(lines)].reverse())
    groups.set(line.service, [...(groups.get(line.service) ?? []), line])
  return [...groups].map(([service, members]) => ({
    service,
    done: members.filter((line) => line.outcome === 'done').length,
    notDone: members.filter((line) => line.outcome !== 'done').length,
    people: members.some((line) => line.subject_id !== null),
  }))
}

/** What counts today and was not done, most urgent first. */
export function owedByService(tasks: readonly Task[]): OwedService[] {
  return byService(tasks.filter((task) => task.again === null)).map(({ key, tasks: members }) => ({
    service: key,
    count: members.length,
    people: members.some((task) => task.subject !== null),
    deadline: members.reduce(
      (earliest, task) => (task.deadline < earliest ? task.deadline : earliest),
      '9999-12-31',
    ),
    lateDays: Math.max(...members.map((task) => task.lateDays)),
  }))
}
