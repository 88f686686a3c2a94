/**
 * What is in memory of the account that is open: its rows, its entries, and with what they are opened. Without
 * a vault the account is locked: there are no rows, and of the entries only what anybody may see.
 */
import { computed, ref, shallowRef } from 'vue'
import type { Reference, Uuid } from '@/api/wire'
import type { MonotonicNow, Stopwatch } from '@/rules/elapsed'
import { newId } from '@/rules/uuid7'
import { closeAnew } from './accountKey'
import { chosenFor } from './device'
import { readingAt, stoodStill, type Handshake, type Reading } from './handshake'
import { boxName, reveal, revealer, type Keeper } from './keeping'
import type { SyncLoop } from './loop'
import { isUnsettled, type OutboxEntry, type Stored } from './outbox'
import { overlay, type Author } from './overlay'
import { nothingHeld, type Held } from './reconcile'
import { readMeta, type AccountDatabase } from './schema'
import { sealerFor, type Sealer } from './sealing'
import { changeOutbox, forgetHeld, readHeld, readOutbox } from './store'
import type { Tabs } from './tabs'
import { canEncrypt, type Vault } from './vault'

export interface OpenAccount {
  author: Author
  db: AccountDatabase
  loop: SyncLoop
  clocks: Map<Uuid, Stopwatch>
  tabs: Tabs
  unlisten: () => void
}

export const current = shallowRef<OpenAccount | null>(null)
/** Opens and closes what is kept; null while the account is locked. */
export const vault = shallowRef<Vault | null>(null)
/** All entries, as far as anybody may see them; `outbox` has those that can be read here. */
export const kept = shallowRef<readonly Stored[]>([])
export const outbox = shallowRef<readonly OutboxEntry[]>([])
export const reference = shallowRef<Reference | null>(null)
/** When the last complete pull ended, ms; null before the first. */
export const pulledAt = ref<number | null>(null)
/** Server's clock minus the phone's, ms. */
export const skewMs = ref(0)
export const held = shallowRef<Held>(nothingHeld())
/** Up to where the rows in memory go; another tab may have pulled further into the database. */
export const heldCursor = shallowRef<string | undefined>()
/** The institutions chosen for this phone; null: all of them. */
export const chosen = shallowRef<readonly Uuid[] | null>(null)
/** The server has more for this phone than it can hold. */
export const tooMany = ref(false)
const changedAt = ref(0)
let sealer: Sealer | null = null
let revealAll: ReturnType<typeof revealer> | null = null

export const workingSet = computed(() =>
  overlay(
    held.value,
    outbox.value,
    current.value?.author ?? { id: '', name: '' },
    reference.value,
    changedAt.value,
    skewMs.value,
  ),
)

let lastHeard: Handshake | null = null

/** All clocks at a moment of this page. */
export function readingOf({ wall, mono }: { wall: number; mono: MonotonicNow }): Reading {
  return readingAt(wall, mono, lastHeard)
}

/**
 * The server said what time it is. Where this page's clock stood still since it last did, rounds that ran all the
 * while lasted longer than was counted.
 */
export function heardServer(now: Handshake): void {
  const before = lastHeard
  lastHeard = now
  const still = before ? stoodStill(before, now) : 0
  if (!before || !still) return
  const asked = before.asked.opened + before.asked.since
  current.value?.clocks.forEach((clock, id, all) => {
    if (clock.started <= asked) all.set(id, { ...clock, started: clock.started - still })
  })
}

/** A sync that outlives its account must not touch what the next one shows. */
export function isOpen(db: AccountDatabase): boolean {
  return current.value?.db === db
}

export function takeVault(opened: Vault): void {
  vault.value = opened
  revealAll = revealer(opened)
}

/** Nothing readable stays in memory. */
export function dropVault(): void {
  vault.value = null
  revealAll = null
  held.value = nothingHeld()
  heldCursor.value = undefined
  outbox.value = []
  changedAt.value = Date.now()
}

/** Nothing stays in memory at all. */
export function dropAll(): void {
  current.value = null
  dropVault()
  kept.value = []
  reference.value = null
  pulledAt.value = null
  chosen.value = null
  tooMany.value = false
  sealer = null
}

