/** The trail, page by page, as the address asks for it. */
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api } from '@/api/client'
import { usePages } from '@/api/usePages'
import type { Trail, TrailEntry } from '@/api/wire'

export const FILTERS = ['tag', 'actor', 'day', 'subject'] as const
export type Filter = (typeof FILTERS)[number]

export function useTrail() {
  const route = useRoute()
  const router = useRouter()
  const wanted = computed(() =>
    Object.fromEntries(
      FILTERS.map((name) => [name, route.query[name]] as const).filter(
        (pair): pair is [Filter, string] => typeof pair[1] === 'string' && pair[1] !== '',
      ),
    ) as Partial<Record<Filter, string>>,
  )
  const { rows, next, failure, reload, more } = usePages<TrailEntry>(
    () => JSON.stringify(wanted.value),
    async (before, signal) => {
      const page = await api.get<Trail>('/audit', { ...wanted.value, ...(before && { before }) }, signal)
      return { rows: page.entries, next: page.more ? (page.entries.at(-1)?.id ?? null) : null }
    },
  )

  function choose(name: Filter, value: string): void {
    const query = { ...wanted.value, [name]: value || undefined }
    void router.replace({ query })
  }

  return { wanted, entries: rows, next, failure, reload, more, choose }
}
