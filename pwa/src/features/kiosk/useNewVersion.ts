/**
 * A kiosk's page stays open for months, with nobody there to take a new version: it looks for one itself and takes
 * it, unless somebody is signed in here too, whose round must not be interrupted.
 */
import { onScopeDispose, watch } from 'vue'
import { signedIn } from '@/app/session'
import { useShell } from '@/offline'

const LOOK_EVERY_MS = 6 * 3_600_000

export function useNewVersion(): void {
  const { updateWaits, takeUpdate } = useShell()
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  watch(
    updateWaits,
    (waits) => {
      if (waits && !signedIn.value) takeUpdate()
    },
    { immediate: true },
  )
}

async function look(): Promise<void> {
  if (!navigator.onLine || !('serviceWorker' in navigator)) return
  const registration = await navigator.serviceWorker.getRegistration()
  await registration?.update().catch(() => undefined) // offline after all: the next time
}
