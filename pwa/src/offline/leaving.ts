/**
 * Takes an account off this phone, whether it is open or not. Each step can be done again: an app that was killed in
 * the middle begins anew at its next start. Entries that have not arrived stay, sealed, and whom the account looked at,
 * by id.
 */
import type { Uuid } from '@/api/wire'
import { leftBehind, markWiped, noteLeftBehind, type LeftBehind } from './device'
import { reveal } from './keeping'
import { isUnsettled, type OutboxEntry } from './outbox'
import type { Author } from './overlay'
import { countLost, wipePhotos } from './photos'
import { deleteDatabase, openDatabase, readMeta, type AccountDatabase } from './schema'
import { sealerFor } from './sealing'
import { sealAll } from './state'
import { changeOutbox, readOutbox, wipe } from './store'
import { tellTabs } from './tabs'
import { transport } from './transport'
import { canEncrypt, glassVault, vaultOf, type Vault } from './vault'
import { sendViews } from './views'

/**
 * Seals what waits, notes what stays before anything is cleared, and clears the rest.
 * @param opened null where it is not open here, or locked: the session copy of the key seals, where it is there.
 */
export async function takeOff(author: Author, opened: Vault | null): Promise<void> {
  const db = await openDatabase(author.id)
  const vault = opened ?? (await sessionVault(db))
  if (vault) await sealWhatWaits(db, vault)
  await noteLeftBehind(author.id, await whatStays(author, db, vault))
  const empty = await wipe(db)
  db.close()
  await wipePhotos(author.id)
  if (empty) await deleteDatabase(author.id)
  await markWiped(author.id)
  tellTabs(author.id, 'left')
}

async function sessionVault(db: AccountDatabase): Promise<Vault | null> {
  if (!canEncrypt()) return glassVault
  const key = await readMeta(db, 'key')
  return key?.session ? vaultOf(key.session) : null
}

async function sealWhatWaits(db: AccountDatabase, opened: Vault): Promise<void> {
  const key = (await readMeta(db, 'reference'))?.sealing
  if (key && opened.encrypts) await sealAll(db, opened, await sealerFor(key))
  await layBare(db, opened)
}

/** What could not be sealed lies readable rather than lost: where the browser or the server cannot do it. */
async function layBare(db: AccountDatabase, opened: Vault): Promise<void> {
  const bare = (await readOutbox(db)).filter((item) => isUnsettled(item) && !item.sealed)
  const plain = new Map((await revealed(bare, opened)).map(({ id, entry }) => [id, { plain: entry }]))
  if (plain.size === 0) return
  await changeOutbox(db, (item) => ({ ...item, content: plain.get(item.id) ?? item.content }), new Set(plain.keys()))
}

async function revealed(items: Parameters<typeof reveal>[0][], opened: Vault): Promise<OutboxEntry[]> {
  const read = await Promise.all(items.map((item) => reveal(item, opened)))
  return read.filter((item) => item !== null)
}

async function whatStays(author: Author, db: AccountDatabase, opened: Vault | null): Promise<LeftBehind | null> {
  const items = await readOutbox(db)
  const unsent = items.filter(isUnsettled)
  const known = (await leftBehind()).find(({ account_id }) => account_id === author.id)
  // Noted and not wiped, by an app that was killed in between: they are the same photos.
  const photos = Math.max(known?.photos ?? 0, await countLost(author.id, opened && (await revealed(items, opened))))
  if (unsent.length === 0 && photos === 0) return null
  return {
    account_id: author.id,
    name: author.name,
    unsent: unsent.length,
    photos,
    oldest_at: unsent[0]?.at ?? null,
    offset_ms: (await readMeta(db, 'skew_ms')) ?? known?.offset_ms ?? 0,
  }
}

/** A network that never answers must not hold up the person who leaves, ms. */
const TELL_WITHIN_MS = 4_000

/** Tells the server whom an account looked at that was taken off; what it did not take stays. */
export async function tellViewsOf(account: Uuid): Promise<void> {
  const db = await openDatabase(account)
  const late = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TELL_WITHIN_MS)
  })
  // Another telling may be on its way and hang: its turn would be waited for as well.
  await Promise.race([sendViews(db, account, transport, late.signal), over])
  clearTimeout(timer)
  late.abort()
  const rest = await holdsAnything(db)
  db.close()
  if (!rest) await deleteDatabase(account)
}

async function holdsAnything(db: AccountDatabase): Promise<boolean> {
  const [key, views] = [await readMeta(db, 'key'), await readMeta(db, 'views')]
  return Boolean(key ?? views?.length) || (await db.count('outbox')) > 0
}
