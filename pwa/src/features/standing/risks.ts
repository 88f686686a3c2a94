/** What the lists of windows at risk say. Pure. */

import type { LocationQuery } from 'vue-router'
import type { Risk, RiskGroup, WindowAtRisk } from '@/api/wire'

export const RISKS: readonly Risk[] = ['lost', 'last_chance', 'behind']

/** How many windows of each kind, the most urgent kind first; kinds without any are left out. */
export function countsOf(windows: readonly WindowAtRisk[]): { risk: Risk; count: number }[] {
  return RISKS.map((risk) => ({ risk, count: windows.filter((each) => each.risk === risk).length })).filter(
    ({ count }) => count > 0,
  )
}

/** What is lost first, then by the last day on which something can still be done. */
export function byUrgency(windows: readonly WindowAtRisk[]): WindowAtRisk[] {
  const rank = (each: WindowAtRisk) => `${String(RISKS.indexOf(each.risk))} ${each.last_chance} ${each.end}`
  return [...windows].sort((left, right) => (rank(left) < rank(right) ? -1 : 1))
}

export const FILTERS = ['agreement_id', 'clinician_id', 'within'] as const

/** The question as the address says it. */
export function riskPathOf(query: LocationQuery): string {
  const given = FILTERS.map((name) => [name, query[name]] as const)
  const filters = given.filter((pair): pair is [(typeof FILTERS)[number], string] => typeof pair[1] === 'string')
  return `/at-risk?${new URLSearchParams([['by', groupingOf(query)], ...filters]).toString()}`
}

export function groupingOf(query: LocationQuery): 'agreement' | 'clinician' {
  return query['by'] === 'clinician' ? 'clinician' : 'agreement'
}

export function isFiltered(query: LocationQuery): boolean {
  return FILTERS.some((name) => query[name])
}

export function keyOf(group: RiskGroup): string {
  return group.agreement?.id ?? group.clinician?.id ?? ''
}
