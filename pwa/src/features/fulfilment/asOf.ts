/** The day whose figures are shown, and the period asked for: `?as_of=&period=`, carried along from page to page. */

import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Day, PeriodKey } from '@/api/wire'
import { dayOf } from '@/i18n'
import { periodFrom } from './period'

/** A calendar day as an address may name it; null for anything else. */
export function dayFrom(value: unknown): Day | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return null
  const noon = new Date(`${value}T12:00:00Z`)
  return !Number.isNaN(noon.getTime()) && noon.toISOString().startsWith(value) ? value : null
}

function queryOf(day: Day | null, period: PeriodKey | null): Record<string, string> {
  return { ...(day !== null && { as_of: day }), ...(period !== null && { period }) }
}

/** Today and no day at all are the same question: the server knows today better than this device. */
export function useAsOf() {
  const route = useRoute()
  const router = useRouter()
  const today = dayOf(new Date())
  const asOf = computed(() => dayFrom(route.query['as_of']))
  const period = computed(() => periodFrom(route.query['period']))
  const query = computed(() => queryOf(asOf.value, period.value))
  const path = (of: string) => (asOf.value === null ? of : `${of}?as_of=${asOf.value}`)
  const choose = (day: Day | null) => router.replace({ query: queryOf(day === today ? null : day, period.value) })
  return { asOf, period, today, query, path, choose }
}
