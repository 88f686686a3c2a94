/** Handshakes: every minute, when the network comes back, and at once when the clock jumped. */
import { onScopeDispose, readonly, ref, shallowRef, watch } from 'vue'
import { Refused, isFailure } from '@/api/client'
import type { CheckedIn } from '@/api/wire'
import { shakeHands } from './contact'
import { changeKiosk, dropKiosk, type Kiosk } from './store'
import type { RunningClock } from './useKioskClock'

const EVERY_MS = 60_000
const AGAIN_MS = 20_000

export type Contact = 'unknown_yet' | 'online' | 'offline' | 'not_recognised'

export function useContact(kiosk: Kiosk, running: RunningClock, revoked: () => void) {
  const contact = ref<Contact>('unknown_yet')
  /** null until the first handshake of this page. */
  const recent = shallowRef<CheckedIn[] | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  let over = false

  async function shake(): Promise<void> {
    if (busy || over) return
    busy = true
    clearTimeout(timer)
    try {
      const { reply, heard, reading } = await shakeHands(kiosk, running.clock.value)
      running.heard(heard, reading)
      recent.value = reply.recent
      contact.value = 'online'
      await changeKiosk(kiosk.id, { name: reply.kiosk.name, institution: reply.institution, clock: running.clock.value })
    } catch (error) {
      await failed(error)
    } finally {
      busy = false
      if (!over) timer = setTimeout(() => void shake(), contact.value === 'online' ? EVERY_MS : AGAIN_MS)
    }
  }

  async function failed(error: unknown): Promise<void> {
    if (error instanceof Refused && error.status === 410 && error.code === 'revoked') {
      over = true
      await dropKiosk(kiosk)
      return revoked()
    }
    const isLate = error instanceof DOMException && error.name === 'TimeoutError'
    if (!isFailure(error) && !isLate) throw error
    contact.value = error instanceof Refused ? 'not_recognised' : 'offline'
  }

  const now = () => void shake()
  const seen = () => {
    if (document.visibilityState === 'visible') now()
  }
  watch(() => running.clock.value.jumps, now)
  window.addEventListener('online', now)
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    over = true
    clearTimeout(timer)
    window.removeEventListener('online', now)
    document.removeEventListener('visibilitychange', seen)
  })
  now()

  return { contact: readonly(contact), recent }
}
