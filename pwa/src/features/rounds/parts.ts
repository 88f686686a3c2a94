/** A service that is entered as its parts: which of them stand in this round, and what comes next. */
import type { Resident, Uuid } from '@/api/wire'
import type { LocalLine } from '@/offline'
import { VISIT } from '@/rules/facts'
import { logRoute } from './queue'
import { standing, type RoundView } from './useRound'

export interface Part {
  service: string
  /** What was recorded of it in this round, done or not; null while it is still to do. */
  line: LocalLine | null
}

/** `lines` are the round's, newest first. */
export function partsOf(parts: readonly string[], lines: readonly LocalLine[], resident: Resident): Part[] {
  const own = standing(lines).filter((line) => line.subject_id === resident.id)
  return parts.map((service) => ({ service, line: own.find((line) => line.service === service) ?? null }))
}

export interface Next {
  key: string
  service: string
  subject: Resident | null
}

/** The first part still to do after this one, from the start again after the last. */
export function nextPart(
  parts: readonly string[],
  view: Pick<RoundView, 'lines'>,
  resident: Resident | null,
  service = VISIT,
): Next | null {
  if (!resident) return null
  const at = parts.indexOf(service)
  const order = partsOf([...parts.slice(at + 1), ...parts.slice(0, Math.max(0, at))], view.lines.value, resident)
  const found = order.find((part) => part.line === null)
  return found ? { key: `${found.service}|${resident.id}`, service: found.service, subject: resident } : null
}

/** Where the parts of a service are seen together. */
export function partsRoute(roundId: Uuid, service: string, resident: Resident) {
  return logRoute(roundId, service, resident, 'resident')
}
