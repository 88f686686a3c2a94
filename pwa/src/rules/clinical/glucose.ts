/** Capillary glucose, in mmol/L as text with one decimal, or LO or HI: as server/clinical/rules/glucose.py. */
import type { GlucoseAssessment } from '@/api/wire'
import { compare } from '../exact'
import { isMissing } from '../formFields'
import { knownDiseaseAdvice, soon, type Advice } from './advice'
import { limit, type Facts, type Limits, type Values } from './types'

type Result = Omit<GlucoseAssessment, 'rule' | 'policy' | 'county'>

export function glucose(values: Values, facts: Facts, limits: Limits): Result | null {
  const mmol = typeof values['mmol'] === 'string' && values['mmol'] !== '' ? values['mmol'] : null
  const beyondMeter = values['meter'] === 'LO' || values['meter'] === 'HI'
  const { timing } = values
  if ((mmol === null && !beyondMeter) || !timing) return null
  const text = (name: string) => limit<string>(limits, name)
  const extreme =
    mmol === null || compare(mmol, text('urgent_from')) >= 0 || compare(mmol, text('urgent_to')) <= 0
  const fasting = timing === 'fasting'
  const known = facts.conditions.includes('type2_diabetes')
  const target = known ? { fasting_below: text('fasting_below') } : null
  const controlled = target ? controlledBy(mmol, fasting, extreme, target.fasting_below) : null
  const uncontrolled = known ? running(controlled, facts.uncontrolled) : 0
  return {
    target,
    controlled,
    uncontrolled,
    uncontrolled_before: facts.uncontrolled,
    ...adviceOn(extreme || !isMissing(values['danger_signs']), controlled, uncontrolled, noted(mmol, fasting, known, limits), limits),
  }
}

function controlledBy(mmol: string | null, fasting: boolean, extreme: boolean, below: string): boolean | null {
  if (extreme || mmol === null) return false
  return fasting ? compare(mmol, below) < 0 : null
}

/** A value that says nothing about control neither adds to the row nor ends it. */
function running(controlled: boolean | null, before: number): number {
  if (controlled === null) return before
  return controlled ? 0 : before + 1
}

function adviceOn(
  urgent: boolean,
  controlled: boolean | null,
  uncontrolled: number,
  otherwise: Advice,
  limits: Limits,
): Advice {
  if (urgent) return soon('emergency_referral', limits)
  return controlled === null ? otherwise : knownDiseaseAdvice(controlled, uncontrolled, limits)
}

function noted(mmol: string | null, fasting: boolean, known: boolean, limits: Limits): Advice {
  const level = limit<string>(limits, fasting ? 'venous_fasting' : 'venous_random')
  const high = mmol !== null && compare(mmol, level) >= 0
  return { action: high && !known ? 'advise_venous_test' : 'record_only', followup_days: null }
}
