/**
 * Referrals and duties to see somebody again, as held and as what waits on this phone makes them. Pure. The server
 * counts duties anew from all records; here a new one shows at once, and one that is followed up goes at once.
 */
import type {
  Day,
  Entry,
  EntryOf,
  FollowUp,
  Form,
  Institution,
  Named,
  Reference,
  Referral,
  ReferralAct,
  Resident,
  Uuid,
} from '@/api/wire'
import { dayIn } from '@/rules/days'
import { formOf, owedBy, seesTo, type Owed } from '@/rules/followUps'
import { DIRECTIONS, followUpDue, promisedMinutes, servedBy, stateOf } from '@/rules/referrals'
import { inOrder, shownState, type OutboxEntry, type ShownState } from './outbox'
import type { Author, Local, LocalLine, LocalRound } from './overlay'
import type { Held } from './reconcile'

export type LocalReferral = Referral & Local
export type LocalFollowUp = FollowUp & Local

export interface GoingOn {
  referrals: LocalReferral[]
  followups: LocalFollowUp[]
  receivers: Named[]
}

/** What the rest of the overlay knows already. */
export interface Around {
  institutions: ReadonlyMap<Uuid, Pick<Institution, 'id' | 'name' | 'timezone' | 'agreements'>>
  residents: ReadonlyMap<Uuid, Resident>
  rounds: ReadonlyMap<Uuid, LocalRound>
  lines: ReadonlyMap<Uuid, LocalLine>
  author: Author
  reference: Pick<Reference, 'forms' | 'services'> | null
}

export function goingOn(held: Held, items: readonly OutboxEntry[], around: Around, now: number): GoingOn {
  const referrals = new Map<Uuid, LocalReferral>(
    [...held.referrals.values()].map((row) => [row.id, { ...row, local: null }]),
  )
  const closed = new Set<Uuid>()
  for (const item of inOrder(items)) {
    if (item.reflected || item.handled) continue
    if (item.entry.kind === 'follow_up_done' && item.state !== 'refused') closed.add(item.entry.payload.follow_up_id)
    else apply(referrals, item.entry, shownState(item, now), held, around)
  }
  return {
    referrals: [...referrals.values()].sort((left, right) => right.asked_at.localeCompare(left.asked_at)),
    followups: duties(held, around).filter(({ id }) => !closed.has(id)),
    receivers: [...held.receivers.values()].sort((left, right) => left.name.localeCompare(right.name, 'zh-CN')),
  }
}

function apply(
  referrals: Map<Uuid, LocalReferral>,
  entry: Entry,
  state: ShownState,
  held: Held,
  around: Around,
): void {
  if (entry.kind === 'referral_request') {
    const made = state === 'refused' || referrals.has(entry.id) ? null : requested(entry, referrals, held, around)
    if (made) referrals.set(made.id, { ...made, local: state })
    return
  }
  const act = actOf(entry)
  const referral = act && referrals.get(stepOf(entry)?.referral_id ?? '')
  if (!act || !referral) return
  if (state === 'refused' || referral.steps.some(({ id }) => id === entry.id))
    referrals.set(referral.id, { ...referral, local: state })
  else referrals.set(referral.id, { ...said(referral, entry, act, around.author), local: state })
}

function stepOf(entry: Entry) {
  return entry.kind.startsWith('referral_') ? (entry.payload as { referral_id?: Uuid }) : null
}

function actOf(entry: Entry): ReferralAct | null {
  switch (entry.kind) {
    case 'referral_accept':
      return entry.payload.reason === null ? 'accept' : 'decline'
    case 'referral_depart':
      return 'depart'
    case 'referral_arrive':
      return 'arrive'
    case 'referral_close':
      return 'close'
    case 'referral_family':
      return 'family'
    default:
      return null
  }
}

function said(referral: Referral, entry: Entry, act: ReferralAct, author: Author): Referral {
  const nothing = { reason: null, outcome: null, text: null, name: null, relation: null }
  const how = { id: entry.id, act, at: entry.at, received_at: entry.at, by: author.name }
  const step = { ...how, ...nothing, ...(entry.payload as object) }
  const steps = [...referral.steps, step].sort((left, right) => left.at.localeCompare(right.at))
  return { ...referral, steps, state: stateOf(steps.map((each) => each.act)) }
}

