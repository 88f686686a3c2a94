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

/** Hands the file on; returns how many entries are in it, null where its person thought better of it. */
export async function saveEntriesFile(account: Exporter): Promise<number | null> {
  const db = await openDatabase(account.id)
  const items = await readOutbox(db)
  db.close()
  const file = await entriesFile(account, items, Date.now())
  if (file.entries.length === 0) return 0
  const handedOn = await offer(new File([JSON.stringify(file)], nameOf(file), { type: 'application/json' }))
  return handedOn ? file.entries.length : null
}

/** The day and the phone tell files apart; no name in it, for it is seen by whoever carries it. */
function nameOf({ exported_at, device_id }: EntriesFile): string {
  return `xunyue-${exported_at.slice(0, 16).replace(/[:T]/g, '-')}-${device_id.slice(-4)}.json`
}

/** By the phone's own way of sending files where it takes this one, else as a download. False: called off. */
export async function offer(file: File): Promise<boolean> {
  const shareable = matchMedia('(pointer: coarse)').matches && navigator.canShare?.({ files: [file] })
  const shared = shareable ? await share(file) : 'not_here'
  if (shared === 'not_here') download(file)
  return shared !== 'called_off'
}

/** Some browsers say that they can, and then refuse this kind of file. */
async function share(file: File): Promise<'shared' | 'called_off' | 'not_here'> {
  try {
    await navigator.share({ files: [file] })
    return 'shared'
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    return error.name === 'AbortError' ? 'called_off' : 'not_here'
  }
}

function download(file: File): void {
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = file.name
  link.click()
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
