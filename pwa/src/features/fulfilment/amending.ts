/** Amendments beside what was agreed before, and the server's refusals in words. Pure. */

import { Refused, type Failure } from '@/api/client'
import type { AmendedTerm, CommitmentFulfilment, Day } from '@/api/wire'

const DAY_MS = 86_400_000
const WORDS = ['already_used', 'outside_term', 'before_notice', 'in_the_future', 'in_the_past', 'before_start'] as const
export type FieldWord = (typeof WORDS)[number] | 'needed' | 'not_valid'

/** The count agreed for the day before a term begins, by the terms before it; 0 before the first. */
export function countBefore(commitment: Pick<CommitmentFulfilment, 'terms'>, { from }: Pick<AmendedTerm, 'from'>): number {
  return commitment.terms.filter((term) => term.from < from).pop()?.count ?? 0
}

/** How many days from the first to the last, both counted. */
export function daysFrom(first: Day, last: Day): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1
}

/** By the last part of a field's path (`terms[0].from` is `from`), what is wrong with it. */
export function fieldWords(failure: Failure | null): Partial<Record<string, FieldWord>> {
  if (!(failure instanceof Refused)) return {}
  return Object.fromEntries(
    failure.fields.map(({ path, code }) => [path.slice(path.lastIndexOf('.') + 1), WORDS.find((word) => word === code) ?? 'not_valid']),
  )
}

/** The last day of a published period that the change would touch; null for other refusals. */
export function publishedUntil(failure: Failure | null): Day | null {
  if (!(failure instanceof Refused) || failure.details['reason'] !== 'published') return null
  return String(failure.details['last'])
}
