/**
 * Opens, locks and closes an account on this phone, and runs its sync. One account at a time. While it is
 * locked nothing is shown and nothing is pulled; what is sealed goes on being sent.
 */
import type { Uuid, WorkingSetPage } from '@/api/wire'
import { resumeStopwatch, type Stopwatch } from '@/rules/elapsed'
import { adoptPassword, canBeLocked, dropSession, noteUse, openUnasked } from './accountKey'
import { askForBackground } from './background'
import { chosenFor, noteLeftBehind } from './device'
import { exclusively } from './exclusive'
import { watchUse } from './idle'
import { reveal, sealedForm } from './keeping'
import { takeOff, tellViewsOf } from './leaving'
import { pullAll, startLoop, type SyncLoop } from './loop'
import type { Stored } from './outbox'
import type { Author } from './overlay'
import { countPhotos, sendPhotos } from './photos'
import { applyChanges, reconcile } from './reconcile'
import { openDatabase, readMeta, type AccountDatabase } from './schema'
import { monotonicNow, send } from './sending'
import {
  current,
  dropAll,
  dropVault,
  held,
  heardServer,
  heldCursor,
  isOpen,
  kept,
  load,
  outboxChanged,
  protect,
  pulledAt,
  refreshOutbox,
  skewMs,
  takeReference,
  takeVault,
  tooMany,
  vault,
} from './state'
import { askToPersist } from './storage'
import { changeOutbox, dropDone, markPulled, writePage } from './store'
import { listenToTabs } from './tabs'
import { Teller } from './telling'
import { transport, type Received } from './transport'
import type { Vault } from './vault'

let turns: Promise<unknown> = Promise.resolve()

/** Opening, locking and closing come one after another. */
export function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const next = turns.then(task, task)
  turns = next
  return next
}

/**
 * Opens what this phone holds for the account and starts to sync; opening the same account again only syncs.
 * `password`: the one the server has just let them in with; from now on it opens the phone as well.
 */
export function openFor(author: Author, password?: string): Promise<void> {
  return inTurn(async () => {
    const db = current.value?.author.id === author.id ? current.value.db : await open(author)
    const opened =
      password === undefined ? (vault.value ?? (await openUnasked(db, Date.now()))) : await adopted(db, password)
    if (opened && opened !== vault.value) await unlocked(opened)
    void syncNow()
  })
}

function adopted(db: AccountDatabase, password: string): Promise<Vault> {
  return exclusively(pullLock(), () => adoptPassword(db, password, vault.value, Date.now()))
}

async function open(author: Author): Promise<AccountDatabase> {
  close()
  const db = await openDatabase(author.id)
  await dropDone(db, Date.now())
  const clocks = await readClocks(db)
  const tabs = listenToTabs(author.id, {
    rows: () => load(db),
    outbox: () => refreshOutbox(db),
    locked: () => hide(db),
    unlocked: reopen,
    left: leftElsewhere,
  })
  current.value = { author, db, clocks, loop: loopFor(author, db), tabs, unlisten: listen(db) }
  await refreshOutbox(db)
  await noteLeftBehind(author.id, null)
  await countPhotos(author.id)
  void askToPersist()
  return db
}

/** Shows what is kept, encrypts what lies there readable, and tells the other tabs. */
export async function unlocked(opened: Vault): Promise<void> {
  const account = current.value
  if (!account) return
  takeVault(opened)
  await noteUse(account.db, Date.now())
  await load(account.db)
  await protect(account.db)
  account.tabs.tell('unlocked')
}

/** Another tab unlocked it, or opened it with another key: the session copy is there. */
function reopen(): Promise<void> {
  return inTurn(async () => {
    const db = current.value?.db
    const opened = db && (await openUnasked(db, Date.now()))
    if (!opened || !isOpen(db)) return
    takeVault(opened)
    await load(db)
  })
}

/**
 * Locks the account on this phone, in all its tabs: whoever goes on needs the password or the fingerprint.
 * Nothing that waits can be taken back any more; it is sent meanwhile.
 */
export function lock(): Promise<void> {
  return inTurn(async () => {
    const account = current.value
    if (!account || !vault.value?.encrypts) return
    await protect(account.db)
    if (!(await canBeLocked(account.db))) return
    await changeOutbox(account.db, (item) => (item.frozen ? item : { ...item, frozen: true }))
    await dropSession(account.db)
    await hide(account.db)
    account.tabs.tell('locked')
    void syncNow()
  })
}

async function hide(db: AccountDatabase): Promise<void> {
  if (!isOpen(db)) return
  dropVault()
  await refreshOutbox(db)
}

async function readClocks(db: AccountDatabase): Promise<Map<Uuid, Stopwatch>> {
  const saved = await db.getAll('clocks')
  return new Map(saved.map((clock) => [clock.round_id, resumeStopwatch(clock, monotonicNow())]))
}

function loopFor(author: Author, db: AccountDatabase): SyncLoop {
  const teller = new Teller()
  return startLoop({
    now: () => Date.now(),
    random: () => Math.random(),
    waiting: () => kept.value,
    pull: () => (vault.value ? pullRows(db) : hearFromServer()),
    send: async () => {
      const sent = await send(db, author.id, {
        teller,
        heard: heardServer,
        canSend: ({ sealed, content }) => sealed !== null || (content !== null && vault.value !== null),
        wireForm,
        onChange: () => outboxChanged(db),
      })
      if (sent.problem) await askForBackground(kept.value)
      if (!sent.problem || sent.problem === 'busy') await sendPhotos(author.id)
      return sent
    },
  })
}

