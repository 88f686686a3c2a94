/** What the trail's tags are about: how they are grouped, and which page shows the thing that an act was done to. */
import type { RouteLocationRaw } from 'vue-router'
import type { Permission, TrailEntry } from '@/api/wire'

/** By what one looks for; tests/ground holds this list against the server's. */
export const GROUPS = {
  looking: [
    'record.viewed',
    'photo.viewed',
    'round.viewed',
    'roster.viewed',
    'resident.viewed',
    'roster.sent',
    'figures.viewed',
    'demands.viewed',
    'referrals.viewed',
    'follow_ups.viewed',
    'disputes.viewed',
    'entry.viewed',
    'entries.viewed',
    'trail.viewed',
    'trail.exported',
    'period.exported',
  ],
  care: [
    'round.checked_in',
    'round.joined',
    'round.checked_out',
    'round.noted',
    'record.stored',
    'photo.stored',
    'record.amended',
    'record.voided',
    'record.confirmed',
    'record.disputed',
    'record.upheld',
    'record.ruled',
    'demand.asked',
    'demand.answered',
    'demand.withdrawn',
    'referral.requested',
    'referral.step',
    'follow_up.done',
  ],
  arriving: ['entry.dropped', 'entry.repaired', 'entries.imported', 'round.unlocked'],
  people: [
    'account.sign_in',
    'account.sign_in_failed',
    'account.sign_out',
    'account.session_revoked',
    'account.created',
    'account.disabled',
    'account.enabled',
    'account.password_changed',
    'account.membership_granted',
    'account.membership_ended',
    'account.certificate_filed',
    'account.calendar_link_made',
    'account.calendar_link_revoked',
  ],
  places: [
    'organisation.created',
    'organisation.located',
    'organisation.heads_recipients',
    'resident.created',
    'resident.changed',
    'clinical.target_set',
    'clinical.assessed',
    'poster.issued',
    'kiosk.invited',
    'kiosk.enrolled',
    'kiosk.enrolment_failed',
    'kiosk.clock_jumped',
    'kiosk.revoked',
  ],
  agreements: [
    'agreement.created',
    'agreement.state',
    'agreement.amended',
    'period.publishing',
    'period.published',
  ],
} as const

export type Group = keyof typeof GROUPS

/** The key of a tag's words: `record.viewed` is `record_viewed`. */
export function wordsKey(tag: string): string {
  return tag.replace('.', '_')
}

interface Page {
  permission: Permission
  to: (id: string) => RouteLocationRaw
}

const RECORD: Page = { permission: 'fulfilment.read', to: (id) => ({ name: 'record', params: { id } }) }
const AGREEMENT: Page = { permission: 'fulfilment.read', to: (id) => ({ name: 'agreement', params: { id } }) }
const PERIOD: Page = { permission: 'fulfilment.read', to: (id) => ({ name: 'published-period', params: { id } }) }
const REFERRAL: Page = { permission: 'rounds.read', to: (id) => ({ name: 'referral', params: { referralId: id } }) }
const ENTRY: Page = { permission: 'ledger.repair', to: (id) => ({ name: 'received-entry', params: { id } }) }

/** The visit is a record of its own, with the id of its round; a round that was unlocked may not have arrived. */
function pageOf(tag: string): Page | null {
  if (tag === 'entry.repaired' || tag === 'entry.viewed') return ENTRY
  if (tag.startsWith('record.') || (tag.startsWith('round.') && tag !== 'round.unlocked')) return RECORD
  if (tag.startsWith('agreement.')) return AGREEMENT
  if (tag.startsWith('referral.')) return REFERRAL
  if (tag === 'period.published' || tag === 'period.exported') return PERIOD
  return null
}

/** Where the thing is shown to somebody with these permissions; else all that was done to it; null without one. */
export function drill(entry: TrailEntry, can: (permission: Permission) => boolean): RouteLocationRaw | null {
  if (!entry.subject_id) return null
  const page = pageOf(entry.tag)
  if (page && can(page.permission)) return page.to(entry.subject_id)
  return { name: 'trail', query: { subject: entry.subject_id } }
}
