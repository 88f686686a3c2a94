import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

/** Somebody who has pointed the camera for so long needs another way. */
const SLOW_MS = 8_000

/** True once `running` has been so for a while without an end. */
export function useSlow(running: () => boolean): Readonly<Ref<boolean>> {
  const slow = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(running, (now) => {
    clearTimeout(timer)
    slow.value = false
    if (now) timer = setTimeout(() => (slow.value = true), SLOW_MS)
  })
  onScopeDispose(() => clearTimeout(timer))
  return readonly(slow)
}