/** With what a new entry is kept. */
export function keeper(): Keeper {
  if (!vault.value) throw new Error('the account is locked')
  return { vault: vault.value, sealer }
}

/** Reads the account's database again. */
export async function load(db: AccountDatabase): Promise<void> {
  const opened = vault.value
  if (opened?.encrypts) await loadRows(db, opened)
  const [known, pulled, skew, only] = await Promise.all([
    readMeta(db, 'reference'),
    readMeta(db, 'pulled_at'),
    readMeta(db, 'skew_ms'),
    current.value && chosenFor(current.value.author.id),
  ])
  if (!isOpen(db)) return
  chosen.value = only
  skewMs.value = skew ?? 0
  // Without encryption the rows are in memory alone, and gone with the page.
  if (opened?.encrypts) pulledAt.value = pulled ?? null
  await takeReference(known ?? null)
  await refreshOutbox(db)
}

async function loadRows(db: AccountDatabase, opened: Vault): Promise<void> {
  const cursor = await readMeta(db, 'cursor')
  const rows = await readHeld(db, opened)
  if (!rows) await forgetHeld(db)
  if (!isOpen(db) || vault.value !== opened) return
  heldCursor.value = rows ? cursor : undefined
  held.value = rows ?? nothingHeld()
}

export async function takeReference(next: Reference | null): Promise<void> {
  const key = next?.sealing
  if (key && canEncrypt() && sealer?.key !== key.id) sealer = await sealerFor(key)
  reference.value = next
}

let refreshing: Promise<void> = Promise.resolve()

/** Reads the entries again, one reading after another: the last one that was asked for is what is shown. */
export function refreshOutbox(db: AccountDatabase): Promise<void> {
  const read = () => readEntries(db)
  refreshing = refreshing.then(read, read)
  return refreshing
}

async function readEntries(db: AccountDatabase): Promise<void> {
  if (!isOpen(db)) return
  const items = await readOutbox(db)
  const last = items.at(-1)
  if (last) newId.after(last.id) // entries go in the order of their ids: a clock set back must not turn it round
  const opening = revealAll
  const opened = opening ? await opening(items) : []
  if (!isOpen(db) || revealAll !== opening) return
  kept.value = items
  outbox.value = opened
  changedAt.value = Date.now()
}

/** Reads the entries again after a change and tells the other tabs. */
export async function outboxChanged(db: AccountDatabase): Promise<void> {
  if (!isOpen(db)) return
  await refreshOutbox(db)
  current.value?.tabs.tell('outbox')
}

/**
 * Encrypts what an upgrade left readable, and seals what was made before the server's key was known here.
 */
export async function protect(db: AccountDatabase): Promise<void> {
  const opened = vault.value
  if (!opened) return
  if (!opened.encrypts) return void (await db.put('meta', true, 'readable'))
  if (await readMeta(db, 'readable')) {
    await closeAnew(db, opened, opened)
    await db.delete('meta', 'readable')
  }
  if (sealer) await sealAll(db, opened, sealer)
}

/** Seals what waits unsealed, of an account that is open here or not. */
export async function sealAll(db: AccountDatabase, opened: Vault, { seal }: Sealer): Promise<void> {
  const bare = (await readOutbox(db)).filter((item) => isUnsettled(item) && !item.sealed && item.content)
  if (bare.length === 0) return
  const seals = await Promise.all(
    bare.map(async (item) => {
      const read = await reveal(item, opened)
      return [item.id, read && (await seal(read.entry, item.account))] as const
    }),
  )
  const sealed = new Map(seals)
  const before = new Map(bare.map((item) => [item.id, boxName(item)]))
  await changeOutbox(db, (item) =>
    // Its author may have changed it meanwhile, to something just as long: what was sealed is not what is kept then.
    !item.sealed && before.has(item.id) && boxName(item) === before.get(item.id)
      ? { ...item, sealed: sealed.get(item.id) ?? null }
      : item,
  )
  await refreshOutbox(db)
}
