/** A commitment's promise as a sentence: "65 岁及以上老人每年 2 次，两次至少间隔 30 天". */

import type { Clause, CommitmentFulfilment } from '@/api/wire'
import { phraseOr, useMessages } from './catalogue'
import { promise } from './messages/promise'
import { conditionName } from './names'

export type Promised = Omit<Clause, 'weight'> & Pick<CommitmentFulfilment, 'count'>

const t = useMessages(promise)

export function promiseInWords(clause: Promised): string {
  return sentence([withWho(clause, howOften(clause)), ...(isDropped(clause) ? [] : detailsOf(clause))])
}

/** How a period only partly in force is promised: "不足整周期的，按在约天数折算". Only periodic promises have one. */
export function partialInWords({ kind, partial, min_days: n }: Pick<Clause, 'kind' | 'partial' | 'min_days'>): string | null {
  if (kind !== 'periodic') return null
  if (partial === 'full' && n > 1) return sentence([t('partial_full_from', { n })])
  return sentence([phraseOr(promise, `partial_${partial}`)])
}

function sentence(parts: string[]): string {
  const joined = parts.join(t('comma'))
  return joined.charAt(0).toUpperCase() + joined.slice(1)
}

/** A later term with the count 0 drops a promise; on demand there is no count to drop. */
function isDropped({ kind, count }: Promised): boolean {
  return kind !== 'on_demand' && count === 0
}

function howOften(clause: Promised): string {
  if (isDropped(clause)) return t('nothing')
  if (clause.kind === 'on_demand') return onDemand(clause.respond_within_minutes)
  return clause.kind === 'once' ? once(clause) : t('times', { period: periodOf(clause), n: clause.count })
}

function periodOf({ per, every }: Promised): string {
  return every === 1 ? phraseOr(promise, `per_${per ?? ''}`) : phraseOr(promise, `every_${per ?? ''}`, { n: every })
}

function onDemand(limit: number | null): string {
  return limit === null ? t('on_demand_unlimited') : t('on_demand', { n: limit })
}

/** Counted from the first day on which it is promised: moving in, or what makes a resident eligible later. */
function once({ scope, eligible, within_days }: Promised): string {
  const since = scope === 'institution' ? t('since_start') : asksAnything(eligible) ? t('since_eligible') : t('since_moving_in')
  return within_days === null ? t('once_open', { since }) : t('once', { since, n: within_days })
}

function asksAnything({ min_age, any_of }: Clause['eligible']): boolean {
  return Boolean(min_age ?? 0) || Boolean(any_of?.length)
}

function withWho(clause: Promised, often: string): string {
  if (clause.scope !== 'resident' || clause.kind === 'on_demand' || isDropped(clause)) return often
  return t('who_times', { who: whoInWords(clause.eligible), promise: often })
}

export function whoInWords({ min_age: age, any_of: codes }: Clause['eligible']): string {
  const conditions = codes?.length ? codes.map(conditionName).join(t('join')) : null
  if (age && conditions) return t('who_both', { age, conditions })
  if (conditions) return t('who_condition', { conditions })
  return age ? t('who_age', { age }) : t('who_all')
}

function detailsOf(clause: Promised): string[] {
  if (clause.kind === 'on_demand') return []
  return [...visitOf(clause), ...alignmentOf(clause), ...spacingOf(clause), ...partialOf(clause)]
}

/** What one unit is. */
function visitOf({ match, services, min_minutes, min_attendees, count_by, kind }: Promised): string[] {
  return [
    ...(match === 'all' ? [t('bundle', { n: new Set(services).size })] : []),
    ...(min_minutes > 0 ? [t('minutes', { n: min_minutes })] : []),
    ...(min_attendees > 0 ? [t('attendees', { n: min_attendees })] : []),
    ...(count_by === 'record' && kind === 'periodic' ? [t('by_record')] : []),
  ]
}

/** Days are the same either way, and the term is always whole. */
function alignmentOf({ kind, align, per }: Promised): string[] {
  if (kind !== 'periodic' || align !== 'anniversary' || per === 'day' || per === 'term') return []
  return [per === 'year' ? t('anniversary_year') : t('anniversary')]
}

/** Counting by record knows no gap. */
function spacingOf({ min_gap_days, makeup_days, count_by }: Promised): string[] {
  return [
    ...(min_gap_days > 0 && count_by !== 'record' ? [t('gap', { n: min_gap_days })] : []),
    ...(makeup_days > 0 ? [t('makeup', { n: makeup_days })] : []),
  ]
}

/** Day-weighting is the rule unless a clause says otherwise: it is said on the clause's own card alone. */
function partialOf({ kind, partial, min_days: n }: Promised): string[] {
  if (kind !== 'periodic' || partial === 'prorate') return []
  return [partial === 'full' && n > 1 ? t('partial_full_from', { n }) : phraseOr(promise, `partial_${partial}`)]
}
