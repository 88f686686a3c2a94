/**
 * Photos that entries name, apart from the entries: encrypted here until they have arrived, sent one by one after the
 * entry that names them, and gone with the account. A database of their own, one for each account.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { computed, ref } from 'vue'
import { Unreached, api, isFailure, type Refused } from '@/api/client'
import type { Uuid } from '@/api/wire'
import { newId } from '@/rules/uuid7'
import { isUnsettled, type OutboxEntry } from './outbox'
import { current, outbox, vault } from './state'
import { isStorageFull, noteKept } from './storage'
import type { Content, Vault } from './vault'

export interface KeptPhoto {
  id: Uuid
  content: Content
  /** ms. */
  taken_at: number
  /** The record that names it; null while it is in a draft. */
  line_id: Uuid | null
  /** Why the server did not take it. */
  refused: string | null
}

interface PhotoSchema extends DBSchema {
  photos: { key: Uuid; value: KeptPhoto }
}
type Photos = IDBPDatabase<PhotoSchema>

/** A photo that no entry names is of a draft that was left. */
const KEPT_UNNAMED_MS = 30 * 86_400_000
const place = (id: Uuid) => `photo|${id}`
const nameFor = (account: Uuid) => `xunyue-photos-${account}`
const waiting = ref<readonly Pick<KeptPhoto, 'id' | 'line_id' | 'refused'>[]>([])

/** Opened for each use: photos are rare, and a closed database can be deleted. */
async function using<T>(account: Uuid, task: (db: Photos) => Promise<T>): Promise<T> {
  const db = await openDB<PhotoSchema>(nameFor(account), 1, {
    upgrade: (made) => void made.createObjectStore('photos', { keyPath: 'id' }),
  })
  try {
    return await task(db)
  } finally {
    db.close()
  }
}

async function changed(account: Uuid, db: Photos): Promise<void> {
  if (current.value?.author.id !== account) return
  waiting.value = (await db.getAll('photos')).map(({ id, line_id, refused }) => ({ id, line_id, refused }))
}

/**
 * Keeps a picture and gives it an id.
 * @throws QuotaExceededError when the phone's storage is full: nothing was kept then.
 */
export async function keepPhoto(picture: Blob): Promise<Uuid> {
  const [account, opened] = [current.value?.author.id, vault.value]
  if (!account || !opened) throw new Error('the account is locked')
  const id = newId()
  const content = await opened.close(await toBase64(picture), place(id))
  try {
    await using(account, async (db) => {
      await db.put('photos', { id, content, taken_at: Date.now(), line_id: null, refused: null })
      await changed(account, db)
    })
  } catch (error) {
    if (isStorageFull(error)) noteKept(false)
    throw error
  }
  return id
}

/** The picture as it was kept; null where it is not here (any more), or cannot be opened now. */
export async function keptPhoto(id: Uuid): Promise<Blob | null> {
  const [account, opened] = [current.value?.author.id, vault.value]
  if (!account || !opened) return null
  const kept = await using(account, (db) => db.get('photos', id))
  return kept ? pictureOf(kept, opened) : null
}

export async function dropPhoto(id: Uuid): Promise<void> {
  const account = current.value?.author.id
  if (!account) return
  await using(account, async (db) => {
    await db.delete('photos', id)
    await changed(account, db)
  })
}

/**
 * How many are lost when the account goes: those of records that have not arrived; where its entries cannot be read
 * (null), nobody can tell them from those of drafts, and all count.
 */
export function countLost(account: Uuid, items: readonly OutboxEntry[] | null): Promise<number> {
  const ids = items && new Set(items.flatMap(({ entry }) => photosIn(entry)))
  return using(account, async (db) => {
    const photos = await db.getAll('photos')
    return photos.filter(({ id, line_id }) => !ids || line_id !== null || ids.has(id)).length
  })
}

/** Everything of an account that was signed out. */
export async function wipePhotos(account: Uuid): Promise<void> {
  await deleteDB(nameFor(account))
  waiting.value = []
}

