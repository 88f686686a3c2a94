/** The period that the overview was asked for: `?period=2026-10`, carried along from page to page. Pure. */
import type { MonthFigures, PeriodKey, Sums } from '@/api/wire'
import { daysOf } from '@/features/standing/periods'

/** A year, quarter or month as an address may name it; null for anything else. */
export function periodFrom(value: unknown): PeriodKey | null {
  return typeof value === 'string' && /^\d{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$/.test(value) ? value : null
}

/** The months that end in the period; null where these are all of them, and the period says nothing new. */
export function monthsIn(months: readonly MonthFigures[], period: PeriodKey | null): MonthFigures[] | null {
  if (period === null) return null
  const { first, last } = daysOf(period)
  const inside = months.filter(({ month }) => month >= first.slice(0, 7) && month <= last.slice(0, 7))
  return inside.length === months.length ? null : inside
}

/** Their sums, of due windows only. */
export function sumOf(months: readonly MonthFigures[]): Sums {
  const sum = (name: keyof Sums) => months.reduce((total, month) => total + month[name], 0)
  return { promised: sum('promised'), confirmed: sum('confirmed'), reported: sum('reported'), excused: sum('excused') }
}
