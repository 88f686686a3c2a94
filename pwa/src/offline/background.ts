/**
 * Sending with the app closed, where the browser wakes the service worker for it (Background Sync: not on iOS). The
 * worker has no key of the account: it sends what is sealed, the way a locked page does. Its person is whoever was
 * signed in here last; of an account that was signed out nothing is sent.
 */
import { onSession } from '@/api/client'
import { canBeLocked, dropSession } from './accountKey'
import { rememberedAccount } from './device'
import { sealedForm } from './keeping'
import { isWaiting, nextReadyAt, type Kept, type Problem } from './outbox'
import { openDatabase, type AccountDatabase } from './schema'
import { send } from './sending'
import { readOutbox } from './store'
import { tellTabs } from './tabs'
import type { Uuid } from '@/api/wire'

/** The name under which the browser is asked. */
export const SEND_TAG = 'xunyue-send'

interface WithSync {
  sync?: { register: (tag: string) => Promise<void> }
}

/** Asks the browser to wake the worker as soon as there is a network, if anything waits. Twice is as good as once. */
export async function askForBackground(items: readonly Kept[]): Promise<void> {
  if (typeof navigator === 'undefined' || !('serviceWorker' in navigator) || !items.some(isWaiting)) return
  try {
    const registration = (await navigator.serviceWorker.getRegistration()) as WithSync | undefined
    await registration?.sync?.register(SEND_TAG)
  } catch (error) {
    // Switched off for the site, or no worker is active yet: all waits for the next opening, as everywhere else.
    if (!(error instanceof DOMException)) throw error
  }
}

/** Signing in again, or another account's session, is for a person: to try again by itself changes nothing. */
const FOR_A_PERSON: readonly Problem[] = ['signed_out', 'forbidden', 'other_account']

/**
 * Sends what waits sealed, once the time to take it back is over.
 * @throws Error where another try may do better: the browser makes one, later.
 */
export async function sendInBackground(): Promise<void> {
  const account = await rememberedAccount()
  if (!account) return
  const db = await openDatabase(account.id)
  // A session that was ended on purpose: without a key nothing can be sealed here before all is wiped, so the page
  // does that. From now on it opens by password only.
  let ended = false
  const stop = onSession((change) => (ended ||= change === 'revoked'))
  try {
    const problem = await sendSealed(db, account.id)
    if (ended && (await canBeLocked(db))) await dropSession(db)
    if (problem && !FOR_A_PERSON.includes(problem)) throw new Error(`not sent: ${problem}`)
  } finally {
    stop()
    db.close()
  }
}

async function sendSealed(db: AccountDatabase, account: Uuid): Promise<Problem | null> {
  for (;;) {
    const { problem } = await send(db, account, {
      // It has nothing to say of the phone but what it sends.
      teller: { isDue: () => false, note: () => undefined },
      heard: () => undefined,
      canSend: ({ sealed }) => sealed !== null,
      wireForm: (item) => Promise.resolve(sealedForm(item)),
      onChange: () => tellTabs(account, 'outbox'),
    })
    const now = Date.now()
    const ready = problem ? null : nextReadyAt(await readOutbox(db), now)
    if (ready === null) return problem
    await new Promise((resolve) => setTimeout(resolve, ready - now))
  }
}
