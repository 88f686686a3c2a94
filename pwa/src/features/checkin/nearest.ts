/** Institutions to choose from, the nearest first once the phone knows where it is. */
import { computed, type ComputedRef } from 'vue'
import type { Uuid } from '@/api/wire'
import { useFormat, useMessages } from '@/i18n'
import { checkin } from '@/i18n/messages/checkin'
import { useWorkingSet } from '@/offline'
import { distanceMetres } from '@/rules/distance'
import type { FixState } from '@/rules/grade'

export function useNearest(fix: () => FixState): ComputedRef<{ value: Uuid; label: string; hint: string }[]> {
  const t = useMessages(checkin)
  const format = useFormat()
  const { institutions } = useWorkingSet()

  function metresTo(location: { latitude: number; longitude: number } | null): number | null {
    const state = fix()
    return state.kind === 'fixed' && location ? distanceMetres(state.fix, location) : null
  }

  return computed(() =>
    institutions.value
      .map((each) => ({ each, metres: metresTo(each.location) }))
      .sort((left, right) => (left.metres ?? Infinity) - (right.metres ?? Infinity))
      .map(({ each, metres }) => ({
        value: each.id,
        label: each.name,
        hint: metres === null ? each.address : t('away', { distance: format.distance(metres) }),
      })),
  )
}
