/** Reads and writes of an account's database, each in one transaction. */
import type { Uuid, WorkingSetPage } from '@/api/wire'
import { inOrder, isDone, isEditable, type OutboxEntry } from './outbox'
import { nothingHeld, type Changes, type Held } from './reconcile'
import { ROW_STORES, type AccountDatabase } from './schema'

export async function readHeld(db: AccountDatabase): Promise<Held> {
  const held = nothingHeld() as Record<string, ReadonlyMap<Uuid, unknown>>
  const rows = await Promise.all(ROW_STORES.map((store) => db.getAll(store)))
  ROW_STORES.forEach((store, index) => {
    held[store] = new Map((rows[index] ?? []).map((row) => [row.id, row]))
  })
  return held as unknown as Held
}

/** Writes a page's changes together with its cursor: after a crash both are there, or neither. */
export async function writePage(
  db: AccountDatabase,
  changes: Changes,
  page: WorkingSetPage,
  skewMs: number,
): Promise<void> {
  const tx = db.transaction([...ROW_STORES, 'meta'], 'readwrite')
  const writes: Promise<unknown>[] = []
  for (const store of ROW_STORES) {
    for (const id of changes[store].remove) writes.push(tx.objectStore(store).delete(id))
    for (const row of changes[store].put) writes.push(tx.objectStore(store).put(row as never))
  }
  const meta = tx.objectStore('meta')
  writes.push(meta.put(page.cursor, 'cursor'), meta.put(skewMs, 'skew_ms'))
  if (page.reference) writes.push(meta.put(page.reference, 'reference'))
  await Promise.all([...writes, tx.done])
}

/** A complete pull ended: entries stored before it began are shown by what is held from now on. */
export async function markPulled(db: AccountDatabase, began: number, ended: number): Promise<void> {
  await changeOutbox(db, (item) =>
    item.state === 'stored' && !item.reflected && (item.answer?.at ?? ended) <= began
      ? { ...item, reflected: true }
      : item,
  )
  await db.put('meta', ended, 'pulled_at')
}

export async function readOutbox(db: AccountDatabase): Promise<OutboxEntry[]> {
  return inOrder(await db.getAll('outbox'))
}

/** Adds entries in one transaction: all of them, or none where one does not fit. */
export async function addToOutbox(db: AccountDatabase, items: readonly OutboxEntry[]): Promise<void> {
  const tx = db.transaction('outbox', 'readwrite')
  await Promise.all([...items.map((item) => tx.store.add(item)), tx.done])
}

/** Changes entries in one transaction; `change` returns the same object to leave an entry as it is. */
export async function changeOutbox(
  db: AccountDatabase,
  change: (item: OutboxEntry) => OutboxEntry,
  only?: ReadonlySet<Uuid>,
): Promise<void> {
  const tx = db.transaction('outbox', 'readwrite')
  const items = await tx.store.getAll()
  const changed = items
    .filter((item) => !only || only.has(item.id))
    .map((item) => ({ before: item, after: change(item) }))
    .filter(({ before, after }) => before !== after)
  await Promise.all([...changed.map(({ after }) => tx.store.put(after)), tx.done])
}

/**
 * Changes or takes back an entry that was never tried to be sent. False when it is too late: then a
 * correction is an entry of its own.
 */
export async function editWaiting(
  db: AccountDatabase,
  id: Uuid,
  change: (item: OutboxEntry) => OutboxEntry | null,
): Promise<boolean> {
  const tx = db.transaction('outbox', 'readwrite')
  const item = await tx.store.get(id)
  const editable = item !== undefined && isEditable(item)
  if (editable) {
    const next = change(item)
    await (next ? tx.store.put(next) : tx.store.delete(id))
  }
  await tx.done
  return editable
}

/** Entries that arrived and were seen long enough leave the phone. */
export async function dropDone(db: AccountDatabase, now: number): Promise<void> {
  const tx = db.transaction('outbox', 'readwrite')
  const items = await tx.store.getAll()
  const done = items.filter((item) => isDone(item, now))
  await Promise.all([...done.map((item) => tx.store.delete(item.id)), tx.done])
}

/**
 * Removes what the account may see. Entries that have not arrived stay, sealed off in the account's own
 * database, until the same account signs in here again. Returns whether anything is left.
 */
export async function wipe(db: AccountDatabase): Promise<boolean> {
  const tx = db.transaction([...ROW_STORES, 'outbox', 'drafts', 'clocks', 'meta'], 'readwrite')
  const outbox = tx.objectStore('outbox')
  const items = await outbox.getAll()
  const left = items.filter((item) => item.state !== 'stored')
  await Promise.all([
    ...[...ROW_STORES, 'drafts' as const, 'meta' as const].map((store) => tx.objectStore(store).clear()),
    ...items.filter((item) => item.state === 'stored').map((item) => outbox.delete(item.id)),
    ...(left.length ? [] : [tx.objectStore('clocks').clear()]),
    tx.done,
  ])
  return left.length > 0
}
