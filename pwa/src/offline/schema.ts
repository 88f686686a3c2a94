/** What the phone keeps, one database per account, so that nobody's entries or residents meet another's. */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Institution, Line, Owed, Reference, Resident, Round, Uuid } from '@/api/wire'
import type { OutboxEntry } from './outbox'
import type { Stopwatch } from '@/rules/elapsed'

/** What was typed into a form that is not saved yet. */
export interface Draft {
  key: string
  round_id: Uuid
  /** Texts as typed, by field; choices as their values. */
  typed: Record<string, unknown>
  saved_at: number
}

export interface RoundClock extends Stopwatch {
  round_id: Uuid
}

export interface Meta {
  cursor: string
  reference: Reference
  /** When the last complete pull ended, ms. */
  pulled_at: number
  /** Server's clock minus the phone's at the last answer, ms. */
  skew_ms: number
}

interface AccountSchema extends DBSchema {
  institutions: { key: Uuid; value: Institution }
  residents: { key: Uuid; value: Resident }
  owed: { key: Uuid; value: Owed }
  rounds: { key: Uuid; value: Round }
  lines: { key: Uuid; value: Line }
  outbox: { key: Uuid; value: OutboxEntry }
  drafts: { key: string; value: Draft; indexes: { round_id: Uuid } }
  clocks: { key: Uuid; value: RoundClock }
  meta: { key: keyof Meta; value: Meta[keyof Meta] }
}

export type AccountDatabase = IDBPDatabase<AccountSchema>
export const ROW_STORES = ['institutions', 'residents', 'owed', 'rounds', 'lines'] as const
export type RowStore = (typeof ROW_STORES)[number]

const VERSION = 1

const nameFor = (account: Uuid) => `xunyue-${account}`

/** Opens the account's database, raising it step by step to the newest version. */
export function openDatabase(account: Uuid): Promise<AccountDatabase> {
  return openDB<AccountSchema>(nameFor(account), VERSION, {
    upgrade(db, from) {
      if (from < 1) createFirst(db)
    },
    blocking(_current, _blocked, event) {
      // Another tab runs a newer version of the app: let it go on, this one reads again when it is opened.
      ;(event.target as IDBDatabase).close()
    },
  })
}

function createFirst(db: AccountDatabase): void {
  for (const store of ROW_STORES) db.createObjectStore(store, { keyPath: 'id' })
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
