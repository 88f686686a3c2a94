/** The words for what would raise the grade of a check-in. */
import type { GradePreview, Raise } from '@/rules/grade'

/** Nobody walks further than this to an institution: the fix or the choice is wrong, metres. */
const WALKABLE_M = 2000

export type RaiseWord = `raise_${Raise}` | 'raise_check_place'

export function raiseWords({ raise, distance_m }: Pick<GradePreview, 'raise' | 'distance_m'>): RaiseWord[] {
  const isFar = distance_m !== null && distance_m > WALKABLE_M
  return raise.map((step) => (step === 'move_closer' && isFar ? 'raise_check_place' : `raise_${step}` as const))
}
