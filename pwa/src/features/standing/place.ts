/** Where one stands, as the address says it: /fulfilment?within=330106&town=…&period=2026-Q3&as_of=2026-03-31. Pure. */

import type { LocationQuery, RouteLocationRaw } from 'vue-router'
import type { PeriodKey, PlaceLevel, PlaceStep, StandingGroup } from '@/api/wire'

/** What /standing takes; all of it is optional. */
export const ASKED = ['period', 'within', 'town', 'institution_id', 'as_of'] as const
export type Asked = Partial<Record<(typeof ASKED)[number], string>>

/** What the address asks for; anything else in it is left out. */
export function askedOf(query: LocationQuery): Asked {
  const given = ASKED.map((name) => [name, query[name]] as const)
  return Object.fromEntries(given.filter(([, value]) => typeof value === 'string' && value !== ''))
}

export function pathOf(asked: Asked): string {
  const query = new URLSearchParams(asked).toString()
  return query ? `/standing?${query}` : '/standing'
}

/** The same question of another place: period and day stay. */
export function askedIn(asked: Asked, level: PlaceLevel, key: string, county?: string): Asked {
  const kept = Object.fromEntries((['period', 'as_of'] as const).flatMap((name) => (asked[name] ? [[name, asked[name]]] : [])))
  if (level === 'all') return kept
  if (level === 'town') return { ...kept, ...(county && { within: county }), town: key }
  return level === 'institution' ? { ...kept, institution_id: key } : { ...kept, within: key }
}

/** The county that a town is named in; towns of two counties may share a name. */
export function countyOf(path: readonly PlaceStep[]): string | undefined {
  return path.filter(({ level }) => level === 'county').pop()?.key
}

/**
 * What a row of the table opens: the next level down, or the agreement itself. An institution with a single
 * agreement has nothing to compare: its row opens the agreement.
 */
export function groupTarget(asked: Asked, group: StandingGroup, path: readonly PlaceStep[], period: PeriodKey): RouteLocationRaw {
  const only = group.level === 'institution' && group.agreements === 1 ? group.worst?.agreement_id : undefined
  if (group.level !== 'agreement' && !only)
    return { name: 'fulfilment', query: askedIn(asked, group.level, group.key, countyOf(path)) }
  return { name: 'agreement', params: { id: only ?? group.key }, query: below(asked.as_of, period) }
}

/** What an agreement's pages are told: the day, and the period shown, also where the address leaves it out. */
export function below(day: string | undefined, period: PeriodKey): Asked {
  return { ...(day && { as_of: day }), period }
}
