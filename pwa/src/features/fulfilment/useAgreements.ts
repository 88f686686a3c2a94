import { computed, readonly, ref, shallowRef, watch, type Ref } from 'vue'
import { api, isFailure, type Failure } from '@/api/client'
import { useResource } from '@/api/useResource'
import type { AgreementList, AgreementSummary, Day } from '@/api/wire'
import { daysBetween } from '@/rules/days'

/** Days in which an agreement about to end is marked; as long its parties deal with each other after its end. */
const NEAR_DAYS = 30

/** Of an agreement in force the days left of its last month, of one that ended the days to settle what is open. */
export function endingOf({ state, last_day }: Pick<AgreementSummary, 'state' | 'last_day'>, asOf: Day) {
  if (state !== 'active' && state !== 'terminated' && state !== 'expired') return null
  const days = daysBetween(asOf, last_day)
  if (days >= 0) return days <= NEAR_DAYS ? { state: 'ends' as const, days } : null
  return days >= -NEAR_DAYS ? { state: 'settles' as const, days: NEAR_DAYS + days + 1 } : null
}

/** Where the agreements that `search` finds are read, from `offset` on. */
export function agreementsPath(search: string, offset = 0): string {
  const asked = { ...(search && { search }), ...(offset > 0 && { offset: String(offset) }) }
  const query = new URLSearchParams(asked).toString()
  return query ? `/agreements?${query}` : '/agreements'
}

/** The agreements whose number or a party's name contains `search`: a page, and the next ones when asked for more. */
export function useAgreements(search: Ref<string>) {
  const { data, failure, reload } = useResource<AgreementList>(() => agreementsPath(search.value))
  const further = shallowRef<AgreementSummary[]>([])
  const missed = shallowRef<Failure | null>(null)
  const asking = ref(false)
  const agreements = computed(() => [...(data.value?.agreements ?? []), ...further.value])
  const left = computed(() => (data.value?.total ?? 0) - agreements.value.length)

  watch(data, () => {
    further.value = []
    missed.value = null
  })

  async function more(): Promise<void> {
    const first = data.value
    asking.value = true
    missed.value = null
    try {
      const page = await api.get<AgreementList>(agreementsPath(search.value, agreements.value.length))
      // An answer to what was searched for before is nobody's any more.
      if (data.value === first) further.value = [...further.value, ...page.agreements]
    } catch (error) {
      if (!isFailure(error)) throw error
      missed.value = error
    } finally {
      asking.value = false
    }
  }

  return { data, failure, reload, agreements, left, more, missed: readonly(missed), asking: readonly(asking) }
}
