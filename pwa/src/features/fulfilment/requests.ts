/** Requests on demand in words: how long they took against their limit. Pure. */

import type { CommitmentFulfilment, DemandRow } from '@/api/wire'
import type { Translate, useFormat } from '@/i18n'
import type { fulfilment } from '@/i18n/messages/fulfilment'

type Words = Translate<(typeof fulfilment)['zh']>

const MINUTE = 60_000

export const DEMAND_LOOKS = {
  met: { tone: 'accent', icon: 'check' },
  late: { tone: 'warn', icon: 'half' },
  unanswered: { tone: 'bad', icon: 'cross' },
  open: { tone: 'neutral', icon: 'clock' },
  noted: { tone: 'neutral', icon: 'info' },
} as const

/** "15 分钟，时限 30 分钟"; waiting ones say so; without a limit only how long it took. */
export function minutesInWords(row: DemandRow, limit: number | null, t: Words, format: ReturnType<typeof useFormat>): string {
  const minutes = format.between(row.asked_at, new Date(Date.parse(row.asked_at) + row.minutes * MINUTE).toISOString())
  if (limit === null) return minutes
  const values = { minutes, limit: format.minutes(limit) }
  return row.answered_at === null ? t('minutes_open', values) : t('minutes_of', values)
}

/** How much of the limit went by, from 0 to 1; null where there is no limit. */
export function shareOfLimit({ minutes }: DemandRow, limit: number | null): number | null {
  return limit === null || limit === 0 ? null : Math.min(1, minutes / limit)
}

/** What the rate of an on-demand commitment counts: met of due, and what stands beside. */
export function demandWords({ demand, respond_within_minutes: limit }: CommitmentFulfilment, t: Words): string {
  if (demand === null) return t('nothing_due')
  return [
    limit === null ? t('requests_unlimited') : demand.due === 0 ? t('requests_none_due') : t('of_requests', { met: demand.met, due: demand.due }),
    t('requests_taken', { n: demand.requests }),
    ...(demand.open_requests ? [t('requests_open', { n: demand.open_requests })] : []),
  ].join(' · ')
}
