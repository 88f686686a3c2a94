/** One way in to all clinical rules: the phone's twin of server/clinical/rules/assess.py. */
import { glucose } from './glucose'
import { bloodPressure } from './pressure'
import { ability, completeness, constitution, selfCare } from './scales'
import type { Assessment, Facts, Limits, Policy, Values } from './types'

const RULES: Record<string, (values: Values, facts: Facts, limits: Limits) => object | null> = {
  blood_pressure: bloodPressure,
  glucose,
  self_care: selfCare,
  constitution,
  ability,
  completeness,
}

/**
 * What the values mean; null while something the rule needs is missing, and for rules that this version of
 * the app does not know.
 */
export function assess(rule: string, values: Values, facts: Facts, policy: Policy): Assessment | null {
  const said = RULES[rule]?.(values, facts, policy.limits) ?? null
  if (!said) return null
  const county = policy.county ? { county: policy.county } : {}
  return { rule, policy: policy.name, ...county, ...said } as Assessment
}
