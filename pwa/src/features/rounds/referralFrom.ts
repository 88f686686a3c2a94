/** What a green-channel referral can take over from the reading that made it necessary. */
import type { FormData, Line } from '@/api/wire'

export const REFERRAL = 'green_channel_emergency'

const INDICATIONS: Record<string, string> = {
  sbp_urgent: 'hypertensive_emergency',
  dbp_urgent: 'hypertensive_emergency',
  sbp_right_urgent: 'hypertensive_emergency',
  dbp_right_urgent: 'hypertensive_emergency',
  danger_sign: 'hypertensive_emergency',
  glucose_low: 'hypoglycaemia',
  meter_low: 'hypoglycaemia',
  glucose_high: 'hyperglycaemic_crisis',
  meter_high: 'hyperglycaemic_crisis',
}

/** What endangers the resident or others by the state of mind: no indication of its own, but its own advice. */
const MIND = ['violence_risk', 'self_harm_risk', 'crisis_risk']

export function referralFrom(reading: Pick<Line, 'urgent'>, condition: string): FormData {
  const indication = reading.urgent.map((code) => INDICATIONS[code]).find((known) => known !== undefined)
  return indication ? { indication, condition } : { condition }
}

export type Advice = 'advice_pressure' | 'advice_low_glucose' | 'advice_high_glucose' | 'advice_mind'

/** Which advice goes with an urgent rule; none for rules this version does not know. */
export function adviceFor(urgent: readonly string[]): Advice | null {
  if (urgent.some((code) => code === 'glucose_low' || code === 'meter_low')) return 'advice_low_glucose'
  if (urgent.some((code) => code === 'glucose_high' || code === 'meter_high' || code === 'danger_sign_diabetes'))
    return 'advice_high_glucose'
  if (urgent.some((code) => MIND.includes(code))) return 'advice_mind'
  return urgent.some((code) => code in INDICATIONS) ? 'advice_pressure' : null
}
