/** Which institutions stay on the phone whatever is chosen, and how much a choice comes to. Pure. */
import type { Uuid } from '@/api/wire'
import type { LocalRound, Sized } from '@/offline'

/** Where work is going on: a round that is not checked out, or something of it that has not arrived. */
export function inUse(rounds: readonly LocalRound[], unsettledRounds: ReadonlySet<Uuid>, account: Uuid): Set<Uuid> {
  const running = rounds.filter(
    (round) => unsettledRounds.has(round.id) || (round.status === 'open' && round.clinician.id === account),
  )
  return new Set(running.map((round) => round.institution_id))
}

/** What is ticked at first: what is held, and what cannot be left out. */
export function ticked(all: readonly Sized[], held: readonly Uuid[], kept: ReadonlySet<Uuid>): Uuid[] {
  return all.map(({ id }) => id).filter((id) => held.includes(id) || kept.has(id))
}

export function rowsOf(all: readonly Sized[], chosen: readonly Uuid[]): number {
  return all.filter(({ id }) => chosen.includes(id)).reduce((sum, { rows }) => sum + rows, 0)
}
