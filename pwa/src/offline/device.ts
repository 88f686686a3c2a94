/** What belongs to this phone and not to an account: its id, and who used it last. */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore } from 'idb'
import { readonly, shallowRef } from 'vue'
import type { Instant, Me, Uuid } from '@/api/wire'
import { newId } from '@/rules/uuid7'
import type { Author } from './overlay'

/** What an account left on this phone when it went: entries that only the server opens. */
export interface LeftBehind {
  account_id: Uuid
  name: string
  unsent: number
  /** Photos that were deleted before they had arrived. */
  photos?: number
  /** null where no entry waits. */
  oldest_at: Instant | null
  /** Server's clock minus the phone's, ms, for a file that a manager imports. */
  offset_ms: number
}

interface DeviceSchema extends DBSchema {
  device: {
    key: 'id' | 'account' | 'leaving' | 'wiping' | 'key' | 'left_behind' | 'chosen'
    value: Uuid | Me | true | readonly Author[] | CryptoKey | LeftBehind[] | Record<Uuid, readonly Uuid[]>
  }
}

function open(): Promise<IDBPDatabase<DeviceSchema>> {
  return openDB<DeviceSchema>('xunyue-device', 1, {
    upgrade(db) {
      db.createObjectStore('device')
    },
  })
}

/** The id of this installation, made on first use. */
export async function deviceId(): Promise<Uuid> {
  const db = await open()
  const tx = db.transaction('device', 'readwrite')
  const known = (await tx.store.get('id')) as Uuid | undefined
  const id = known ?? newId()
  if (!known) await tx.store.put(id, 'id')
  await tx.done
  db.close()
  return id
}

/**
 * A key that never leaves this browser, not even to the app: what is wrapped with it opens here alone.
 */
export async function deviceKey(): Promise<CryptoKey> {
  const made = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const db = await open()
  const tx = db.transaction('device', 'readwrite')
  const known = (await tx.store.get('key')) as CryptoKey | undefined
  if (!known) await tx.store.put(made, 'key')
  await tx.done
  db.close()
  return known ?? made
}

const left = shallowRef<readonly LeftBehind[]>([])

/** Whose unsent entries wait on this phone for their return; it follows what is noted while it is shown. */
export function useLeftBehind() {
  void leftBehind().then((found) => (left.value = found))
  return { left: readonly(left) }
}

export async function leftBehind(): Promise<LeftBehind[]> {
  const db = await open()
  const found = (await db.get('device', 'left_behind')) as LeftBehind[] | undefined
  db.close()
  return found ?? []
}

/** Notes what an account leaves here, in place of what was noted of it before; null: nothing any more. */
export async function noteLeftBehind(account: Uuid, stays: LeftBehind | null): Promise<void> {
  const db = await open()
  const tx = db.transaction('device', 'readwrite')
  const known = ((await tx.store.get('left_behind')) as LeftBehind[] | undefined) ?? []
  const others = known.filter((each) => each.account_id !== account)
  const now = stays ? [...others, stays] : others
  await tx.store.put(now, 'left_behind')
  await tx.done
  db.close()
  left.value = now
}

/** The institutions that an account holds here where it cannot hold all of them; null: all. Ids, no names. */
export async function chosenFor(account: Uuid): Promise<readonly Uuid[] | null> {
  const db = await open()
  const chosen = (await db.get('device', 'chosen')) as Record<Uuid, readonly Uuid[]> | undefined
  db.close()
  return chosen?.[account] ?? null
}

export async function chooseFor(account: Uuid, institutions: readonly Uuid[] | null): Promise<void> {
  const db = await open()
  const tx = db.transaction('device', 'readwrite')
  const known = ((await tx.store.get('chosen')) as Record<Uuid, readonly Uuid[]> | undefined) ?? {}
  const others = Object.fromEntries(Object.entries(known).filter(([id]) => id !== account))
  await tx.store.put(institutions ? { ...others, [account]: institutions } : others, 'chosen')
  await tx.done
  db.close()
}

