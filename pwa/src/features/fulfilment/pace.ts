/** How open windows stand, in words. Pure. */

import type { Standing } from '@/api/wire'
import type { Translate, useFormat } from '@/i18n'
import type { fulfilment } from '@/i18n/messages/fulfilment'

export interface Open extends Standing {
  reported: number
  confirmed: number
  /** How many windows are open together; 1 where it is not said. */
  windows?: number
  /** How many residents owe; left out where only the institution does. */
  owing?: number
}

/** What the open windows ask for, less what is excused: what is reported and what is still owed. */
export function dueIn({ reported, owed }: Open): number {
  return reported + owed
}

/** "本周期应 12 次 · 已报 9 · 还欠 3 · 最迟 2026年3月12日". */
export function paceInWords(open: Open, t: Translate<(typeof fulfilment)['zh']>, format: ReturnType<typeof useFormat>): string {
  const { windows = 1, reported, owed, last_chance: last } = open
  const counts = { due: dueIn(open), reported, owed }
  return [
    windows === 1 ? t('pace_one', counts) : t('pace_many', { ...counts, n: windows }),
    ...(owed > 0 && last !== null ? [t('pace_last', { date: format.date(last) })] : []),
  ].join(' · ')
}

/** The same of what is promised to the institution, where "one owes" would say nothing. */
export function openOf(open: Open, scope: 'institution' | 'resident'): Open {
  return scope === 'resident' ? open : { ...open, owing: 0 }
}

/** What stands behind that line: how much is confirmed, how many owe, what an even pace would have brought. */
export function paceNotes(open: Open, t: Translate<(typeof fulfilment)['zh']>): string[] {
  return [
    ...(open.reported > 0 ? [t('pace_confirmed', { n: Math.min(open.confirmed, open.reported) })] : []),
    ...(open.owing !== undefined && open.owing > 0 ? [t('pace_owing', { n: open.owing })] : []),
    ...(open.owed > 0 && open.expected !== null && open.expected > 0 ? [t('pace_expected', { n: open.expected })] : []),
  ]
}
