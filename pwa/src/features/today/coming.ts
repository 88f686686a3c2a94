/** The next rounds from what agreements still owe; the rule of their days is that of the calendar's feed. Pure. */
import type { Day, Institution, Owed, Round } from '@/api/wire'
import { addDays } from '@/rules/days'
import { VISIT } from '@/rules/facts'
import { plan } from '@/rules/plan'

/** One round to come: where, by which hospital, the how manieth of its window. */
export interface Coming {
  key: string
  on: Day
  institution: Institution
  /** null: the agreement ended, and what is owed is late. */
  medical: string | null
  number: number
  promised: number
  start: Day
  end: Day
  deadline: Day
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

/** Rounds of the weeks to come by day; one a day for a hospital and an institution, whoever asks for it. */
export function comingRounds(facts: PlanFacts): Coming[] {
  const found = new Map<string, Coming>()
  const all = facts.institutions.flatMap((institution) => planAt(institution, facts))
  for (const each of all.sort(byDay)) if (!found.has(each.key)) found.set(each.key, each)
  return [...found.values()]
}

function planAt(institution: Institution, { owed, rounds, dayAt }: PlanFacts): Coming[] {
  const today = dayAt(institution)
  const commitments = new Map<string, Owed[]>()
  for (const row of owed)
    if (row.institution_id === institution.id && isRound(row) && row.deadline >= today)
      commitments.set(row.commitment_id, [...(commitments.get(row.commitment_id) ?? []), row])
  return [...commitments.values()].flatMap((rows) => {
    const agreement = institution.agreements.find(({ id }) => id === rows[0]?.agreement_id)
    const own = rounds.filter((round) => round.institution_id === institution.id && round.medical.id === agreement?.medical.id)
    const days = [...(agreement?.rounds ?? []), ...own.map(({ on }) => on)]
    return plan(rows.map(windowOf), gapOf(rows), days, today)
      .filter(({ on }) => on <= addDays(today, AHEAD_DAYS))
      .map(({ window: { promised, start, end, deadline }, number, on }) => {
        const medical = agreement?.medical.name ?? null
        const key = `${institution.id}|${agreement?.medical.id ?? ''}|${on}`
        return { key, on, institution, medical, number, promised, start, end, deadline }
      })
  })
}

/** A visit to each resident is no round of its own. */
function isRound(row: Owed): boolean {
  return row.services.includes(VISIT) && row.subject_id === null && row.need > 0
}

function windowOf({ start, end, deadline, promised, need }: Owed) {
  return { start, end, deadline, promised, owed: need }
}

function gapOf([first]: readonly Owed[]): number {
  return first?.count_by === 'record' ? 0 : Math.max(first?.min_gap_days ?? 0, 1)
}

function byDay(left: Coming, right: Coming): number {
  if (left.on !== right.on) return left.on < right.on ? -1 : 1
  return left.institution.name.localeCompare(right.institution.name, 'zh-CN')
}
