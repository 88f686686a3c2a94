/** Keeps the screen on. The system takes the lock away from a page in the background, so it is asked for again. */
import { onMounted, onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Whether the screen stays on; null while that is not known yet. */
export function useAwake(): Readonly<Ref<boolean | null>> {
  const awake = ref<boolean | null>(null)
  let lock: WakeLockSentinel | null = null

  async function hold(): Promise<void> {
    if (document.visibilityState !== 'visible' || (lock && !lock.released)) return
    // Absent on older phones and on plain http, whatever the types say.
    const wakeLock = navigator.wakeLock as WakeLock | undefined
    try {
      lock = (await wakeLock?.request('screen')) ?? null
      awake.value = lock !== null
      // Taken away while the page is on the screen (battery low): tried once more, and else the screen says so.
      lock?.addEventListener('release', again)
    } catch {
      // Refused to save the battery, for instance: the screen says what to set.
      awake.value = false
    }
  }

  const again = () => void hold()
  onMounted(() => {
    document.addEventListener('visibilitychange', again)
    again()
  })
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', again)
    lock?.removeEventListener('release', again)
    void lock?.release()
  })
  return readonly(awake)
}
