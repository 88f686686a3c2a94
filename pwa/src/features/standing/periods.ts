/** The periods that figures are given for: "2026", "2026-Q3", "2026-07". Pure. */

import type { Day, PeriodKey } from '@/api/wire'

export type Length = 'year' | 'quarter' | 'month'

export const LENGTHS: readonly Length[] = ['year', 'quarter', 'month']

export function lengthOf(key: PeriodKey): Length {
  if (key.length === 4) return 'year'
  return key.includes('Q') ? 'quarter' : 'month'
}

/** First and last day of a period, for its name. */
export function daysOf(key: PeriodKey): { first: Day; last: Day } {
  const year = key.slice(0, 4)
  const [from, to] = monthsOf(key)
  return { first: `${year}-${two(from)}-01`, last: `${year}-${two(to)}-${two(lastDay(Number(year), to))}` }
}

function monthsOf(key: PeriodKey): [number, number] {
  if (lengthOf(key) === 'year') return [1, 12]
  if (lengthOf(key) === 'month') return [Number(key.slice(5)), Number(key.slice(5))]
  const quarter = Number(key.slice(6))
  return [quarter * 3 - 2, quarter * 3]
}

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

/** The keys by length, in the order they came; a length without periods is left out. */
export function byLength(keys: readonly PeriodKey[]): { length: Length; keys: PeriodKey[] }[] {
  return LENGTHS.map((length) => ({ length, keys: keys.filter((key) => lengthOf(key) === length) })).filter(
    (group) => group.keys.length > 0,
  )
}

/** Whether a period is over on a day. */
export function isOver(key: PeriodKey, today: Day): boolean {
  return daysOf(key).last < today
}
