/** Disputes of one's own records: pure decisions over the lines held on the phone. */
import type { Line, Uuid } from '@/api/wire'

type Disputed = Pick<Line, 'state' | 'answer' | 'performer' | 'made_at'>

export function awaitsAnswer({ state, answer, performer }: Disputed, account: Uuid): boolean {
  return state === 'disputed' && answer === null && performer.id === account
}

/** Mine that are disputed: those that wait for me, and those that wait for others; the oldest first. */
export function sortedDisputes<L extends Disputed>(lines: readonly L[], account: Uuid) {
  const mine = lines
    .filter(({ state, performer }) => state === 'disputed' && performer.id === account)
    .sort((left, right) => left.made_at.localeCompare(right.made_at))
  return { open: mine.filter(({ answer }) => answer === null), answered: mine.filter(({ answer }) => answer !== null) }
}