function requested(
  entry: EntryOf<'referral_request'>,
  referrals: ReadonlyMap<Uuid, Referral>,
  held: Held,
  around: Around,
): Referral | null {
  const { payload } = entry
  const before = payload.from_id === null ? undefined : referrals.get(payload.from_id)
  const place = before?.institution ?? around.institutions.get(payload.institution_id)
  const sender = before?.receiver ?? senderOf(entry, around)
  const subject = before?.subject ?? around.residents.get(payload.subject_id)
  if (!place || !sender || !subject) return null
  const receiver = payload.receiver_id === null ? null : held.receivers.get(payload.receiver_id)
  const direction = DIRECTIONS[payload.service] ?? 'up'
  const { id, name, bed, sex, born } = subject
  return {
    id: entry.id,
    institution_id: payload.institution_id,
    institution: named(place),
    sender: named(sender),
    receiver: receiver ? named(receiver) : (before?.sender ?? null),
    subject: { id, name, bed, sex, born },
    service: payload.service,
    direction,
    form: payload.form,
    reading: readingOf(payload.reading_id, around),
    from_id: payload.from_id,
    state: 'requested',
    counts: false,
    requested_at: entry.at,
    requested_by: around.author.name,
    asked_at: entry.at,
    answered_at: null,
    // The clock runs once the hospital can know of it: until it is sent there is a promise, and no last moment.
    limit_minutes: direction === 'green_channel' ? promise(entry, sender.id, around) : null,
    limit_at: null,
    steps: [],
  }
}

function senderOf({ at, round_id, payload }: EntryOf<'referral_request'>, around: Around): Named | undefined {
  const medical = around.rounds.get(round_id)?.medical
  const place = around.institutions.get(payload.institution_id)
  return medical ?? (place && servedBy(place.agreements, dayAt(place, at))) ?? undefined
}

function promise({ at, payload }: EntryOf<'referral_request'>, sender: Uuid, around: Around): number | null {
  const place = around.institutions.get(payload.institution_id)
  return place ? promisedMinutes(place.agreements, sender, payload.service, dayAt(place, at)) : null
}

function dayAt({ timezone }: Pick<Institution, 'timezone'>, at: string): Day {
  return dayIn(timezone, Date.parse(at))
}

function named({ id, name }: Named): Named {
  return { id, name }
}

function readingOf(id: Uuid | null, { lines }: Around): Referral['reading'] {
  const line = id === null ? undefined : lines.get(id)
  return line ? { service: line.service, on: line.on, form: line.form, urgent: line.urgent } : null
}

/** Those held, without what a record on this phone follows up, and with what an urgent one here makes. */
function duties(held: Held, around: Around): LocalFollowUp[] {
  let open = [...held.followups.values()].map(whole)
  for (const line of [...around.lines.values()].filter(isNew).sort(inTime)) {
    const form = formOf(around.reference, line.service)
    open = open.filter((duty) => !followsUp(line, form, duty))
    for (const owed of owedBy(line.id, form, line.service, line.urgent)) {
      const there = open.some((duty) => duty.subject_id === line.subject_id && duty.matter === owed.matter)
      if (!there) open.push(...dutyOf(line, owed, around))
    }
  }
  return open.sort((left, right) => left.due_on.localeCompare(right.due_on))
}

/** What an earlier version of the app kept was of its service. */
function whole(duty: FollowUp): LocalFollowUp {
  const earlier: Partial<FollowUp> = { record_id: duty.id, matter: duty.service }
  return { ...earlier, ...duty, local: null }
}

function inTime(left: LocalLine, right: LocalLine): number {
  return left.on.localeCompare(right.on) || left.made_at.localeCompare(right.made_at)
}

function isNew(line: LocalLine): boolean {
  return line.local !== null && line.local !== 'refused' && line.state !== 'void' && line.outcome === 'done'
}

/** A later day's record that sees to it: to measure again on the same day is not to follow up. */
function followsUp(line: LocalLine, form: Form | null, duty: FollowUp): boolean {
  const later = line.subject_id === duty.subject_id && line.on > duty.on
  return later && seesTo(form, line.service, line.form, duty.matter)
}

function dutyOf(line: LocalLine, owed: Owed, { institutions, residents, rounds }: Around): LocalFollowUp[] {
  const resident = residents.get(line.subject_id ?? '')
  const place = institutions.get(line.institution_id)
  const medical = rounds.get(line.round_id)?.medical
  if (!resident || !place || !medical) return []
  return [
    {
      ...owed,
      record_id: line.id,
      institution_id: place.id,
      institution: named(place),
      medical,
      performer: line.performer,
      subject_id: resident.id,
      subject_name: resident.name,
      bed: resident.bed,
      service: line.service,
      on: line.on,
      due_on: followUpDue(line.on),
      state: 'open',
      closed_on: null,
      closed_by_id: null,
      word: null,
      local: line.local,
    },
  ]
}
