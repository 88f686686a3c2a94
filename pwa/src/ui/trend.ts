/** Geometry of the monthly chart: pure, in units of its view box. */

import type { MonthFigures, Rate } from '@/api/wire'
import { rateFraction, rateOf } from '@/i18n'

export const HEIGHT = 64
export const STEP = 30
const BAR = 18

export interface MonthBar extends MonthFigures {
  confirmedRate: Rate
  reportedRate: Rate
  x: number
  width: number
  confirmedHeight: number
  /** What pending records would add on top of the confirmed bar. */
  pendingHeight: number
  /** Per cent with one decimal, cut as everywhere, none where it is 0; null where nothing was owed. */
  percent: number | null
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
      pendingHeight: Math.max(0, rateFraction(reportedRate) - rateFraction(confirmedRate)) * HEIGHT,
      percent: percentOf(confirmedRate),
    }
  })
}

/** Cut to a tenth like the table's figure beside it. Ten-thousandths are whole: no binary fraction is cut. */
function percentOf(rate: Rate): number | null {
  return rate === null ? null : Math.floor(Math.round(rateFraction(rate) * 10_000) / 10) / 10
}
