/** The trail, page by page, as the address asks for it. */
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, isFailure, type Failure } from '@/api/client'
import type { Trail, TrailEntry } from '@/api/wire'

export const FILTERS = ['tag', 'actor', 'day', 'subject'] as const
export type Filter = (typeof FILTERS)[number]

export function useTrail() {
  const route = useRoute()
  const router = useRouter()
  const entries = shallowRef<TrailEntry[] | null>(null)
  const more = shallowRef(false)
  const failure = shallowRef<Failure | null>(null)
  let asking: AbortController | null = null

  const wanted = computed(() =>
    Object.fromEntries(
      FILTERS.map((name) => [name, route.query[name]] as const).filter(
        (pair): pair is [Filter, string] => typeof pair[1] === 'string' && pair[1] !== '',
      ),
    ) as Partial<Record<Filter, string>>,
  )

  async function read(before: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    failure.value = null
    try {
      const page = await api.get<Trail>('/audit', { ...wanted.value, ...(before && { before }) }, mine.signal)
      entries.value = before ? [...(entries.value ?? []), ...page.entries] : page.entries
      more.value = page.more
    } catch (error) {
      if (mine.signal.aborted) return
      if (!isFailure(error)) throw error
      failure.value = error
    }
  }

  async function reload(): Promise<void> {
    entries.value = null
    await read(null)
  }

  function choose(name: Filter, value: string): void {
    const query = { ...wanted.value, [name]: value || undefined }
    void router.replace({ query })
  }

  watch(() => JSON.stringify(wanted.value), reload, { immediate: true })
  onScopeDispose(() => asking?.abort())
  const readOn = () => read(entries.value?.at(-1)?.id ?? null)
  return { wanted, entries, more, failure, reload, readOn, choose }
}
