/** Which parts of a bundle are there, on which day and for whom. Pure. */

import type { Day, JudgedRecord } from '@/api/wire'

export interface Part {
  service: string
  /** What stands for this part, done or not; null where nothing does. */
  record: JudgedRecord | null
  /** Nothing stands for it, though there is a record that the care institution disputes. */
  disputed: boolean
}

export interface BundleDay {
  on: Day
  /** Null for the institution itself. */
  subject: string | null
  parts: Part[]
  /** How many parts were not done. */
  lacking: number
}

/** Days on which at least half of the bundle was there, and those on which a part or two happened to be. */
export function byCompleteness(days: readonly BundleDay[]): { near: BundleDay[]; far: BundleDay[] } {
  const isNear = ({ parts, lacking }: BundleDay) => lacking * 2 <= parts.length
  return { near: days.filter(isNear), far: days.filter((day) => !isNear(day)) }
}

/** One entry per day and subject, newest first; records that are void or disputed make no part. */
export function bundleDays(records: readonly JudgedRecord[], services: readonly string[]): BundleDay[] {
  const groups = new Map<string, JudgedRecord[]>()
  for (const record of records) {
    const key = `${record.line.on} ${record.line.subject_id ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), record])
  }
  return [...groups.values()]
    .map((group) => bundleDay(group, services))
    .sort((left, right) => right.on.localeCompare(left.on) || (left.subject ?? '').localeCompare(right.subject ?? ''))
}

function bundleDay(group: readonly JudgedRecord[], services: readonly string[]): BundleDay {
  const [first] = group
  const parts = services.map((service) => partOf(group, service))
  return {
    on: first?.line.on ?? '',
    subject: first?.line.subject_name ?? null,
    parts,
    lacking: parts.filter(({ record }) => record?.line.outcome !== 'done').length,
  }
}

function partOf(group: readonly JudgedRecord[], service: string): Part {
  const record = standsFor(group, service)
  const disputed = record === null && group.some(({ line }) => line.service === service && line.state === 'disputed')
  return { service, record, disputed }
}

const RANK = { confirmed: 0, pending: 1, disputed: 2, void: 3 } as const

/** Done before declined or away, confirmed before pending. */
function standsFor(group: readonly JudgedRecord[], service: string): JudgedRecord | null {
  const able = group.filter(({ line }) => line.service === service && RANK[line.state] < RANK.disputed)
  const rank = ({ line }: JudgedRecord) => RANK[line.state] + (line.outcome === 'done' ? 0 : RANK.void)
  return able.sort((left, right) => rank(left) - rank(right))[0] ?? null
}
