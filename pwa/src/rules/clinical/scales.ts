/** Scales that are added up: as server/clinical/rules/scales.py. */
import type {
  AbilityAssessment,
  CompletenessAssessment,
  ConstitutionAssessment,
  ConstitutionVerdict,
  SelfCareAssessment,
} from '@/api/wire'
import { isMissing } from '../formFields'
import { limit, total, whole, type Facts, type Limits, type Values } from './types'

type Said<Result> = Omit<Result, 'rule' | 'policy' | 'county'>

/** The first band whose least points are reached. */
function bandOf<Band>(points: number, bands: [Band, number][]): Band {
  const found = bands.find(([, least]) => points >= least)
  if (!found) throw new Error(`no band for ${points}`)
  return found[0]
}

export function selfCare(values: Values, _facts: Facts, limits: Limits): Said<SelfCareAssessment> | null {
  const allowed = Object.entries(limit<Record<string, number[]>>(limits, 'scores'))
  const scores = allowed.map(([item, scores]) => scores.find((score) => score === whole(values, item)))
  const given = scores.filter((score) => score !== undefined)
  if (given.length < scores.length) return null
  const sum = total(given)
  return { total: sum, level: bandOf(sum, limit<[SelfCareAssessment['level'], number][]>(limits, 'bands')) }
}

const ITEMS = 33

export function constitution(
  values: Values,
  _facts: Facts,
  limits: Limits,
): Said<ConstitutionAssessment> | null {
  const answers = Array.from({ length: ITEMS }, (_, place) => whole(values, `q${place + 1}`) ?? 0)
  if (!answers.every((answer) => answer >= 1 && answer <= 5)) return null
  const answer = (item: number): number => answers[item - 1] ?? 0
  const groups = Object.entries(limit<Record<string, number[]>>(limits, 'groups'))
  const scores = groups.map(([group, items]) => [group, total(items.map(answer))] as const)
  const { direct, reversed } = limit<{ direct: number[]; reversed: number[] }>(limits, 'balanced')
  const balanced = total(direct.map(answer)) + total(reversed.map((item) => 6 - answer(item)))
  const worst = Math.max(...scores.map(([, score]) => score))
  return {
    scores: { ...Object.fromEntries(scores), balanced },
    types: {
      ...Object.fromEntries(scores.map(([group, score]) => [group, verdict(score, limits)])),
      balanced: balancedVerdict(balanced, worst, limits),
    },
  }
}

function verdict(score: number, limits: Limits): ConstitutionVerdict {
  if (score >= limit<number>(limits, 'yes_from')) return 'yes'
  return score >= limit<number>(limits, 'tendency_from') ? 'tendency' : 'no'
}

/** The balanced one asks for a score of its own and for no other constitution beside it. */
function balancedVerdict(score: number, worst: number, limits: Limits): ConstitutionVerdict {
  const tooLow = score < limit<number>(limits, 'balanced_from')
  if (tooLow || worst > limit<number>(limits, 'basically_others_to')) return 'no'
  return worst <= limit<number>(limits, 'balanced_others_to') ? 'yes' : 'basically'
}

export function ability(values: Values, _facts: Facts, limits: Limits): Said<AbilityAssessment> | null {
  const coma = values['coma'] === true
  const items = Object.entries(limit<Record<string, Record<string, number>>>(limits, 'groups'))
  const groups = items.map(([group, most]) => [group, pointsOf(values, most)] as const)
  const found = groups.map(([, points]) => points).filter((points) => points !== null)
  const complete = found.length === groups.length
  if (!complete && !coma) return null
  const points = complete ? total(found) : null
  const base = points === null ? null : bandOf(points, limit<[number, number][]>(limits, 'bands'))
  const adjusted = adjustments(values, coma, limits)
  const worst = limit<number>(limits, 'worst')
  const level = coma ? worst : Math.min(worst, (base ?? 0) + adjusted.length)
  return { total: points, groups: Object.fromEntries(groups), base, level, adjusted }
}

function pointsOf(values: Values, items: Record<string, number>): number | null {
  const points = Object.entries(items).map(([item, most]) => {
    const given = whole(values, item)
    return given !== null && given >= 0 && given <= most ? given : null
  })
  const found = points.filter((each) => each !== null)
  return found.length === points.length ? total(found) : null
}

/** Each makes the level one worse, but coma, which makes it the worst. */
function adjustments(values: Values, coma: boolean, limits: Limits): string[] {
  const risky = (whole(values, 'risk_events') ?? 0) >= limit<number>(limits, 'risk_events_from')
  const held = { coma, mental_diagnosis: values['mental_diagnosis'] === true, risk_events: risky }
  return Object.entries(held)
    .filter(([, holds]) => holds)
    .map(([code]) => code)
}

export function completeness(values: Values, { summary }: Facts): Said<CompletenessAssessment> | null {
  if (summary.length === 0) return null
  const missing = summary.filter((name) => isMissing(values[name]))
  return { filled: summary.length - missing.length, of: summary.length, missing }
}
