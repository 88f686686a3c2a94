// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry, Reference } from '@/api/wire'
import sealed from '../../../tests/golden/sealing/sealed-by-python.json'
import {
  accountsToWipe,
  closeAndWipe,
  enqueue,
  keepPhoto,
  leaveAccount,
  leftBehind,
  lock,
  openFor,
  saveDraft,
} from './index'
import { isUnsettled } from './outbox'
import { openDatabase, readMeta } from './schema'
import { current, sealAll, takeReference, vault } from './state'
import { changeOutbox, readOutbox } from './store'

const lin = { id: '0192f0c1-0000-7000-8000-00000000a001', name: '林医生' }
const PASSWORD = 'correct horse'
const reference = { sealing: { id: sealed.server.id, jwk: sealed.server.jwk } } as unknown as Reference

// A password is stretched for as long as it takes a thief.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
})
afterEach(async () => {
  await closeAndWipe()
  vi.unstubAllGlobals()
})

/** Two entries, a box of rows and a draft, on a phone without a network that once knew the server's key. */
async function workOffline(): Promise<string> {
  await openFor(lin, PASSWORD)
  const db = current.value?.db
  await db?.put('meta', reference, 'reference')
  await takeReference(reference)
  await db?.put('boxes', { key: 'h1|residents', content: { iv: new Uint8Array(12), box: new ArrayBuffer(9) } })
  const { id } = await enqueue('note', null, { text: 'the first' })
  await enqueue('note', id, { text: 'the second' })
  await saveDraft({ roundId: id, service: 'note', subject: null, mode: 'note', target: null }, { text: 'half' })
  return id
}

describe('an account that is not open', () => {
  it('leaves like one that is: by its id, sealed by the session copy, again and again', async () => {
    await workOffline()
    const open = await openDatabase(lin.id)
    await changeOutbox(open, (item) => ({ ...item, sealed: null }))
    open.close()
    await openFor({ id: 'other', name: '' })
    await leaveAccount(lin)
    for (const time of ['killed', 'again']) {
      await closeAndWipe(lin)
      const db = await openDatabase(lin.id)
      const items = await readOutbox(db)
      expect(items.map(({ sealed: seal, content }) => [seal !== null, content])).toEqual([[true, null], [true, null]])
      const counts = [await db.count('boxes'), await db.count('drafts'), await readMeta(db, 'key')]
      expect([time, ...counts]).toEqual([time, 0, 0, undefined])
      db.close()
    }
    expect(await leftBehind()).toMatchObject([{ account_id: lin.id, name: lin.name, unsent: 2 }])
    expect([await accountsToWipe(), current.value?.author.id]).toEqual([[], 'other'])
  })

  it('leaves no database where it had nothing', async () => {
    await closeAndWipe({ id: 'manager', name: '' })
    const names = (await indexedDB.databases()).map(({ name }) => name)
    expect(names.filter((name) => name?.includes('manager'))).toEqual([])
    expect(await leftBehind()).toEqual([])
  })
})

describe('photos that had not arrived', () => {
  const picture = () => new Blob([Uint8Array.from([255, 216, 7, 255, 217])], { type: 'image/jpeg' })

  it('are lost when the account leaves, which is noted until its person comes back', async () => {
    const round = await workOffline()
    await keepPhoto(picture())
    const photo = await keepPhoto(picture())
    await enqueue('note', round, { text: '', form: { photos: [photo] } } as never)
    await closeAndWipe(lin)
    await closeAndWipe(lin)
    expect(await leftBehind()).toMatchObject([{ account_id: lin.id, unsent: 3, photos: 1 }])
    await openFor(lin, PASSWORD)
    expect(await leftBehind()).toEqual([])
  })

  it('all count on a phone that is locked, where nobody can tell whose they are', async () => {
    await openFor(lin, PASSWORD)
    await keepPhoto(picture())
    await lock()
    await closeAndWipe(lin)
    expect(await leftBehind()).toMatchObject([{ unsent: 0, photos: 1, oldest_at: null }])
  })
})

it('seals what is kept, not what was kept when it began to', async () => {
  const first = await workOffline()
  const [db, opened] = [current.value?.db, vault.value]
  if (!db || !opened) throw new Error('not open')
  await changeOutbox(db, (item) => ({ ...item, sealed: null }))
  const rewritten = async (entry: Entry) => {
    const content = await opened.close(entry, `outbox|${entry.id}`)
    if (entry.id !== first) await changeOutbox(db, (item) => (item.id === entry.id ? { ...item, content } : item))
    return { v: 1, key: '', epk: '', iv: '', box: 'of what it was before' } as const
  }
  await sealAll(db, opened, { key: '', seal: rewritten })
  const items = (await readOutbox(db)).filter(isUnsettled)
  expect(items.map(({ id, sealed: seal }) => [id === first, seal !== null])).toEqual([[true, true], [false, false]])
})
