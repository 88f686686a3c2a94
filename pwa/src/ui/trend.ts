/** Geometry of the monthly chart: pure, in units of its view box. */

import type { MonthFigures, Rate } from '@/api/wire'
import { rateFraction, rateOf } from '@/i18n'

export const HEIGHT = 64
export const STEP = 30
const BAR = 18

export interface MonthRates {
  /** "2026-10". */
  month: string
  confirmedRate: Rate
  reportedRate: Rate
}

export interface RateBar extends MonthRates {
  x: number
  width: number
  confirmedHeight: number
  /** What pending records would add on top of the confirmed bar. */
  pendingHeight: number
  /** Per cent with one decimal, cut as everywhere, none where it is 0; null where nothing was owed. */
  percent: number | null
}

/** Bars side by side in the order given; a month without a rate has no bar. */
export function rateBars<M extends MonthRates>(months: readonly M[]): (M & RateBar)[] {
  return months.map((month, index) => ({
    ...month,
    x: index * STEP + (STEP - BAR) / 2,
    width: BAR,
    confirmedHeight: rateFraction(month.confirmedRate) * HEIGHT,
    pendingHeight: Math.max(0, rateFraction(month.reportedRate) - rateFraction(month.confirmedRate)) * HEIGHT,
    percent: percentOf(month.confirmedRate),
  }))
}

/** Rates of due windows by month of their end; a month in which nothing was due has null rates and no bar. */
export function monthBars(months: readonly MonthFigures[]): (MonthFigures & RateBar)[] {
  return rateBars(
    months.map((figures) => {
      const [confirmedRate, reportedRate] = [
        rateOf(figures.confirmed, figures.promised - figures.excused),
        rateOf(figures.reported, figures.promised - figures.excused),
      ]
      return { ...figures, confirmedRate, reportedRate }
    }),
  )
}

/** Cut to a tenth like the table's figure beside it. Ten-thousandths are whole: no binary fraction is cut. */
function percentOf(rate: Rate): number | null {
  return rate === null ? null : Math.floor(Math.round(rateFraction(rate) * 10_000) / 10) / 10
}