async function wireForm(item: Stored) {
  return sealedForm(item) ?? (vault.value && (await reveal(item, vault.value))?.entry) ?? null
}

/** A locked phone asks as well: the server may say that it is to be cleared. */
async function hearFromServer(): Promise<Received<null>> {
  const answer = await transport.whoami()
  return answer.ok ? { ok: true, value: null } : answer
}

function pullLock(): string {
  return `xunyue-pull-${current.value?.author.id ?? ''}`
}

async function pullRows(db: AccountDatabase): Promise<Received<null>> {
  return exclusively(pullLock(), async () => {
    const began = Date.now()
    const only = (current.value && (await chosenFor(current.value.author.id))) ?? undefined
    const cursor = vault.value?.encrypts ? await readMeta(db, 'cursor') : heldCursor.value
    if (cursor !== heldCursor.value && isOpen(db)) await load(db)
    const pull = (next: string | undefined) => transport.pull(next, only)
    let upTo = heldCursor.value
    const answer = await pullAll(pull, upTo, async (page) => {
      // Locked and opened again meanwhile: a page was not taken, and none that follows it may be.
      if (heldCursor.value === upTo) await takePage(db, page)
      upTo = page.cursor
    })
    tooMany.value = !answer.ok && answer.problem === 'too_many_rows'
    if (!answer.ok || !isOpen(db) || !vault.value || heldCursor.value !== upTo) return answer
    const ended = Date.now()
    await markPulled(db, began, ended)
    pulledAt.value = ended
    await refreshOutbox(db)
    current.value?.tabs.tell('rows')
    return answer
  })
}

async function takePage(db: AccountDatabase, page: WorkingSetPage): Promise<void> {
  const opened = vault.value
  if (!isOpen(db) || !opened) return
  const changes = reconcile(held.value, page)
  const next = applyChanges(held.value, changes)
  const skew = Date.parse(page.server_time) - Date.now()
  await writePage(db, opened, next, changes, page, skew)
  if (!isOpen(db) || vault.value !== opened) return
  held.value = next
  heldCursor.value = page.cursor
  skewMs.value = skew
  if (!page.reference) return
  await takeReference(page.reference)
  await protect(db)
}

function listen(db: AccountDatabase): () => void {
  const sync = () => void syncNow()
  const seen = () => {
    if (document.visibilityState === 'visible') return sync()
    void saveClocks()
    // The phone may end a page that nobody sees, at any moment.
    void askForBackground(kept.value)
  }
  window.addEventListener('online', sync)
  document.addEventListener('visibilitychange', seen)
  const clockTimer = setInterval(() => void saveClocks(), 15_000)
  const unwatch = watchUse({ note: (now) => noteUse(db, now), usedAt: () => usedAt(db), lock })
  return () => {
    window.removeEventListener('online', sync)
    document.removeEventListener('visibilitychange', seen)
    clearInterval(clockTimer)
    unwatch()
  }
}

/** null where there is nothing to lock. Locked by a tab that could not say so counts as never used. */
async function usedAt(db: AccountDatabase): Promise<number | null> {
  if (!isOpen(db) || !vault.value?.encrypts || !(await canBeLocked(db))) return null
  const key = await readMeta(db, 'key')
  return key?.session ? key.used_at : 0
}

/** Saves how long each running round has lasted, so that a closed browser does not forget it. */
async function saveClocks(): Promise<void> {
  const account = current.value
  if (!account) return
  const now = monotonicNow()
  const reading = now.opened + now.since
  await Promise.all(
    [...account.clocks].map(([round_id, clock]) =>
      account.db.put('clocks', { ...clock, round_id, seen: Math.max(clock.seen, reading - clock.started) }),
    ),
  )
}

export async function syncNow(): Promise<void> {
  await current.value?.loop.sync()
}

function close(): void {
  const account = current.value
  if (!account) return
  account.loop.stop()
  account.unlisten()
  account.tabs.close()
  account.db.close()
  dropAll()
}

/**
 * Closes the account where it is open and takes it off this phone, open or not: what it may see goes, with its keys.
 * Without a word to the server, so that no network holds it up. Nobody: whoever is open here.
 */
export function closeAndWipe(who?: Author): Promise<void> {
  return inTurn(async () => {
    const author = who ?? current.value?.author
    if (!author) return
    const opened = current.value?.author.id === author.id ? vault.value : null
    // First, so that no page that is on its way is written after it.
    if (current.value?.author.id === author.id) close()
    await takeOff(author, opened)
  })
}

/** Tells the server whom the account looked at, that has left this phone and whose session is about to end. */
export function tellLastViews(account: Uuid): Promise<void> {
  return inTurn(() => tellViewsOf(account))
}

const leaveListeners = new Set<() => void>()

/** Hears when another tab took the account off this phone. Returns the way to stop listening. */
export function onLeftElsewhere(listener: () => void): () => void {
  leaveListeners.add(listener)
  return () => leaveListeners.delete(listener)
}

function leftElsewhere(): Promise<void> {
  return inTurn(() => {
    close()
    leaveListeners.forEach((listener) => listener())
    return Promise.resolve()
  })
}
