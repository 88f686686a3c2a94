/** Why a record counts as it does, as a sentence with the days it is about. Pure. */

import type { CommitmentFulfilment, JudgedRecord, Obligation } from '@/api/wire'
import { phraseOr, serviceName, type Translate, type useFormat } from '@/i18n'
import type { explanation } from '@/i18n/messages/explanation'
import { fulfilment } from '@/i18n/messages/fulfilment'

export interface About {
  commitment: Pick<CommitmentFulfilment, 'min_gap_days' | 'min_minutes' | 'min_attendees' | 'eligible'>
  obligation: Pick<Obligation, 'promised' | 'start' | 'end'>
}

interface Language {
  t: Translate<(typeof explanation)['zh']>
  format: ReturnType<typeof useFormat>
}

export function reasonsInWords(record: JudgedRecord, about: About, language: Language): string[] {
  return record.reasons.map((code) => SENTENCES[code]?.(record, about, language) ?? phraseOr(fulfilment, `reason_${code}`))
}

/** Null where what would make it a sentence is not known to this reader: the general words stand for it. */
type Sentence = (record: JudgedRecord, about: About, language: Language) => string | null

const SENTENCES: Readonly<Record<string, Sentence>> = {
  too_soon: tooSoon,
  surplus,
  bundle_incomplete: bundleIncomplete,
  under_minimum: underMinimum,
  not_eligible: notEligible,
  counted_elsewhere: ({ where }, _about, { t, format }) => where && t('elsewhere', { period: format.period(where.start, where.end) }),
}

/** A record outside the window shown is of a day for which nothing is promised: that window says nothing of it. */
function surplus({ line }: JudgedRecord, { obligation }: About, { t }: Language): string {
  const inside = obligation.start <= line.on && line.on <= obligation.end
  return inside && obligation.promised > 0 ? t('surplus', { n: obligation.promised }) : t('surplus_none')
}

/** Mostly after the last counted day; a record that waits for confirmation may also lie before one. */
function tooSoon(record: JudgedRecord, { commitment }: About, { t, format }: Language): string | null {
  const { too_close_to: close, far_enough_on: free, line } = record
  if (close === null) return null
  const near = { n: commitment.min_gap_days, date: format.day(close) }
  const first = close > line.on ? t('too_soon_before', near) : t('too_soon_after', near)
  return free === null ? first : first + t('comma') + t('free_from', { date: format.day(free) })
}

function bundleIncomplete({ missing }: JudgedRecord, _about: About, { t }: Language): string | null {
  if (!missing.length) return null
  return t('bundle_missing', { n: missing.length, services: missing.map(serviceName).join(t('join')) })
}

function underMinimum({ line }: JudgedRecord, { commitment }: About, { t }: Language): string | null {
  const { minutes, attendees } = line
  const { min_minutes: time, min_attendees: people } = commitment
  const parts = [
    ...(minutes !== null && minutes < time ? [t('under_minutes', { least: time, n: minutes })] : []),
    ...(attendees !== null && attendees < people ? [t('under_attendees', { least: people, n: attendees })] : []),
  ]
  return parts.length ? parts.join(t('comma')) : null
}

function notEligible({ ineligible }: JudgedRecord, { commitment }: About, { t }: Language): string | null {
  if (ineligible === 'age') return t('too_young', { n: commitment.eligible.min_age ?? 0 })
  return ineligible === 'condition' ? t('without_condition') : null
}
