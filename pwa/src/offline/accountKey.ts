/** The data key of an account in its database: made, unlocked, kept for the session, and changed. */
import type { IDBPDatabase } from 'idb'
import { canEncrypt, glassVault, UnreadableError, vaultOf, type Content, type Vault } from './vault'
import { isIdle } from './idle'
import {
  keyOf,
  newKeyBits,
  unwrapByPassword,
  wrapByPassword,
  wrapByPrf,
  type Bytes,
  type KeptKey,
  type Wrap,
} from './dataKey'
import { readMeta, type AccountDatabase } from './schema'
import { isUnsettled } from './outbox'
import { forgetHeld, readOutbox } from './store'

/**
 * The vault as the phone may open it without asking anybody: by the session copy that was used within the idle
 * time, or anew where nothing was kept yet. null: it is locked.
 */
export async function openUnasked(db: AccountDatabase, now: number): Promise<Vault | null> {
  if (!canEncrypt()) return glassVault
  const kept = await readMeta(db, 'key')
  if (!kept) return vaultOf(await useKey(db, newKeyBits(), [], now))
  if (kept.session && !(isIdle(kept.used_at, now) && (await canBeLocked(db)))) return vaultOf(kept.session)
  await dropSession(db)
  return null
}

/**
 * Whether nothing is lost without the session copy: there is a password to open it again, or the server will
 * have all that waits. Before the first sign-in after an upgrade neither need be so.
 */
export async function canBeLocked(db: AccountDatabase): Promise<boolean> {
  const kept = await readMeta(db, 'key')
  if (!kept) return false
  return kept.wraps.length > 0 || (await readOutbox(db)).every((item) => !isUnsettled(item) || item.sealed)
}

/** Opens with the password that it was wrapped with; null where that was another one. */
export async function openByPassword(db: AccountDatabase, password: string, now: number): Promise<Vault | null> {
  const kept = await readMeta(db, 'key')
  const bits = kept && (await unwrapByPassword(kept.wraps, password))
  return bits ? vaultOf(await useKey(db, bits, kept.wraps, now)) : null
}

/** Opens with bits that were unwrapped otherwise. */
export async function openByBits(db: AccountDatabase, bits: Bytes, now: number): Promise<Vault> {
  const kept = await readMeta(db, 'key')
  return vaultOf(await useKey(db, bits, kept?.wraps ?? [], now))
}

/**
 * After the server let somebody in with this password: the vault that it opens from now on. What another key
 * closed is closed anew where that key is still in use (`current`), and forgotten where it is not: the server
 * has all of it, and what it does not have is sealed to it.
 */
export async function adoptPassword(
  db: AccountDatabase,
  password: string,
  current: Vault | null,
  now: number,
): Promise<Vault> {
  if (!canEncrypt()) return glassVault
  const opened = await openByPassword(db, password, now)
  if (opened) return opened
  const bits = newKeyBits()
  const wrap = await wrapByPassword(bits, password)
  const next = vaultOf(await keyOf(bits))
  if (current) await closeAnew(db, current, next)
  else await forgetUnreadable(db)
  await useKey(db, bits, [wrap], now)
  return next
}

/** The bits of the key, for one who says the password again; null where it is another one. */
export async function bitsBehind(db: AccountDatabase, password: string): Promise<Bytes | null> {
  const kept = await readMeta(db, 'key')
  return kept ? unwrapByPassword(kept.wraps, password) : null
}

export async function addPrfWrap(
  db: AccountDatabase,
  bits: Bytes,
  secret: Bytes,
  salt: Bytes,
  credential: Bytes,
): Promise<void> {
  const wrap = await wrapByPrf(bits, secret, salt, credential)
  await changeKey(db, (kept) => ({ ...kept, wraps: [...withoutPrf(kept.wraps), wrap] }))
}

export async function dropPrfWrap(db: AccountDatabase): Promise<void> {
  await changeKey(db, (kept) => ({ ...kept, wraps: withoutPrf(kept.wraps) }))
}

function withoutPrf(wraps: readonly Wrap[]): Wrap[] {
  return wraps.filter(({ by }) => by !== 'prf')
}

/** Takes the session copy away: from now on a wrap has to be opened. */
export function dropSession(db: AccountDatabase): Promise<void> {
  return changeKey(db, (kept) => ({ ...kept, session: null }))
}

/** Notes that the app is in use. */
export function noteUse(db: AccountDatabase, now: number): Promise<void> {
  return changeKey(db, (kept) => (kept.session ? { ...kept, used_at: now } : kept))
}

async function useKey(db: AccountDatabase, bits: Bytes, wraps: Wrap[], now: number): Promise<CryptoKey> {
  const session = await keyOf(bits)
  await db.put('meta', { session, used_at: now, wraps }, 'key')
  return session
}

async function changeKey(db: AccountDatabase, change: (kept: KeptKey) => KeptKey): Promise<void> {
  const tx = db.transaction('meta', 'readwrite')
  const kept = (await tx.store.get('key')) as KeptKey | undefined
  if (kept) await tx.store.put(change(kept), 'key')
  await tx.done
}

/** What no key opens any more goes, but for the entries' own states and sealed forms. */
async function forgetUnreadable(db: AccountDatabase): Promise<void> {
  if (!(await readMeta(db, 'key'))) return
  await forgetHeld(db)
  const tx = db.transaction(['drafts', 'outbox'], 'readwrite')
  const outbox = tx.objectStore('outbox')
  const items = await outbox.getAll()
  const closed = items.filter(({ content, sealed }) => sealed && content && 'iv' in content)
  await Promise.all([
    tx.objectStore('drafts').clear(),
    ...closed.map((item) => outbox.put({ ...item, content: null })),
    tx.done,
  ])
}

const PLACES = { boxes: '', outbox: 'outbox|', drafts: 'draft|' } as const

/** Closes everything that `from` opens with `to`; what it does not open is given up. */
export async function closeAnew(db: AccountDatabase, from: Vault, to: Vault): Promise<void> {
  for (const [store, place] of Object.entries(PLACES)) {
    await closeStoreAnew(db as unknown as IDBPDatabase, store, place, from, to)
  }
}

interface Closed {
  content: Content | null
}

async function closeStoreAnew(
  db: IDBPDatabase,
  store: string,
  place: string,
  from: Vault,
  to: Vault,
): Promise<void> {
  const [keys, rows] = await Promise.all([
    db.getAllKeys(store) as Promise<string[]>,
    db.getAll(store) as Promise<Closed[]>,
  ])
  const closed = await Promise.all(
    rows.map(async ({ content }, index) => ({
      key: keys[index] ?? '',
      content: content && (await reclosed(content, `${place}${keys[index] ?? ''}`, from, to)),
    })),
  )
  const tx = db.transaction(store, 'readwrite')
  for (const { key, content } of closed) {
    const row = (await tx.store.get(key)) as Closed | undefined
    if (row && (content || store === 'outbox')) await tx.store.put({ ...row, content })
    else await tx.store.delete(key)
  }
  await tx.done
}

async function reclosed(content: Content, place: string, from: Vault, to: Vault): Promise<Content | null> {
  try {
    return await to.close(await from.open(content, place), place)
  } catch (error) {
    if (error instanceof UnreadableError) return null
    throw error
  }
}
