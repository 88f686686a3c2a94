/**
 * The account that is open on this phone: its database, what is held in memory, and its sync loop. One at a
 * time.
 */
import { computed, ref, shallowRef } from 'vue'
import type { Reference, Uuid, WorkingSetPage } from '@/api/wire'
import { resumeStopwatch, type MonotonicNow, type Stopwatch } from '@/rules/elapsed'
import { deviceId, deviceName } from './device'
import { exclusively } from './exclusive'
import { pullAll, startLoop, type SyncLoop } from './loop'
import type { OutboxEntry } from './outbox'
import { overlay, type Author } from './overlay'
import { applyChanges, nothingHeld, reconcile, type Held } from './reconcile'
import { deleteDatabase, openDatabase, readMeta, type AccountDatabase } from './schema'
import { sendWaiting } from './sender'
import { dropDone, markPulled, readHeld, readOutbox, wipe, writePage } from './store'
import { transport, type Received } from './transport'

export interface OpenAccount {
  author: Author
  db: AccountDatabase
  loop: SyncLoop
  clocks: Map<Uuid, Stopwatch>
  channel: BroadcastChannel | null
  unlisten: () => void
}

type Changed = 'rows' | 'outbox'

export const current = shallowRef<OpenAccount | null>(null)
export const outbox = shallowRef<readonly OutboxEntry[]>([])
export const reference = shallowRef<Reference | null>(null)
/** When the last complete pull ended, ms; null before the first. */
export const pulledAt = ref<number | null>(null)
/** Server's clock minus the phone's, ms. */
export const skewMs = ref(0)
/** Whether the browser promised to keep the data; null where it does not say. */
export const persisted = ref<boolean | null>(null)
const held = shallowRef<Held>(nothingHeld())
/** Up to where the rows in memory go; another tab may have pulled further into the database. */
let heldCursor: string | undefined
const changedAt = ref(0)

export const workingSet = computed(() =>
  overlay(
    held.value,
    outbox.value,
    current.value?.author ?? { id: '', name: '' },
    reference.value,
    changedAt.value,
  ),
)

export function monotonicNow(): MonotonicNow {
  return { opened: performance.timeOrigin, since: performance.now() }
}

let opening: Promise<void> = Promise.resolve()

/**
 * Opens what this phone holds for the account and starts to sync. Opening the same account again only syncs.
 */
export function openFor(author: Author): Promise<void> {
  opening = opening.then(async () => {
    if (current.value?.author.id !== author.id) await open(author)
    else void syncNow()
  })
  return opening
}

async function open(author: Author): Promise<void> {
  close()
  const db = await openDatabase(author.id)
  await dropDone(db, Date.now())
  await load(db)
  const clocks = await readClocks(db)
  const account: OpenAccount = {
    author,
    db,
    clocks,
    loop: loopFor(author, db),
    channel: null,
    unlisten: listen(),
  }
  current.value = account
  account.channel = listenToTabs(author.id, db)
  void askToPersist()
  void account.loop.sync()
}

async function load(db: AccountDatabase): Promise<void> {
  heldCursor = await readMeta(db, 'cursor')
  held.value = await readHeld(db)
  reference.value = (await readMeta(db, 'reference')) ?? null
  pulledAt.value = (await readMeta(db, 'pulled_at')) ?? null
  skewMs.value = (await readMeta(db, 'skew_ms')) ?? 0
  await refreshOutbox(db)
}

async function readClocks(db: AccountDatabase): Promise<Map<Uuid, Stopwatch>> {
  const saved = await db.getAll('clocks')
  return new Map(saved.map((clock) => [clock.round_id, resumeStopwatch(clock, monotonicNow())]))
}

async function refreshOutbox(db: AccountDatabase): Promise<void> {
  outbox.value = await readOutbox(db)
  changedAt.value = Date.now()
}

/** Reads the outbox again after a change and tells the other tabs. */
export async function outboxChanged(db: AccountDatabase): Promise<void> {
  if (!isOpen(db)) return
  await refreshOutbox(db)
  tell('outbox')
}

/** A sync that outlives its account must not touch what the next one shows. */
function isOpen(db: AccountDatabase): boolean {
  return current.value?.db === db
}

function tell(changed: Changed): void {
  current.value?.channel?.postMessage(changed)
}

function listenToTabs(account: Uuid, db: AccountDatabase): BroadcastChannel | null {
  if (typeof BroadcastChannel === 'undefined') return null
  const channel = new BroadcastChannel(`xunyue-${account}`)
  channel.onmessage = (event: MessageEvent<Changed>) =>
    void (event.data === 'rows' ? load(db) : refreshOutbox(db))
  return channel
}

function loopFor(author: Author, db: AccountDatabase): SyncLoop {
  return startLoop({
    now: () => Date.now(),
    random: () => Math.random(),
    waiting: () => outbox.value,
    pull: () => pullRows(db),
    send: async () =>
      sendWaiting({
        db,
        account: author.id,
        deviceId: await deviceId(),
        deviceName: deviceName(),
        transport,
        now: () => Date.now(),
        exclusively: (task) => exclusively(`xunyue-send-${author.id}`, task),
        onChange: () => outboxChanged(db),
      }),
  })
}

async function pullRows(db: AccountDatabase): Promise<Received<null>> {
  return exclusively(`xunyue-pull-${current.value?.author.id ?? ''}`, async () => {
    const began = Date.now()
    const cursor = await readMeta(db, 'cursor')
    if (cursor !== heldCursor && isOpen(db)) await load(db)
    const answer = await pullAll(transport.pull, cursor, (page) => takePage(db, page))
    if (!answer.ok || !isOpen(db)) return answer
    const ended = Date.now()
    await markPulled(db, began, ended)
    pulledAt.value = ended
    await refreshOutbox(db)
    tell('rows')
    return answer
  })
}

async function takePage(db: AccountDatabase, page: WorkingSetPage): Promise<void> {
  if (!isOpen(db)) return
  const changes = reconcile(held.value, page)
  const skew = Date.parse(page.server_time) - Date.now()
  await writePage(db, changes, page, skew)
  if (!isOpen(db)) return
  held.value = applyChanges(held.value, changes)
  heldCursor = page.cursor
  skewMs.value = skew
  if (page.reference) reference.value = page.reference
}

function listen(): () => void {
  const sync = () => void syncNow()
  const seen = () => {
    if (document.visibilityState === 'visible') sync()
    else void saveClocks()
  }
  window.addEventListener('online', sync)
  document.addEventListener('visibilitychange', seen)
  const clockTimer = setInterval(() => void saveClocks(), 15_000)
  return () => {
    window.removeEventListener('online', sync)
    document.removeEventListener('visibilitychange', seen)
    clearInterval(clockTimer)
  }
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

async function askToPersist(): Promise<void> {
  if (typeof navigator.storage?.persist !== 'function') return
  persisted.value = await navigator.storage.persist()
}

export async function syncNow(): Promise<void> {
  await current.value?.loop.sync()
}

function close(): void {
  const account = current.value
  if (!account) return
  account.loop.stop()
  account.unlisten()
  account.channel?.close()
  account.db.close()
  current.value = null
  held.value = nothingHeld()
  outbox.value = []
  reference.value = null
  pulledAt.value = null
}

/**
 * Closes the account and removes what it may see from this phone; entries that have not arrived stay for its
 * return.
 */
export async function closeAndWipe(): Promise<void> {
  const account = current.value
  if (!account) return
  account.loop.stop()
  const left = await exclusively(`xunyue-send-${account.author.id}`, () => wipe(account.db))
  close()
  if (!left) await deleteDatabase(account.author.id)
}
