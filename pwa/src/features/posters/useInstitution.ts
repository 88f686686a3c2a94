import { computed, type ComputedRef } from 'vue'
import type { PlacedOrganisation, Uuid } from '@/api/wire'
import { useResource } from '@/api/useResource'

/** One institution with its place, out of those within reach; null while it is read. */
export function useInstitution(id: () => Uuid) {
  const { data, failure, reload } = useResource<{ organisations: PlacedOrganisation[] }>('/organisations')
  const institution: ComputedRef<PlacedOrganisation | null> = computed(
    () => data.value?.organisations.find((each) => each.id === id()) ?? null,
  )
  return { institution, failure, reload, loaded: computed(() => data.value !== null) }
}
