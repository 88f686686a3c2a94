import type { Action } from '@/api/wire'
import { limit, type Limits } from './types'

export interface Advice {
  action: Action
  followup_days: number | null
}

/** Of somebody with the disease. Not controlled for the first time: adjust; twice running: advise referral. */
export function knownDiseaseAdvice(controlled: boolean, uncontrolled: number, limits: Limits): Advice {
  if (controlled) return { action: 'routine', followup_days: limit<number>(limits, 'routine_days') }
  const again = uncontrolled >= limit<number>(limits, 'uncontrolled_readings')
  return soon(again ? 'advise_referral' : 'adjust_treatment', limits)
}

export function soon(action: Action, limits: Limits): Advice {
  return { action, followup_days: limit<number>(limits, 'soon_days') }
}
