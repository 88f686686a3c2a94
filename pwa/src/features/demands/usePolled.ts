import { computed, onScopeDispose, readonly, ref, shallowRef, watch, type MaybeRefOrGetter } from 'vue'
import type { Failure } from '@/api/client'
import { useResource } from '@/api/useResource'
import type { Instant } from '@/api/wire'
import { useNow } from '@/offline'

const EVERY_MS = 20_000

/**
 * Reads what lies at `path` every 20 seconds while the page is looked at. What was read stays when a later try fails;
 * `failure` then says so until one succeeds. `now` is the server's clock as its last answer set it, ms.
 */
export function usePolled<T extends { now: Instant }>(path: MaybeRefOrGetter<string>) {
  const { data, failure: last, loading, reload } = useResource<T>(path)
  const failure = shallowRef<Failure | null>(null)
  const ahead = ref(0)
  const clock = useNow(1000)

  watch(loading, (asking) => {
    if (!asking) failure.value = last.value
  })
  watch(data, (answer) => {
    if (answer) ahead.value = Date.parse(answer.now) - Date.now()
  })

  function look(): void {
    if (document.visibilityState === 'visible' && !loading.value) void reload()
  }
  const timer = setInterval(look, EVERY_MS)
  document.addEventListener('visibilitychange', look)
  window.addEventListener('online', look)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
    window.removeEventListener('online', look)
  })

  return { data, failure: readonly(failure), loading, reload, now: computed(() => clock.value + ahead.value) }
}
