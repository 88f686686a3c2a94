/**
 * Reads and writes of an account's database, each in one transaction. Encrypting comes before and decrypting
 * after: a transaction ends when anything else is awaited.
 */
import type { Uuid, WorkingSetPage } from '@/api/wire'
import type { KeptKey } from './dataKey'
import { inOrder, isDone, isEditable, isUnsettled, type Stored } from './outbox'
import { nothingHeld, type Changes, type Held } from './reconcile'
import { ROW_STORES, type AccountDatabase, type Box, type RowStore, type View } from './schema'
import { UnreadableError, type Vault } from './vault'

const boxKey = (institution: Uuid, store: RowStore) => `${institution}|${store}`

/** What the boxes hold; null when one of them cannot be opened: then all of it has to be pulled anew. */
export async function readHeld(db: AccountDatabase, vault: Vault): Promise<Held | null> {
  const boxes = await db.getAll('boxes')
  try {
    const opened = await Promise.all(
      boxes.map(async ({ key, content }) => ({ key, rows: (await vault.open(content, key)) as Row[] })),
    )
    return heldOf(opened)
  } catch (error) {
    if (error instanceof UnreadableError) return null
    throw error
  }
}

interface Row {
  id: Uuid
  institution_id: Uuid
}

function heldOf(boxes: { key: string; rows: Row[] }[]): Held {
  const held = nothingHeld() as unknown as Record<string, Map<Uuid, Row>>
  for (const { key, rows } of boxes) {
    const store = held[key.slice(key.indexOf('|') + 1)]
    rows.forEach((row) => store?.set(row.id, row))
  }
  return held as unknown as Held
}

/**
 * Writes a page's changes together with its cursor: after a crash both are there, or neither. `held` is what
 * is held after them. Without encryption nothing of it is written: it stays in memory.
 */
export async function writePage(
  db: AccountDatabase,
  vault: Vault,
  held: Held,
  changes: Changes,
  page: WorkingSetPage,
  skewMs: number,
): Promise<void> {
  const boxes = vault.encrypts ? await changedBoxes(vault, held, changes) : []
  const tx = db.transaction(['boxes', 'meta'], 'readwrite')
  const meta = tx.objectStore('meta')
  const store = tx.objectStore('boxes')
  const writes: Promise<unknown>[] = boxes.map(({ key, box }) => (box ? store.put(box) : store.delete(key)))
  if (vault.encrypts) writes.push(meta.put(page.cursor, 'cursor'))
  writes.push(meta.put(skewMs, 'skew_ms'))
  if (page.reference) writes.push(meta.put(page.reference, 'reference'))
  await Promise.all([...writes, tx.done])
}

async function changedBoxes(
  vault: Vault,
  held: Held,
  changes: Changes,
): Promise<{ key: string; box: Box | null }[]> {
  const changed = ROW_STORES.flatMap((store) => {
    const { put, touched } = changes[store]
    const institutions = new Set([...put.map((row) => row.institution_id), ...touched])
    const rows = rowsOf(held[store], institutions)
    return [...institutions].map((id) => ({ key: boxKey(id, store), rows: rows.get(id) ?? [] }))
  })
  return Promise.all(
    changed.map(async ({ key, rows }) => ({
      key,
      box: rows.length ? { key, content: await vault.close(rows, key) } : null,
    })),
  )
}

function rowsOf(rows: ReadonlyMap<Uuid, Row>, institutions: ReadonlySet<Uuid>): Map<Uuid, Row[]> {
  const grouped = new Map([...institutions].map((id) => [id, [] as Row[]]))
  for (const row of rows.values()) grouped.get(row.institution_id)?.push(row)
  return grouped
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

export async function readOutbox(db: AccountDatabase): Promise<Stored[]> {
  return inOrder(await db.getAll('outbox'))
}

/** What the same act settles: the draft that was typed, by its key, and the refused entry that another takes the place of. */
export interface Settled {
  draft?: string | undefined
  refused?: { id: Uuid; change: (item: Stored) => Stored } | undefined
}

/**
 * Adds entries in one transaction, all of them, or none where one does not fit; what they settle goes with them: after
 * a kill nothing is offered again that was kept.
 */
export async function addToOutbox(
  db: AccountDatabase,
  items: readonly Stored[],
  { draft, refused }: Settled = {},
): Promise<void> {
  const tx = db.transaction(['outbox', 'drafts'], 'readwrite')
  const outbox = tx.objectStore('outbox')
  const before = refused && (await outbox.get(refused.id))
  await Promise.all([
    ...items.map((item) => outbox.add(item)),
    before && isUnsettled(before) && outbox.put(refused.change(before)),
    draft !== undefined && tx.objectStore('drafts').delete(draft),
    tx.done,
  ])
}

/** Changes entries in one transaction; `change` returns the same object to leave an entry as it is. */
export async function changeOutbox(
  db: AccountDatabase,
  change: (item: Stored) => Stored,
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
 * Changes or takes back an entry that was never tried to be sent, and takes the draft of the change out with it. False
 * when it is too late: then a correction is an entry of its own.
 */
export async function editWaiting(
  db: AccountDatabase,
  id: Uuid,
  change: (item: Stored) => Stored | null,
  { draft }: Settled = {},
): Promise<boolean> {
  const tx = db.transaction(['outbox', 'drafts'], 'readwrite')
  const outbox = tx.objectStore('outbox')
  const item = await outbox.get(id)
  const editable = item !== undefined && isEditable(item)
  if (editable) {
    const next = change(item)
    await (next ? outbox.put(next) : outbox.delete(id))
    if (draft !== undefined) await tx.objectStore('drafts').delete(draft)
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

/** Forgets what is held, so that the next pull brings all of it. */
export async function forgetHeld(db: AccountDatabase): Promise<void> {
  const tx = db.transaction(['boxes', 'meta'], 'readwrite')
  const meta = tx.objectStore('meta')
  await Promise.all([
    tx.objectStore('boxes').clear(),
    meta.delete('cursor'),
    meta.delete('pulled_at'),
    tx.done,
  ])
}

/**
 * Removes what the account may see, and its keys. Entries that have not arrived stay, sealed, in the account's
 * own database, until the same account signs in here again; what could not be sealed stays as it is, with the
 * wrapped key where it takes one, for nothing is ever lost. So does whom the account looked at, ids and hours alone,
 * until it can be told. Returns whether nothing at all is left.
 */
export async function wipe(db: AccountDatabase): Promise<boolean> {
  const tx = db.transaction(['boxes', 'outbox', 'drafts', 'clocks', 'meta'], 'readwrite')
  const outbox = tx.objectStore('outbox')
  const items = await outbox.getAll()
  const left = items
    .filter(isUnsettled)
    .map((item) => ({ ...item, frozen: true, content: item.sealed ? null : item.content }))
  const meta = tx.objectStore('meta')
  const key = (await meta.get('key')) as KeptKey | undefined
  const views = ((await meta.get('views')) as readonly View[] | undefined) ?? []
  const needed = key && left.some(({ content }) => content && 'iv' in content)
  await Promise.all([
    ...(['boxes', 'drafts', 'meta'] as const).map((store) => tx.objectStore(store).clear()),
    needed && meta.put({ ...key, session: null }, 'key'),
    views.length && meta.put(views, 'views'),
    outbox.clear(),
    ...left.map((item) => outbox.put(item)),
    ...(left.length ? [] : [tx.objectStore('clocks').clear()]),
    tx.done,
  ])
  return left.length === 0 && views.length === 0
}
