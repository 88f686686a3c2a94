import { onScopeDispose, readonly, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { Refused, api, isFailure, onSession, type Failure } from './client'

/** Reads what lies at `path` and again when the path changes; a later answer never overwrites a newer question's. */
export function useResource<T>(path: MaybeRefOrGetter<string>) {
  const data = shallowRef<T | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const loading = ref(true)
  let asking: AbortController | null = null

  async function load(): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    loading.value = true
    failure.value = null
    try {
      const answer = await api.get<T>(toValue(path), undefined, mine.signal)
      if (!mine.signal.aborted) data.value = answer
    } catch (error) {
      if (mine.signal.aborted) return
      if (!isFailure(error)) throw error
      failure.value = error
    } finally {
      if (asking === mine) loading.value = false
    }
  }

  watch(
    () => toValue(path),
    () => {
      data.value = null
      void load()
    },
    { immediate: true },
  )
  const stop = onSession((change) => {
    if (change === 'signed_in' && failure.value instanceof Refused && failure.value.signedOut) void load()
  })
  onScopeDispose(() => {
    stop()
    asking?.abort()
  })

  return { data, failure: readonly(failure), loading: readonly(loading), reload: load }
}
