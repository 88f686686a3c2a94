/** What the tabs of one account tell each other. Where there is no channel, each looks again when it is seen. */
import type { Uuid } from '@/api/wire'

/** Rows or entries changed; the account was locked, unlocked, or left this phone. */
export type Told = 'rows' | 'outbox' | 'locked' | 'unlocked' | 'left'

export interface Tabs {
  tell: (told: Told) => void
  close: () => void
}

export function listenToTabs(account: Uuid, hear: Record<Told, () => Promise<void>>): Tabs {
  if (typeof BroadcastChannel === 'undefined') return { tell: () => undefined, close: () => undefined }
  const channel = new BroadcastChannel(`xunyue-${account}`)
  channel.onmessage = (event: MessageEvent<Told>) => void hear[event.data]()
  return { tell: (told) => channel.postMessage(told), close: () => channel.close() }
}
