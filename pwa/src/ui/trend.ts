/** Geometry of the monthly chart: pure, in units of its view box. */

import type { MonthFigures, Rate } from '@/api/wire'
import { rateFraction, rateOf } from '@/i18n'

export const HEIGHT = 64
export const STEP = 28
const BAR = 16

export interface MonthBar extends MonthFigures {
  confirmedRate: Rate
  reportedRate: Rate
  x: number
  width: number
  confirmedHeight: number
  reportedHeight: number
}

/** Rates of due windows by month of their end; a month in which nothing was due has null rates and no bar. */
export function monthBars(months: readonly MonthFigures[]): MonthBar[] {
  return months.map((figures, index) => {
    const owed = figures.promised - figures.excused
    const [confirmedRate, reportedRate] = [rateOf(figures.confirmed, owed), rateOf(figures.reported, owed)]
    return {
      ...figures,
      confirmedRate,
      reportedRate,
      x: index * STEP + (STEP - BAR) / 2,
      width: BAR,
      confirmedHeight: rateFraction(confirmedRate) * HEIGHT,
      reportedHeight: rateFraction(reportedRate) * HEIGHT,
    }
  })
}
