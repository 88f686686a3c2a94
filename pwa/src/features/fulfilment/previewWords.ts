/** What a clause promises, in words. Pure. */

import type { Promises } from '@/api/wire'
import { phraseOr, type Translate } from '@/i18n'
import { preview } from '@/i18n/messages/preview'

type Words = Translate<(typeof preview)['zh']>

/** "2026 年承诺 52 次", one for each year with a promise; of a resident: for each of them. */
export function yearsInWords({ years }: Promises, each: boolean, t: Words): string[] {
  return years.map(({ year, promised: n }) => (each ? t('years_each', { year, n }) : t('years', { year, n })))
}

export function totalInWords({ total: n }: Promises, each: boolean, t: Words): string {
  return each ? t('total_each', { n }) : t('total', { n })
}

/** "照字面读：每年 1 次 × 1 = 1 次"; where the count changes, only the total. */
export function plainInWords({ plain }: Promises, t: Words): string | null {
  if (plain === null) return null
  const { total, count, units, every, per, rest_days: n } = plain
  if (count === null || every !== 1 || units === 0) return t('plain', { total })
  const whole = t('plain_units', { unit: phraseOr(preview, `per_${per}`), count, units, total })
  return n > 0 ? whole + t('plain_rest', { n }) : whole
}

export interface WarningWords {
  title: string
  text: string
  /** The other alignment as the label of a button; null where it would come no closer. */
  proposal: string | null
}

export function warningInWords({ warning }: Promises, t: Words): WarningWords | null {
  if (warning === null) return null
  const { promised, plain, proposal } = warning
  const n = Math.abs(promised - plain)
  return {
    title: promised > plain ? t('warn_more', { n }) : t('warn_less', { n }),
    text: t('warn_text', { promised, plain }),
    proposal: proposal && t(proposal.align === 'anniversary' ? 'propose_anniversary' : 'propose_calendar', { total: proposal.total }),
  }
}
