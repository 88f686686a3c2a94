/** Where readings of a kind are going: the last one beside the one before it. */
import type { Measured } from '@/api/wire'
import { compareFractions, fraction, minus } from '../exact'

export type Direction = 'up' | 'down' | 'steady'

/** Less is the noise of measuring: 10 mmHg systolic, 1.0 mmol/L. */
const STEPS = { sbp: '10', mmol: '1.0' } as const

/** Null where there is nothing to compare with: of glucose only readings at the same time of day are. */
export function directionOf(last: Measured, before: Measured | undefined): Direction | null {
  if (!before || last.form['timing'] !== before.form['timing']) return null
  for (const [name, step] of Object.entries(STEPS)) {
    const [now, then] = [numeric(last.form[name]), numeric(before.form[name])]
    if (now !== null && then !== null) return direction(now, then, step)
  }
  return null
}

function direction(now: string, then: string, step: string): Direction {
  if (compareFractions(minus(now, then), fraction(step)) >= 0) return 'up'
  return compareFractions(minus(then, now), fraction(step)) >= 0 ? 'down' : 'steady'
}

function numeric(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) || null : null
}
