/**
 * The first schema kept everything readable, row by row. Nothing can be encrypted inside an upgrade, whose
 * transaction ends when anything else is awaited: so everything moves to its new place as it is, and is
 * encrypted as soon as the account is open.
 */
import type { IDBPDatabase, IDBPTransaction } from 'idb'
import type { Entry, Uuid } from '@/api/wire'
import { bytesOf, type Stored } from './outbox'
import type { AccountDatabase, Box, Draft, Upgrade } from './schema'

const FIRST_ROWS = ['institutions', 'residents', 'owed', 'rounds', 'lines'] as const

/** An entry as the first schema kept it. */
export type FirstEntry = Omit<Stored, 'kind' | 'round_id' | 'at' | 'bytes' | 'content' | 'sealed' | 'handled'> & {
  entry: Entry
  handled: { how: 'replaced' | 'set_aside'; by: Uuid | null } | null
}

export interface FirstDraft {
  key: string
  round_id: Uuid
  typed: Record<string, unknown>
  saved_at: number
}

export async function upgradeFromFirst(db: AccountDatabase, upgrade: Upgrade): Promise<void> {
  const first = upgrade as unknown as IDBPTransaction<unknown, string[], 'versionchange'>
  const boxes = await rowsAsBoxes(db as unknown as IDBPDatabase, first)
  const kept = db.createObjectStore('boxes', { keyPath: 'key' })
  const outbox = upgrade.objectStore('outbox')
  const entries = (await outbox.getAll()) as unknown as FirstEntry[]
  const drafts = upgrade.objectStore('drafts')
  const typed = (await drafts.getAll()) as unknown as FirstDraft[]
  await Promise.all([
    ...boxes.map((box) => kept.put(box)),
    ...entries.map((item) => outbox.put(entryFromFirst(item))),
    ...typed.map((draft) => drafts.put(draftFromFirst(draft))),
    upgrade.objectStore('meta').put(true, 'readable'),
  ])
}

async function rowsAsBoxes(
  db: IDBPDatabase,
  upgrade: IDBPTransaction<unknown, string[], 'versionchange'>,
): Promise<Box[]> {
  const boxes: Box[] = []
  for (const store of FIRST_ROWS) {
    const byInstitution = new Map<Uuid, unknown[]>()
    for (const row of (await upgrade.objectStore(store).getAll()) as { institution_id: Uuid }[]) {
      byInstitution.set(row.institution_id, [...(byInstitution.get(row.institution_id) ?? []), row])
    }
    for (const [id, rows] of byInstitution) boxes.push({ key: `${id}|${store}`, content: { plain: rows } })
    db.deleteObjectStore(store)
  }
  return boxes
}

function entryFromFirst({ entry, ...item }: FirstEntry): Stored {
  const { kind, round_id, at } = entry
  return {
    ...item,
    kind,
    round_id,
    at,
    bytes: bytesOf(entry),
    content: { plain: entry },
    sealed: null,
    handled: item.handled && { ...item.handled, at: Date.now() },
  }
}

function draftFromFirst({ typed, ...draft }: FirstDraft): Draft {
  return { ...draft, content: { plain: typed } }
}
