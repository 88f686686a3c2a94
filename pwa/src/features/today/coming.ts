/** The next rounds from what agreements still owe; the rule of their days is that of the calendar's feed. Pure. */
import type { Day, Institution, Owed, Round, ServedUnder, Uuid, Words } from '@/api/wire'
import { addDays } from '@/rules/days'
import { VISIT } from '@/rules/facts'
import { visits, type RoundsClause, type RoundsWindow } from '@/rules/plan'
import { gapOf } from '@/rules/worklist'

/** What a clause asks of a round: to be the how manieth of one of its windows. */
export interface Promised {
  /** null in what older versions of the app kept. */
  title: Words | null
  number: number
  promised: number
  start: Day
  end: Day
  deadline: Day
}

/** One round to come: where, by which hospital, and which clauses it is for. */
export interface Coming {
  key: string
  on: Day
  institution: Institution
  /** null in what older versions of the app kept of an agreement that ended. */
  medical: string | null
  promises: Promised[]
  /** Until when it counts, where it makes up for what was missed. */
  lateUntil: Day | null
}

export interface PlanFacts {
  institutions: readonly Institution[]
  owed: readonly Owed[]
  rounds: readonly Pick<Round, 'institution_id' | 'medical' | 'on'>[]
  /** Where the institution is. */
  dayAt: (institution: Institution) => Day
}

/** Nobody plans further ahead than a phone holds windows. */
const AHEAD_DAYS = 28

/** Rounds of the weeks to come by day; one a day for a hospital and an institution, whichever clauses ask for it. */
export function comingRounds(facts: PlanFacts): Coming[] {
  return facts.institutions.flatMap((institution) => planAt(institution, facts)).sort(byDay)
}

function planAt(institution: Institution, facts: PlanFacts): Coming[] {
  const rows = facts.owed.filter((row) => row.institution_id === institution.id && isRound(row))
  const byHospital = new Map<string, Owed[]>()
  for (const row of rows) {
    const medical = agreementOf(institution, row)?.medical.id ?? ''
    byHospital.set(medical, [...(byHospital.get(medical) ?? []), row])
  }
  return [...byHospital].flatMap(([medical, own]) => planOf(institution, medical, own, facts))
}

function planOf(institution: Institution, medical: Uuid, owed: readonly Owed[], { rounds, dayAt }: PlanFacts): Coming[] {
  const today = dayAt(institution)
  const agreements = institution.agreements.filter((each) => each.medical.id === medical)
  const own = rounds.filter((round) => round.institution_id === institution.id && round.medical.id === medical)
  const days = [...agreements.flatMap((each) => each.rounds ?? []), ...own.map(({ on }) => on)]
  const clauses = clausesOf(agreements, owed.filter(({ deadline }) => deadline >= today))
  return visits<RoundsWindow, Clause>(clauses, days, today)
    .filter(({ on }) => on <= addDays(today, AHEAD_DAYS))
    .map(({ on, asked }) => {
      const promises = asked.map(({ clause: { title }, planned: { window, number } }) => promiseOf(title, window, number))
      const late = promises.filter(({ end }) => end < on).map(({ deadline }) => deadline)
      const lateUntil = late.sort()[0] ?? null
      const key = `${institution.id}|${medical}|${on}`
      return { key, on, institution, medical: agreements[0]?.medical.name ?? null, promises, lateUntil }
    })
}

interface Clause extends RoundsClause<RoundsWindow> {
  title: Words | null
}

/** In the order of the agreements, as the feed has them. */
function clausesOf(agreements: readonly ServedUnder[], owed: readonly Owed[]): Clause[] {
  const named = agreements.flatMap((each) => each.visits ?? [])
  const rows = new Map<Uuid, Owed[]>(named.map(({ id }) => [id, []]))
  for (const row of owed) rows.set(row.commitment_id, [...(rows.get(row.commitment_id) ?? []), row])
  return [...rows].map(([id, own]) => {
    const title = named.find((each) => each.id === id)?.title ?? null
    return { title, windows: own.map(windowOf), gap: own[0] ? gapOf(own[0]) : 1 }
  })
}

function promiseOf(title: Words | null, { start, end, deadline, promised }: RoundsWindow, number: number): Promised {
  return { title, number, promised, start, end, deadline }
}

function agreementOf(institution: Institution, row: Owed): ServedUnder | undefined {
  return institution.agreements.find(({ id }) => id === row.agreement_id)
}

/** A visit to each resident is no round of its own. */
function isRound(row: Owed): boolean {
  return row.services.includes(VISIT) && row.subject_id === null && row.need > 0
}

function windowOf({ start, end, deadline, promised, need }: Owed): RoundsWindow {
  return { start, end, deadline, promised, owed: need }
}

function byDay(left: Coming, right: Coming): number {
  if (left.on !== right.on) return left.on < right.on ? -1 : 1
  return left.institution.name.localeCompare(right.institution.name, 'zh-CN')
}
