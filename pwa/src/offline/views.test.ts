import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { wipe } from './store'
import { deleteDatabase, openDatabase, type AccountDatabase, type View } from './schema'
import type { Received } from './transport'
import { keepView, sendViews } from './views'

const EIGHT = '2026-11-22T08:00:00.000Z'
const NINE = '2026-11-22T09:00:00.000Z'
const at = (time: string) => Date.parse(`2026-11-22T${time}:00.000Z`)
let db: AccountDatabase
const told: (readonly View[])[] = []
let answer: Received<null> = { ok: true, value: null }
const door = {
  tellViews: (_account: string, views: readonly View[]) => {
    told.push(views)
    return Promise.resolve(answer)
  },
}

beforeEach(async () => {
  db = await openDatabase('doctor')
  told.length = 0
  answer = { ok: true, value: null }
})
afterEach(async () => {
  db.close()
  await deleteDatabase('doctor')
})

it('tells once of a resident and an hour, and nothing twice', async () => {
  await keepView(db, 'wang', at('08:10'))
  await keepView(db, 'wang', at('08:59'))
  await keepView(db, 'li', at('08:59'))
  await keepView(db, 'wang', at('09:00'))
  await sendViews(db, 'doctor', door)
  await sendViews(db, 'doctor', door)
  expect(told).toEqual([
    [
      { resident_id: 'wang', at: EIGHT },
      { resident_id: 'li', at: EIGHT },
      { resident_id: 'wang', at: NINE },
    ],
  ])
})

it('keeps what the server did not take', async () => {
  await keepView(db, 'wang', at('08:10'))
  answer = { ok: false, problem: 'network' }
  await sendViews(db, 'doctor', door)
  answer = { ok: true, value: null }
  await sendViews(db, 'doctor', door)
  expect(told).toEqual([[{ resident_id: 'wang', at: EIGHT }], [{ resident_id: 'wang', at: EIGHT }]])
})

it('keeps them through a sign-out without a network, for the account to tell when it returns', async () => {
  await keepView(db, 'wang', at('08:10'))
  expect(await wipe(db)).toBe(false)
  await sendViews(db, 'doctor', door)
  expect(told).toEqual([[{ resident_id: 'wang', at: EIGHT }]])
  expect(await wipe(db)).toBe(true)
})

it('forgets what was told, and not what was looked at meanwhile or told by another tab', async () => {
  await keepView(db, 'wang', at('08:10'))
  await Promise.all([sendViews(db, 'doctor', door), sendViews(db, 'doctor', door), keepView(db, 'li', at('08:10'))])
  await sendViews(db, 'doctor', door)
  expect(told.flat().map(({ resident_id }) => resident_id)).toEqual(['wang', 'li'])
})
