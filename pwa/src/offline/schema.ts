/** What the phone keeps, one database per account, so that nobody's entries or residents meet another's. */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb'
import type { Instant, Reference, Uuid } from '@/api/wire'
import type { Stopwatch } from '@/rules/elapsed'
import type { KeptKey } from './dataKey'
import type { Stored } from './outbox'
import { upgradeFromFirst } from './firstSchema'
import type { Content } from './vault'

/** The rows of one kind of one institution, together. */
export interface Box {
  /** `institution|kind` */
  key: string
  content: Content
}

/** What was typed into a form that is not saved yet: texts by field, choices as their values. */
export interface Draft {
  key: string
  round_id: Uuid
  content: Content
  saved_at: number
}

export interface RoundClock extends Stopwatch {
  round_id: Uuid
}

/** A resident looked at within an hour; `at`: its beginning by the phone's clock. */
export interface View {
  resident_id: Uuid
  at: Instant
}

export interface Meta {
  /** The data key of this account, wrapped; absent where nothing is kept yet. */
  key: KeptKey
  /** Something lies here unencrypted that need not: an upgrade put it here, or a visit without WebCrypto. */
  readable: true
  cursor: string
  reference: Reference
  /** When the last complete pull ended, ms. */
  pulled_at: number
  /** Server's clock minus the phone's at the last answer, ms. */
  skew_ms: number
  /** Whom the account looked at, until the server knows. */
  views: readonly View[]
}

export interface AccountSchema extends DBSchema {
  boxes: { key: string; value: Box }
  outbox: { key: Uuid; value: Stored }
  drafts: { key: string; value: Draft; indexes: { round_id: Uuid } }
  clocks: { key: Uuid; value: RoundClock }
  meta: { key: keyof Meta; value: Meta[keyof Meta] }
}

export type AccountDatabase = IDBPDatabase<AccountSchema>
export type Upgrade = IDBPTransaction<AccountSchema, StoreNames<AccountSchema>[], 'versionchange'>
export const ROW_STORES = ['institutions', 'residents', 'owed', 'rounds', 'lines', 'followups', 'referrals', 'receivers'] as const
export type RowStore = (typeof ROW_STORES)[number]

const VERSION = 2

const nameFor = (account: Uuid) => `xunyue-${account}`

/** Opens the account's database, raising it step by step to the newest version. */
export function openDatabase(account: Uuid): Promise<AccountDatabase> {
  return openDB<AccountSchema>(nameFor(account), VERSION, {
    upgrade(db, from, _to, transaction) {
      if (from < 1) create(db)
      // What fails in it leaves the database as it was: opening it fails then.
      else if (from < 2)
        upgradeFromFirst(db, transaction).catch(() => transaction.abort())
    },
    blocking(_current, _blocked, event) {
      // Another tab runs a newer version of the app: let it go on, this one reads again when it is opened.
      ;(event.target as IDBDatabase).close()
    },
  })
}

function create(db: AccountDatabase): void {
  db.createObjectStore('boxes', { keyPath: 'key' })
  db.createObjectStore('outbox', { keyPath: 'id' })
  db.createObjectStore('drafts', { keyPath: 'key' }).createIndex('round_id', 'round_id')
  db.createObjectStore('clocks', { keyPath: 'round_id' })
  db.createObjectStore('meta')
}

export function deleteDatabase(account: Uuid): Promise<void> {
  return deleteDB(nameFor(account))
}

export async function readMeta<K extends keyof Meta>(
  db: AccountDatabase,
  key: K,
): Promise<Meta[K] | undefined> {
  return (await db.get('meta', key)) as Meta[K] | undefined
}
