/** What the tabs of one account tell each other. Where there is no channel, each looks again when it is seen. */
import type { Uuid } from '@/api/wire'

/** Rows or entries changed; the account was locked, unlocked, or left this phone. */
export type Told = 'rows' | 'outbox' | 'locked' | 'unlocked' | 'left'

const nameFor = (account: Uuid) => `xunyue-${account}`

export interface Tabs {
  tell: (told: Told) => void
  close: () => void
}

/** Says it once, from where there is nothing to hear. */
export function tellTabs(account: Uuid, told: Told): void {
  if (typeof BroadcastChannel === 'undefined') return
  const channel = new BroadcastChannel(nameFor(account))
  channel.postMessage(told)
  channel.close()
}

export function listenToTabs(account: Uuid, hear: Record<Told, () => Promise<void>>): Tabs {
  if (typeof BroadcastChannel === 'undefined') return { tell: () => undefined, close: () => undefined }
  const channel = new BroadcastChannel(nameFor(account))
  channel.onmessage = (event: MessageEvent<Told>) => void hear[event.data]()
  return { tell: (told) => channel.postMessage(told), close: () => channel.close() }
}
