/** In the service worker, beside what keeps the shell: the browser wakes it when there is a network again. */
import { SEND_TAG, sendInBackground } from './background'

/** Known to Chromium alone, and to no library of types. */
interface SyncEvent extends Event {
  tag: string
  waitUntil: (done: Promise<void>) => void
}

addEventListener('sync', (event) => {
  const { tag, waitUntil } = event as SyncEvent
  if (tag === SEND_TAG) waitUntil.call(event, sendInBackground())
})
