import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { useResource } from '@/api/useResource'
import type { RegionStanding } from '@/api/wire'
import { pathOf, type Asked } from './place'

const AGAIN_MS = 3000

/**
 * The standing that `asked` names. What was shown stays until the next answer is there, so that another period or day
 * does not empty the screen; while counts are being made again it asks again by itself.
 */
export function useStanding(asked: Readonly<Ref<Asked>>) {
  const { data, failure, loading, reload } = useResource<RegionStanding>(() => pathOf(asked.value))
  const shown = shallowRef<RegionStanding | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(data, (answer) => {
    clearTimeout(timer)
    if (!answer) return
    shown.value = answer
    if (answer.recomputing > 0) timer = setTimeout(() => void reload(), AGAIN_MS)
  })
  onScopeDispose(() => clearTimeout(timer))
  return { shown, failure, loading, reload }
}
