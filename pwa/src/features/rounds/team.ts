/** Who takes part in a round: pure decisions over the rounds held on the phone. */
import type { Line, Round, Uuid } from '@/api/wire'

type Team = Pick<Round, 'clinician' | 'participants'>

/** Whether somebody began the round or joined it. */
export function takesPart({ clinician, participants }: Team, account: Uuid): boolean {
  return clinician.id === account || participants.some(({ id }) => id === account)
}

/** Whether it is for somebody to end the round: for whoever began it. */
export function began({ clinician }: Pick<Round, 'clinician'>, account: Uuid): boolean {
  return clinician.id === account
}

/** How many records each of the team has in the round, those that were withdrawn left out. */
export function recordedBy(lines: readonly Pick<Line, 'performer' | 'state'>[]): Map<Uuid, number> {
  const counts = new Map<Uuid, number>()
  for (const { performer, state } of lines)
    if (state !== 'void') counts.set(performer.id, (counts.get(performer.id) ?? 0) + 1)
  return counts
}
