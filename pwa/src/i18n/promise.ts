/** A commitment's promise as a sentence: "65 岁及以上老人每年 2 次，两次至少间隔 30 天". */

import type { CommitmentFulfilment } from '@/api/wire'
import { phraseOr, useMessages } from './catalogue'
import { promise } from './messages/promise'
import { conditionName } from './names'

export type Promised = Pick<
  CommitmentFulfilment,
  'kind' | 'scope' | 'per' | 'every' | 'align' | 'count' | 'min_gap_days' | 'makeup_days' | 'eligible'
>

const t = useMessages(promise)

/** Anniversary periods differ from calendar ones only where they are months or longer. */
const LONG = new Set(['month', 'quarter', 'half_year', 'year'])

export function promiseInWords(commitment: Promised): string {
  const sentence = [withWho(commitment, howOften(commitment)), ...conditionsOf(commitment)].join(t('comma'))
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function howOften({ kind, count, per, every }: Promised): string {
  if (kind === 'on_demand') return t('on_demand')
  if (kind === 'once') return t('once')
  if (count === 0) return t('nothing')
  const period = every === 1 ? phraseOr(promise, `per_${per ?? ''}`) : phraseOr(promise, `every_${per ?? ''}`, { n: every })
  return t('times', { period, n: count })
}

function withWho({ scope, kind, count, eligible }: Promised, often: string): string {
  const dropped = kind === 'periodic' && count === 0
  return scope === 'resident' && !dropped ? t('who_times', { who: whoOf(eligible), promise: often }) : often
}

function whoOf({ min_age: age, any_of: codes }: Promised['eligible']): string {
  const conditions = codes?.length ? codes.map(conditionName).join(t('join')) : null
  if (age && conditions) return t('who_both', { age, conditions })
  if (conditions) return t('who_condition', { conditions })
  return age ? t('who_age', { age }) : t('who_all')
}

function conditionsOf({ kind, count, per, align, min_gap_days, makeup_days }: Promised): string[] {
  if (kind === 'on_demand' || (kind === 'periodic' && count === 0)) return []
  return [
    ...(align === 'anniversary' && LONG.has(per ?? '') ? [t('anniversary')] : []),
    ...(min_gap_days > 0 ? [t('gap', { n: min_gap_days })] : []),
    ...(makeup_days > 0 ? [t('makeup', { n: makeup_days })] : []),
  ]
}
