import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry, Kind } from '@/api/wire'
import { Door, ME } from './door.test-data'
import { keep } from './keeping'
import { newOutboxEntry } from './outbox'
import { deleteDatabase, openDatabase, type AccountDatabase } from './schema'
import { sendWaiting } from './sender'
import { addToOutbox, readOutbox } from './store'
import { Teller } from './telling'
import { transport } from './transport'
import { glassVault } from './vault'

const MINUTE = 60_000
const START = Date.parse('2026-11-22T01:00:00.000Z')
let now = START
/** The phone's wall clock less the right one, ms; the monotonic clock goes on. */
let off = 0
/** When the page was opened that makes or sends, ms. */
let page = 0
let db: AccountDatabase
let door: Door
let made = 0

beforeEach(async () => {
  off = 0
  page = 0
  now = START
  door = new Door(() => now)
  vi.stubGlobal('fetch', door.fetch)
  db = await openDatabase(ME)
})
afterEach(async () => {
  vi.unstubAllGlobals()
  db.close()
  await deleteDatabase(ME)
})

const monotonic = () => ({ opened: page, since: now - START })

/** Says something now, by all clocks. */
async function say(kind: Kind): Promise<void> {
  const wall = now + off
  made += 1
  const entry = { id: `e${made}`, kind, round_id: 'visit', at: new Date(wall).toISOString(), elapsed_ms: 0, payload: {} }
  const item = newOutboxEntry(ME, entry as Entry, 0, { wall, mono: monotonic(), notBefore: null })
  await addToOutbox(db, [await keep(item, { vault: glassVault, sealer: null })])
}

function send() {
  const teller = new Teller()
  teller.isDue = () => false
  return sendWaiting({
    db,
    account: ME,
    deviceId: 'phone',
    deviceName: '',
    appVersion: '',
    teller,
    transport,
    canSend: () => true,
    wireForm: ({ content }) => Promise.resolve(content && 'plain' in content ? (content.plain as Entry) : null),
    now: () => now + off,
    monotonic,
    heard: () => undefined,
    exclusively: (task) => task(),
    onChange: () => undefined,
  })
}

describe('a clock that was set before sending', () => {
  it('goes with the difference that was right for each entry, and the server is asked for the time first', async () => {
    await say('check_in')
    now += 10 * MINUTE
    off = -60 * MINUTE
    await say('note')
    now += 10 * MINUTE
    await send()
    const corrected = door.requests.flatMap(({ entries, sent_at }) =>
      entries.map((entry) => Date.parse((entry as Entry).at) + now - Date.parse(sent_at) - START),
    )
    expect(corrected).toEqual([0, 10 * MINUTE])
    expect(door.requests.map(({ entries }) => entries.length)).toEqual([0, 1, 1])
    expect((await readOutbox(db)).map(({ state }) => state)).toEqual(['stored', 'stored'])
  })

  it('asks once for many batches, where the page that made them is closed', async () => {
    for (let each = 0; each < 120; each += 1) await say('note')
    page = START + 1
    now += 90 * MINUTE
    await send()
    expect(door.requests.map(({ entries }) => entries.length)).toEqual([0, 100, 20])
    expect(new Set(door.requests.map(({ sent_at }) => sent_at))).toEqual(new Set([new Date(now).toISOString()]))
  })

  it('keeps the length of what was made before the browser was closed and the clock set back', async () => {
    await say('check_in')
    now += 40 * MINUTE
    await say('check_out')
    page = START + 1
    now += 30 * MINUTE
    off = -60 * MINUTE
    await send()
    expect(door.requests.map(({ entries }) => entries.length)).toEqual([0, 2])
    const [made, ended] = (door.requests[1]?.entries ?? []).map((entry) => Date.parse((entry as Entry).at))
    const offset = now - Date.parse(door.requests[1]?.sent_at ?? '')
    expect([(made ?? 0) + offset, (ended ?? 0) + offset]).toEqual([START + 30 * MINUTE, now])
  })

  it('costs nothing where no clock was touched', async () => {
    await say('check_in')
    now += 90 * MINUTE
    await send()
    expect(door.requests).toMatchObject([{ sent_at: new Date(now).toISOString(), account_id: ME }])
  })
})
