/**
 * Unsent entries as a file that a manager imports: sealed, so that whoever finds the file reads nothing of it.
 * It can be made while the account is locked, and after sign-out.
 */
import type { EntriesFile, Uuid } from '@/api/wire'
import { deviceId, deviceName } from './device'
import { sealedForm } from './keeping'
import { isUnsettled, type Stored } from './outbox'
import { openDatabase } from './schema'
import { readOutbox } from './store'

export interface Exporter {
  id: Uuid
  name: string
  /** Server's clock minus the phone's, ms. */
  offset_ms: number
}

/** The file's content; entries that could not be sealed are not in it. */
export async function entriesFile(
  account: Exporter,
  items: readonly Stored[],
  now: number,
): Promise<EntriesFile> {
  return {
    format: 'xunyue-entries',
    version: 1,
    account_id: account.id,
    account_name: account.name,
    device_id: await deviceId(),
    device_name: deviceName(),
    exported_at: new Date(now).toISOString(),
    offset_ms: Math.round(account.offset_ms),
    entries: items.filter(isUnsettled).flatMap((item) => sealedForm(item) ?? []),
  }
}

/** Hands the file to the browser; returns how many entries are in it. */
export async function saveEntriesFile(account: Exporter): Promise<number> {
  const db = await openDatabase(account.id)
  const items = await readOutbox(db)
  db.close()
  const file = await entriesFile(account, items, Date.now())
  if (file.entries.length) offer(JSON.stringify(file), nameOf(file))
  return file.entries.length
}

/** The day and the phone tell files apart; no name in it, for it is seen by whoever carries it. */
function nameOf({ exported_at, device_id }: EntriesFile): string {
  return `xunyue-${exported_at.slice(0, 16).replace(/[:T]/g, '-')}-${device_id.slice(-4)}.json`
}

function offer(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