/** Who was signed in last, so that the app opens without a network; a killed browser keeps this. */
export async function rememberedAccount(): Promise<Me | null> {
  const db = await open()
  const account = (await db.get('device', 'account')) as Me | undefined
  db.close()
  return account ?? null
}

/**
 * A new session took the place of the one that was to end, so nobody is leaving any more. `gone`: whose data has to go
 * with it, another person's, or this one's that may keep nothing here any more.
 */
export function rememberAccount(me: Me, gone: Author | null = null): Promise<void> {
  return change(async (store) => {
    await Promise.all([store.put(me, 'account'), store.delete('leaving')])
    await setWiping(store, (known) => known.filter(({ id }) => id !== me.id), gone)
  })
}

/** Nobody is signed in here from now on; the server has yet to end the session whose cookie is still here. */
export function leaveAccount(gone: Author | null = null): Promise<void> {
  return change(async (store) => {
    await Promise.all([store.delete('account'), store.put(true, 'leaving')])
    await setWiping(store, (known) => known, gone)
  })
}

/** Nobody is signed in here from now on; the server knows. */
export function forgetAccount(gone: Author | null = null): Promise<void> {
  return change(async (store) => {
    await store.delete('account')
    await setWiping(store, (known) => known, gone)
  })
}

/** Whose data is to be taken off this phone: an app that is killed meanwhile goes on with it when it starts. */
export async function accountsToWipe(): Promise<readonly Author[]> {
  const db = await open()
  const found = (await db.get('device', 'wiping')) as readonly Author[] | undefined
  db.close()
  return found ?? []
}

/** Nothing that its next person could read is left of the account. */
export function markWiped(account: Uuid): Promise<void> {
  return change((store) => setWiping(store, (known) => known.filter(({ id }) => id !== account), null))
}

type DeviceStore = IDBPObjectStore<DeviceSchema, ['device'], 'device', 'readwrite'>

async function change(task: (store: DeviceStore) => Promise<void>): Promise<void> {
  const db = await open()
  const tx = db.transaction('device', 'readwrite')
  await task(tx.store)
  await tx.done
  db.close()
}

async function setWiping(
  store: DeviceStore,
  keep: (known: readonly Author[]) => readonly Author[],
  gone: Author | null,
): Promise<void> {
  const known = ((await store.get('wiping')) as readonly Author[] | undefined) ?? []
  const others = keep(known).filter(({ id }) => id !== gone?.id)
  const now = gone ? [...others, { id: gone.id, name: gone.name }] : others
  await (now.length ? store.put(now, 'wiping') : store.delete('wiping'))
}

export async function isLeaving(): Promise<boolean> {
  const db = await open()
  const leaving = await db.get('device', 'leaving')
  db.close()
  return leaving === true
}

/** The server ended the session. */
export function markLeft(): Promise<void> {
  return change((store) => store.delete('leaving'))
}

/** The version of this app, for people and for managers who look after phones. */
export const APP_VERSION = (import.meta.env.VITE_APP_VERSION as string | undefined) ?? ''

const SYSTEMS: [RegExp, string][] = [
  [/HarmonyOS|HuaweiBrowser/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS/, 'macOS'],
  [/Linux/, 'Linux'],
]
const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger/, 'WeChat'],
  [/DingTalk/, 'DingTalk'],
  [/Edg\//, 'Edge'],
  [/Firefox/, 'Firefox'],
  [/Chrome/, 'Chrome'],
  [/Safari/, 'Safari'],
]

/** A name people recognise in a list of devices, such as "Android Chrome". */
export function deviceName(userAgent: string = navigator.userAgent): string {
  const first = (known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(userAgent))?.[1]
  return [first(SYSTEMS), first(BROWSERS)].filter(Boolean).join(' ')
}