/**
 * Sends what an arrived entry names, one after another; what cannot be sent now waits for the next time. Photos of
 * entries that were given up go with them.
 */
export async function sendPhotos(account: Uuid): Promise<void> {
  const opened = vault.value
  if (!opened) return
  await using(account, async (db) => {
    for (const kept of await db.getAll('photos')) {
      const now = named(kept, outbox.value)
      if (now === null) await db.delete('photos', kept.id)
      else if (!(await sendOne(db, now, opened))) break
    }
    await changed(account, db)
  })
}

/** The photo with the record that names it; null where nobody will send it any more. */
function named(kept: KeptPhoto, items: readonly OutboxEntry[]): KeptPhoto | null {
  const naming = items.filter(({ entry }) => photosIn(entry).includes(kept.id))
  const given = naming.filter(({ handled }) => handled?.how === 'dropped')
  if (naming.length > 0 && given.length === naming.length) return null
  const line = naming.map(lineOf).find((id) => id !== null) ?? kept.line_id
  if (line === null && Date.now() - kept.taken_at > KEPT_UNNAMED_MS) return null
  return { ...kept, line_id: line }
}

function photosIn({ payload }: OutboxEntry['entry']): unknown[] {
  return 'form' in payload ? Object.values(payload.form).flatMap((value): unknown[] => (Array.isArray(value) ? value : [])) : []
}

function lineOf({ id, entry }: OutboxEntry): Uuid | null {
  return entry.kind === 'amend' ? entry.payload.line_id : entry.kind === 'record' ? id : null
}

/** Whether to go on with the next: not where the network is gone. */
async function sendOne(db: Photos, kept: KeptPhoto, opened: Vault): Promise<boolean> {
  await db.put('photos', kept)
  const waits = outbox.value.some((item) => isUnsettled(item) && photosIn(item.entry).includes(kept.id))
  if (kept.line_id === null || waits || kept.refused) return true
  const picture = await pictureOf(kept, opened)
  if (!picture) return true
  try {
    await api.putFile(`/photos/${kept.id}`, { line_id: kept.line_id }, picture)
    await db.delete('photos', kept.id)
    return true
  } catch (error) {
    if (!isFailure(error)) throw error
    // 404: its record has not come yet, or is out of reach for now.
    if (error instanceof Unreached || error.signedOut || error.status >= 500) return false
    if (error.status !== 404) await db.put('photos', { ...kept, refused: codeOf(error) })
    return true
  }
}

function codeOf({ code, fields, details }: Refused): string {
  const reason = details['reason']
  return typeof reason === 'string' ? reason : (fields[0]?.code ?? code)
}

async function pictureOf(kept: KeptPhoto, opened: Vault): Promise<Blob | null> {
  const text = (await opened.open(kept.content, place(kept.id)).catch(() => null)) as string | null
  if (text === null) return null
  return new Blob([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))], { type: 'image/jpeg' })
}

async function toBase64(picture: Blob): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer())
  let text = ''
  for (let from = 0; from < bytes.length; from += 8192) text += String.fromCharCode(...bytes.subarray(from, from + 8192))
  return btoa(text)
}

/** Reads again how many wait, when an account was opened. */
export async function countPhotos(account: Uuid): Promise<void> {
  await using(account, (db) => changed(account, db))
}

export function usePhotos() {
  const namedNow = computed(() => new Set(outbox.value.flatMap(({ entry }) => photosIn(entry))))
  return {
    /** Photos of records that have not arrived; those of drafts are not counted. */
    unsent: computed(() => waiting.value.filter(({ id, line_id }) => line_id !== null || namedNow.value.has(id)).length),
    refused: computed(() => waiting.value.filter(({ refused }) => refused !== null)),
    /** On this phone, whatever becomes of them. */
    here: computed(() => new Set(waiting.value.map(({ id }) => id))),
  }
}
