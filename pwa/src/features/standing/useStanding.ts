import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { Refused } from '@/api/client'
import { useResource } from '@/api/useResource'
import type { RegionStanding } from '@/api/wire'
import { pathOf, type Asked } from './place'

const AGAIN_MS = 3000

/** A past day of more agreements than are computed at once: how many, and how many of them the worker was asked for and has made. */
export interface TooMany {
  limit: number
  agreements: number
  asked: number
  made: number
}

function tooManyOf(failure: unknown): TooMany | null {
  if (!(failure instanceof Refused) || failure.code !== 'scope_too_large') return null
  const count = (name: string): number => Number(failure.details[name] ?? 0)
  return { limit: count('limit'), agreements: count('agreements'), asked: count('asked'), made: count('made') }
}

export function isUnderWay({ agreements, asked, made }: TooMany): boolean {
  return asked >= agreements && made < agreements
}

/**
 * The standing that `asked` names. What was shown stays until the next answer is there, so that another period or day
 * does not empty the screen; while counts are being made again, or a past day is computed, it asks again by itself.
 */
export function useStanding(asked: Readonly<Ref<Asked>>) {
  const { data, failure, loading, reload } = useResource<RegionStanding>(() => pathOf(asked.value))
  const shown = shallowRef<RegionStanding | null>(null)
  const tooMany = shallowRef<TooMany | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(data, (answer) => {
    clearTimeout(timer)
    if (!answer) return
    shown.value = answer
    tooMany.value = null
    if (answer.recomputing > 0) timer = setTimeout(() => void reload(), AGAIN_MS)
  })
  watch(failure, (refused) => {
    if (!refused) return
    clearTimeout(timer)
    tooMany.value = tooManyOf(refused)
    if (tooMany.value && isUnderWay(tooMany.value)) timer = setTimeout(() => void reload(), AGAIN_MS)
  })
  watch(asked, () => {
    clearTimeout(timer)
    tooMany.value = null
  })
  onScopeDispose(() => clearTimeout(timer))
  return { shown, tooMany, failure, loading, reload }
}
