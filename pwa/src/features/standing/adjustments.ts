/** What changed after publication, figure by figure. Pure. */

import type { RouteLocationRaw } from 'vue-router'
import type { Adjustment, FrozenFigures } from '@/api/wire'

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

/** Where the change can be looked into: the window, or its commitment where a window is gone or is of requests. */
export function adjustmentTarget({ commitment_id: id, kind, start, now }: Adjustment): RouteLocationRaw {
  return now && kind !== 'on_demand' ? { name: 'window', params: { id, start } } : { name: 'commitment', params: { id } }
}
