/** What changed after publication, figure by figure. Pure. */

import type { RouteLocationRaw } from 'vue-router'
import type { Adjustment, FrozenFigures, PublishedHead } from '@/api/wire'

export const FIGURES = [
  'promised',
  'confirmed',
  'confirmed_late',
  'confirmed_excused',
  'reported',
  'reported_excused',
] as const satisfies readonly (keyof FrozenFigures)[]

export interface Change {
  figure: (typeof FIGURES)[number]
  /** Null where there was, or is, no such window. */
  before: number | null
  now: number | null
}

/** The figures that differ; where a window is new or gone, those that are not 0, and always what it promises. */
export function changesOf({ frozen, now }: Adjustment): Change[] {
  return FIGURES.map((figure) => ({ figure, before: frozen?.[figure] ?? null, now: now?.[figure] ?? null })).filter(
    ({ figure, before, now: after }) =>
      frozen && now ? before !== after : figure === 'promised' || (before ?? after ?? 0) > 0,
  )
}

/**
 * Where the change can be looked into. A window that is gone has no page; what spans the whole period may be the
 * requests on demand of it, which have none either: both open the commitment.
 */
export function adjustmentTarget({ commitment_id: id, start, end, now }: Adjustment, period: PublishedHead): RouteLocationRaw {
  const whole = start === period.first && end === period.last
  return now && !whole ? { name: 'window', params: { id, start } } : { name: 'commitment', params: { id } }
}
