/**
 * What makes this device a kiosk, in a database of its own: no account's sign-out touches it. The private key
 * cannot be read out of it, by us or by anybody with the browser's tools; it can only be used here.
 */
import { openDB, type DBSchema } from 'idb'
import type { Uuid } from '@/api/wire'
import type { KioskClock } from '@/rules/kioskClock'

export interface Kiosk {
  id: Uuid
  name: string
  institution: { id: Uuid; name: string }
  key: CryptoKey
  clock: KioskClock
}

/** What is left of a kiosk that was revoked: its key is gone. */
export interface RevokedKiosk {
  institution: string
  name: string
}

interface KioskSchema extends DBSchema {
  kiosk: { key: 'kiosk' | 'revoked'; value: Kiosk | RevokedKiosk }
}

async function withDatabase<T>(task: (db: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const db = await open()
  try {
    return await task(db)
  } finally {
    db.close()
  }
}

function open() {
  return openDB<KioskSchema>('xunyue-kiosk', 1, {
    upgrade(db) {
      db.createObjectStore('kiosk')
    },
  })
}

export function readKiosk(): Promise<Kiosk | null> {
  return withDatabase(async (db) => ((await db.get('kiosk', 'kiosk')) as Kiosk | undefined) ?? null)
}

export function readRevoked(): Promise<RevokedKiosk | null> {
  return withDatabase(async (db) => ((await db.get('kiosk', 'revoked')) as RevokedKiosk | undefined) ?? null)
}

/** Enrols this device, in place of what it was before. */
export function keepKiosk(kiosk: Kiosk): Promise<void> {
  return withDatabase(async (db) => {
    const tx = db.transaction('kiosk', 'readwrite')
    await Promise.all([tx.store.put(kiosk, 'kiosk'), tx.store.delete('revoked'), tx.done])
  })
}

/** Changes the kiosk, if this device still is that one: another tab may have enrolled or dropped it. */
export function changeKiosk(id: Uuid, change: Partial<Pick<Kiosk, 'clock' | 'name' | 'institution'>>): Promise<void> {
  return withDatabase(async (db) => {
    const tx = db.transaction('kiosk', 'readwrite')
    const held = (await tx.store.get('kiosk')) as Kiosk | undefined
    if (held?.id === id) await tx.store.put({ ...held, ...change }, 'kiosk')
    await tx.done
  })
}

/** The server revoked it: the key goes, a word on it stays for the screen. */
export function dropKiosk({ institution, name }: Kiosk): Promise<void> {
  return withDatabase(async (db) => {
    const tx = db.transaction('kiosk', 'readwrite')
    const left = { institution: institution.name, name }
    await Promise.all([tx.store.delete('kiosk'), tx.store.put(left, 'revoked'), tx.done])
  })
}
