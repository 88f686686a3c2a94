/**
 * The shell part of "ready offline", and new versions of the app: announced, taken only when the person says
 * so.
 */
import { readonly, ref } from 'vue'

const shellReady = ref(false)
const updateWaits = ref(false)
const updatedElsewhere = ref(false)
let registration: ServiceWorkerRegistration | null = null
let taking = false

/**
 * Registers the service worker of a built app; does nothing where there is none (plain http, development).
 */
export async function registerServiceWorker(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const controlled = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (taking) location.reload()
    else updatedElsewhere.value = controlled
  })
  registration = await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  watch(registration)
  await navigator.serviceWorker.ready
  // Pages that were not opened yet come by the worker that serves this one: until it does, they are not here.
  if (!navigator.serviceWorker.controller)
    await new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true })
    })
  shellReady.value = true
}

function watch(registered: ServiceWorkerRegistration): void {
  const look = () =>
    (updateWaits.value = registered.waiting !== null && navigator.serviceWorker.controller !== null)
  look()
  registered.addEventListener('updatefound', () =>
    registered.installing?.addEventListener('statechange', look),
  )
}

export function useShell() {
  return {
    /** The app opens without a network. */
    shellReady: readonly(shellReady),
    /** A new version is on the phone and waits. */
    updateWaits: readonly(updateWaits),
    /** Another tab took it: this one goes on with the old version until it is loaded again. */
    updatedElsewhere: readonly(updatedElsewhere),
    reload: () => location.reload(),
    /** Takes the new version now: the page loads again. */
    takeUpdate: () => {
      taking = true
      registration?.waiting?.postMessage('take-over')
    },
  }
}
