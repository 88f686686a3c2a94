/**
 * How this browser sends for an account: the same whether a page does it, or the service worker with the app closed.
 * One of them at a time, by one lock.
 */
import type { Uuid } from '@/api/wire'
import type { MonotonicNow } from '@/rules/elapsed'
import { APP_VERSION, deviceId, deviceName } from './device'
import { exclusively } from './exclusive'
import type { AccountDatabase } from './schema'
import { sendWaiting, type SenderContext, type Sent } from './sender'
import { transport } from './transport'
import { sendViews } from './views'

/** What a page and the worker do differently: a page may have the key, and screens that show what became of it. */
export type Sends = Pick<SenderContext, 'teller' | 'canSend' | 'wireForm' | 'heard' | 'onChange'>

export function monotonicNow(): MonotonicNow {
  return { opened: performance.timeOrigin, since: performance.now() }
}

/** Sends what waits, and whom the account looked at. */
export async function send(db: AccountDatabase, account: Uuid, sends: Sends): Promise<Sent> {
  const sent = await sendWaiting({
    db,
    account,
    deviceId: await deviceId(),
    deviceName: deviceName(),
    appVersion: APP_VERSION,
    transport,
    now: () => Date.now(),
    monotonic: monotonicNow,
    exclusively: (task) => exclusively(`xunyue-send-${account}`, task),
    ...sends,
  })
  if (!sent.problem) await sendViews(db, account, transport)
  return sent
}
