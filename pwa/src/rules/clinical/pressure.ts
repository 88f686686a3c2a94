/** Blood pressure, in whole mmHg: as server/clinical/rules/pressure.py. */
import type { PressureAssessment } from '@/api/wire'
import { knownDiseaseAdvice, soon, type Advice } from './advice'
import { limit, whole, type Facts, type Limits, type Values } from './types'

type Result = Omit<PressureAssessment, 'rule' | 'policy' | 'county'>
type Grade = PressureAssessment['grade']

export function bloodPressure(values: Values, facts: Facts, limits: Limits): Result | null {
  const [sbp, dbp] = [whole(values, 'sbp'), whole(values, 'dbp')]
  if (sbp === null || dbp === null) return null
  const target = facts.conditions.includes('hypertension') ? targetOf(facts, limits) : null
  const controlled = target ? sbp < target.sbp_below && dbp < target.dbp_below : null
  const [raisedSbp, raisedDbp] = [limit<number>(limits, 'raised_sbp'), limit<number>(limits, 'raised_dbp')]
  const isRaised = sbp >= raisedSbp || dbp >= raisedDbp
  const judged = {
    grade: gradeOf(sbp, dbp, limits),
    isolated_systolic: sbp >= raisedSbp && dbp < raisedDbp,
    target,
    controlled,
    uncontrolled: controlled === false ? facts.uncontrolled + 1 : 0,
    raised: isRaised && !target ? facts.raised + 1 : 0,
    uncontrolled_before: facts.uncontrolled,
    raised_before: facts.raised,
  }
  const signs = values['danger_signs']
  const urgent =
    sbp >= limit<number>(limits, 'urgent_sbp') ||
    dbp >= limit<number>(limits, 'urgent_dbp') ||
    (Array.isArray(signs) && signs.length > 0)
  return { ...judged, ...adviceOn(judged, urgent, limits) }
}

function gradeOf(sbp: number, dbp: number, limits: Limits): Grade {
  const grades = limit<[Grade, number, number][]>(limits, 'grades')
  return grades.find(([, high, low]) => sbp >= high || dbp >= low)?.[0] ?? 'normal'
}

function targetOf(facts: Facts, limits: Limits): { sbp_below: number; dbp_below: number } {
  const older = facts.age !== null && facts.age >= limit<number>(limits, 'older_from')
  const prefix = older ? 'older_' : ''
  return {
    sbp_below: limit<number>(limits, `${prefix}sbp_below`),
    dbp_below: limit<number>(limits, `${prefix}dbp_below`),
  }
}

type Judged = Pick<Result, 'controlled' | 'uncontrolled' | 'raised'>

function adviceOn({ controlled, uncontrolled, raised }: Judged, urgent: boolean, limits: Limits): Advice {
  if (urgent) return soon('emergency_referral', limits)
  if (controlled !== null) return knownDiseaseAdvice(controlled, uncontrolled, limits)
  if (!raised) return { action: 'record_only', followup_days: null }
  // A diagnosis needs readings of several days; one of them is no more than a reason to measure again.
  if (raised >= limit<number>(limits, 'raised_readings')) return soon('suspected', limits)
  return { action: 'recheck', followup_days: null }
}
