/** What a record's values mean, in words: a headline, what stands beside it, and a table of its parts. */
import type {
  AbilityAssessment,
  Assessment,
  ConstitutionAssessment,
  GlucoseAssessment,
  PressureAssessment,
  SelfCareAssessment,
} from '@/api/wire'
import { phraseOr, useMessages } from './catalogue'
import { assessments } from './messages/assessments'

export interface AssessmentWords {
  main: string
  beside: string[]
  /** Label, points, and a verdict where each part has one. */
  rows: { code: string; label: string; points: string; verdict: string | null }[]
  /** What to do in daily life about what was found. */
  advice: { code: string; label: string; text: string }[]
  policy: string
}

const t = useMessages(assessments)
const word = (code: string) => phraseOr(assessments, code)

export function assessmentInWords(assessment: Assessment): AssessmentWords {
  const { policy, county } = assessment
  const source = county ? t('by_county', { policy }) : t('by_policy', { policy })
  const words = said(assessment)
  const others = (assessment.beside ?? []).flatMap((each) => alsoSaid(each))
  return { rows: [], advice: [], ...words, beside: [...(words.beside ?? []), ...others], policy: source }
}

type Said = Pick<AssessmentWords, 'main'> & Partial<AssessmentWords>

function said(assessment: Assessment): Said {
  switch (assessment.rule) {
    case 'blood_pressure':
      return pressure(assessment)
    case 'glucose':
      return { main: word(`action_${assessment.action}`), beside: followed(assessment, glucoseTarget(assessment)) }
    case 'self_care':
      return selfCare(assessment)
    case 'constitution':
      return constitution(assessment)
    case 'ability':
      return ability(assessment)
    case 'completeness':
      return { main: t('complete', { filled: assessment.filled, of: assessment.of }) }
  }
}

/** Of another quantity in the same record: which, and what it says. */
function alsoSaid(other: Assessment): string[] {
  const { main, beside = [] } = said(other)
  return [`${word(`measured_${other.rule}`)}: ${[main, ...beside].join(' · ')}`]
}

function pressure(said: PressureAssessment): Said {
  const { sbp_below: sbp, dbp_below: dbp } = said.target ?? {}
  const target = sbp && dbp ? t('target_pressure', { sbp, dbp }) : null
  const grade = said.isolated_systolic
    ? `${word(`grade_${said.grade}`)} · ${t('isolated_systolic')}`
    : word(`grade_${said.grade}`)
  return { main: grade, beside: [word(`action_${said.action}`), ...followed(said, target)] }
}

function glucoseTarget({ target }: GlucoseAssessment): string | null {
  return target ? t('target_glucose', { mmol: target.fasting_below }) : null
}

function followed(said: PressureAssessment | GlucoseAssessment, target: string | null): string[] {
  const control = said.controlled === null ? null : t(said.controlled ? 'controlled' : 'not_controlled')
  const days = said.followup_days === null ? null : t('followup', { n: said.followup_days })
  return [control, target, days].filter((part) => part !== null)
}

function selfCare({ total, level }: SelfCareAssessment): Said {
  return { main: word(`level_${level}`), beside: [t('points', { n: total })] }
}

/** As the official record has them: what comes over the wire has no order. */
const TYPES = [
  ...['qi_deficiency', 'yang_deficiency', 'yin_deficiency', 'phlegm_dampness', 'damp_heat'],
  ...['blood_stasis', 'qi_stagnation', 'special_diathesis', 'balanced'],
]
const GROUPS = ['self_care', 'mobility', 'mental', 'sensory_social']

function inOrder<Value>(values: Record<string, Value>, order: readonly string[]): [string, Value][] {
  return Object.entries(values).sort(([left], [right]) => order.indexOf(left) - order.indexOf(right))
}

function constitution({ scores, types }: ConstitutionAssessment): Said {
  const named = inOrder(types, TYPES).filter(([, verdict]) => verdict !== 'no')
  const certain = named.filter(([, verdict]) => verdict === 'yes').map(([type]) => word(`type_${type}`))
  const rest = named
    .filter(([, verdict]) => verdict !== 'yes')
    .map(([type, verdict]) =>
      t(verdict === 'basically' ? 'type_basically' : 'type_tending', { type: word(`type_${type}`) }),
    )
  const [main = t('type_none'), ...beside] = [certain.join(t('join')), rest.join(t('join'))].filter(Boolean)
  const advised = named.some(([, verdict]) => verdict === 'yes') ? named.filter(([, verdict]) => verdict === 'yes') : named
  const advice = advised.map(([type]) => ({ code: type, label: word(`type_${type}`), text: word(`advice_${type}`) }))
  const rows = inOrder(scores, TYPES).map(([type, points]) => ({
    code: type,
    label: word(`type_${type}`),
    points: String(points),
    verdict: word(`verdict_${types[type] ?? 'no'}`),
  }))
  return { main, beside, rows, advice }
}

function ability(said: AbilityAssessment): Said {
  const { total, base, level, adjusted, groups } = said
  const rows = inOrder(groups, GROUPS).map(([group, points]) => ({
    code: group,
    label: word(`group_${group}`),
    points: points === null ? '–' : String(points),
    verdict: null,
  }))
  const reasons = adjusted.map((code) => word(`adjusted_${code}`)).join(t('join'))
  const beside = [
    total === null ? null : t('points_of', { n: total, most: 90 }),
    adjusted.length && base !== null ? t('ability_base', { level: word(`ability_${base}`) }) : null,
    adjusted.length ? t('adjusted', { reasons }) : null,
  ]
  return { main: word(`ability_${level}`), beside: beside.filter((part) => part !== null), rows }
}
