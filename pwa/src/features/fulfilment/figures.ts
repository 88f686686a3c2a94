/** Sums that the pages say in words. Pure. */

import type { CommitmentFulfilment, Obligation, Rate, WindowStatus, WindowSummary } from '@/api/wire'
import { rateOf } from '@/i18n'

export interface DueFigures {
  /** Promised less excused, of due windows. */
  owed: number
  confirmed: number
  late: number
  excused: number
  /** What pending records would add; never negative. */
  pending: number
}

export function dueFigures(commitment: CommitmentFulfilment): DueFigures {
  return {
    owed: commitment.due_promised - commitment.due_confirmed_excused,
    confirmed: commitment.due_confirmed,
    late: commitment.due_confirmed_late,
    excused: commitment.due_confirmed_excused,
    pending: Math.max(0, commitment.due_reported - commitment.due_confirmed),
  }
}

interface Counts {
  promised: number
  confirmed: number
  confirmed_excused: number
  reported: number
  reported_excused: number
}

export function owedIn(counts: Counts): number {
  return counts.promised - counts.confirmed_excused
}

export function ratesIn(counts: Counts): { confirmed: Rate; reported: Rate } {
  return {
    confirmed: rateOf(counts.confirmed, owedIn(counts)),
    reported: rateOf(counts.reported, counts.promised - counts.reported_excused),
  }
}

/** What pending records would add to an obligation or a window. */
export function pendingIn(counts: Counts): number {
  return Math.max(0, counts.reported - counts.confirmed)
}

const SHOWN = ['missed', 'partial', 'open', 'met', 'excused'] as const

/** The status as it is shown: nothing was promised where nothing was asked, and then nothing is complete. */
export function shownStatus({ status, promised }: Pick<Obligation, 'status' | 'promised'>): WindowStatus | 'nothing' {
  return promised === 0 ? 'nothing' : status
}

/** The statuses that occur in a window, the worst first. */
export function statusesOf(window: WindowSummary): { status: WindowStatus | 'nothing'; count: number }[] {
  if (window.promised === 0) return [{ status: 'nothing', count: window.subjects }]
  return SHOWN.map((status) => ({ status, count: window.statuses[status] })).filter(({ count }) => count > 0)
}

/** A window of the institution itself has a single obligation: its page says nothing that the obligation's does not. */
export function soleObligation(obligations: readonly Obligation[]): Obligation | null {
  const [only, ...others] = obligations
  return only && others.length === 0 && only.subject === null ? only : null
}

/** What is promised once, by resident: those still owed a thing (the soonest end first), and those who are not. */
export function onceGroups(obligations: readonly Obligation[]): { waiting: Obligation[]; settled: Obligation[] } {
  const settled = ({ status }: Obligation) => status === 'met' || status === 'excused'
  const byEnd = [...obligations].sort((left, right) => left.end.localeCompare(right.end))
  return { waiting: byEnd.filter((each) => !settled(each)), settled: byEnd.filter(settled).reverse() }
}
