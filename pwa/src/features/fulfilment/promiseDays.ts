/** How the days of a period make its promise: classes of days for the bar, and the sum as a sentence. Pure. */

import type { Day, PromiseDays } from '@/api/wire'
import type { Translate } from '@/i18n'
import type { explanation } from '@/i18n/messages/explanation'

export const DAY_CLASSES = [
  'promising',
  'not_in_force',
  'suspended',
  'not_living_here',
  'too_young',
  'without_condition',
  'nothing_promised',
] as const

export interface DayClass {
  name: (typeof DAY_CLASSES)[number]
  days: number
}

/** The classes that occur, in the order of the bar. */
export function dayClasses(promise: PromiseDays): DayClass[] {
  return DAY_CLASSES.map((name) => ({ name, days: promise[name] })).filter(({ days }) => days > 0)
}

type Words = Translate<(typeof explanation)['zh']>

/** "365 天中 181 天在约：2 × 181 ÷ 365 = 0.99，四舍五入为 1". */
export function promiseSum(promise: PromiseDays, t: Words, date: (day: Day) => string): string {
  const { promising, length, promised: n, min_days: least } = promise
  if (promise.partial === 'once') return t('sum_once', { n: promising, first: date(promise.first) })
  if (promising === 0) return t('sum_none', { length })
  if (promise.partial === 'full') return n > 0 ? t('sum_full', { length, promising, n }) : t('sum_full_none', { length, promising, least })
  if (promise.partial === 'whole') return n > 0 ? t('sum_whole', { length, n }) : t('sum_whole_none', { length, promising })
  return weighted(promise, t)
}

/** One count on every day needs no sum; after an amendment the sum over the days stands for the product. */
function weighted({ promising, length, sum, counts, promised: n }: PromiseDays, t: Words): string {
  const [only, ...others] = counts
  if (promising === length && others.length === 0) return t('sum_all', { length, n })
  const values = { length, promising, quotient: cut(sum, length), n }
  return others.length ? t('sum_counts', { ...values, sum }) : t('sum_days', { ...values, count: only?.count ?? 0 })
}

/** The quotient cut to two decimals: what is rounded down never looks like a half. */
function cut(sum: number, length: number): string {
  const hundredths = Math.floor((sum * 100) / length)
  return `${String(Math.floor(hundredths / 100))}.${String(hundredths % 100).padStart(2, '0')}`
}
