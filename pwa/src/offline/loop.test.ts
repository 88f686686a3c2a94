import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backoffMs } from './backoff'
import { deviceName } from './device'
import { pullAll, startLoop, type LoopParts, type SyncLoop } from './loop'
import { page } from './mini.test-data'
import { newOutboxEntry, type OutboxEntry } from './outbox'

const waiting: OutboxEntry = newOutboxEntry(
  'doctor',
  { id: 'e1', kind: 'note', round_id: 'visit', at: '', elapsed_ms: 0, payload: { text: '' } },
  0,
)
let loop: SyncLoop
let sent: number[]
let parts: LoopParts
beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 })
  sent = []
  parts = {
    send: vi.fn(() => {
      sent.push(Date.now() - 100_000)
      return Promise.resolve({ settled: 0, problem: null })
    }),
    pull: vi.fn(() => Promise.resolve({ ok: true as const, value: null })),
    waiting: () => [],
    now: () => Date.now(),
    random: () => 1,
  }
})
afterEach(() => {
  loop.stop()
  vi.useRealTimers()
})

describe('the loop', () => {
  it('sends before it pulls', async () => {
    loop = startLoop(parts)
    await loop.sync()
    expect(vi.mocked(parts.send).mock.invocationCallOrder[0]).toBeLessThan(
      vi.mocked(parts.pull).mock.invocationCallOrder[0] ?? 0,
    )
    expect(loop.state.value).toBe('idle')
  })
  it('runs every minute while something waits, else every five', async () => {
    loop = startLoop({ ...parts, waiting: () => (Date.now() < 250_000 ? [waiting] : []) })
    await loop.sync()
    await vi.advanceTimersByTimeAsync(480_000)
    expect(sent).toEqual([0, 60_000, 120_000, 180_000, 480_000])
  })
  it('sends an entry when its undo time is over', async () => {
    let items: OutboxEntry[] = []
    loop = startLoop({ ...parts, waiting: () => items })
    await loop.sync()
    items = [{ ...waiting, undo_until: Date.now() + 10_000 }]
    loop.nudge()
    await vi.advanceTimersByTimeAsync(11_000)
    expect(sent).toEqual([0, 10_050])
  })
  it('sends an entry whose undo time ended while a sync was on its way, once', async () => {
    const pull = vi.fn(
      () => new Promise<{ ok: true; value: null }>((done) => setTimeout(() => done({ ok: true, value: null }), 3_000)),
    )
    const item = { ...waiting, undo_until: Date.now() + 1_000 }
    loop = startLoop({ ...parts, pull, waiting: () => [item] })
    void loop.sync()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toEqual([0, 3_001])
  })
  it('sends at once what cannot be taken back', async () => {
    let items: OutboxEntry[] = []
    loop = startLoop({ ...parts, waiting: () => items })
    await loop.sync()
    items = [waiting]
    loop.nudge()
    items = []
    await vi.advanceTimersByTimeAsync(10)
    expect(sent).toEqual([0, 0])
  })
  it('backs off while the server cannot be reached, and pulls nothing then', async () => {
    const send = vi.fn(() => {
      sent.push(Date.now() - 100_000)
      return Promise.resolve({ settled: 0, problem: 'network' as const })
    })
    loop = startLoop({ ...parts, send })
    await loop.sync()
    expect(loop.state.value).toBe('network')
    await vi.advanceTimersByTimeAsync(14_000)
    expect(sent).toEqual([0, 2_000, 6_000, 14_000])
    expect(parts.pull).not.toHaveBeenCalled()
  })
  it('goes quiet when a sign-in is needed', async () => {
    loop = startLoop({ ...parts, pull: () => Promise.resolve({ ok: false, problem: 'signed_out' }) })
    await loop.sync()
    expect(loop.state.value).toBe('signed_out')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).toEqual([0])
  })
  it('runs once more for a call during a sync, and never twice at a time', async () => {
    let running = 0
    let most = 0
    const pull = async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 100))
      running -= 1
      return { ok: true as const, value: null }
    }
    loop = startLoop({ ...parts, pull })
    const all = Promise.all([loop.sync(), loop.sync(), loop.sync()])
    await vi.advanceTimersByTimeAsync(300)
    await all
    expect([sent.length, most]).toEqual([2, 1])
  })
  it('tries again at once when the network came back while a try was failing', async () => {
    const problems = ['network' as const, null]
    const send = vi.fn(async () => {
      sent.push(Date.now() - 100_000)
      await new Promise((resolve) => setTimeout(resolve, 100))
      return { settled: 0, problem: problems.shift() ?? null }
    })
    loop = startLoop({ ...parts, send })
    const first = loop.sync()
    await vi.advanceTimersByTimeAsync(50)
    const second = loop.sync()
    await vi.advanceTimersByTimeAsync(200)
    await Promise.all([first, second])
    expect([sent, loop.state.value]).toEqual([[0, 100], 'idle'])
  })
  it('stops', async () => {
    loop = startLoop(parts)
    loop.stop()
    await loop.sync()
    expect(sent).toEqual([])
  })
})

it('pulls until there is no more, from the cursor on', async () => {
  loop = startLoop(parts)
  const pages = [page({ cursor: 'c2', more: true }), page({ cursor: 'c3' })]
  const asked: (string | undefined)[] = []
  const taken: string[] = []
  const pull = (cursor: string | undefined) => {
    asked.push(cursor)
    const value = pages.shift()
    return Promise.resolve(
      value ? { ok: true as const, value } : { ok: false as const, problem: 'network' as const },
    )
  }
  const take = (each: { cursor: string }) => {
    taken.push(each.cursor)
    return Promise.resolve()
  }
  expect(await pullAll(pull, 'c1', take)).toEqual({ ok: true, value: null })
  expect([asked, taken]).toEqual([
    ['c1', 'c2'],
    ['c2', 'c3'],
  ])
  expect(await pullAll(pull, 'c3', take)).toEqual({ ok: false, problem: 'network' })
})

it('asks for the next page while one is kept, and keeps none after one that failed to be', async () => {
  loop = startLoop(parts)
  const order: string[] = []
  const pull = (cursor: string | undefined) => {
    order.push(`ask ${cursor ?? 'first'}`)
    return Promise.resolve({ ok: true as const, value: page({ cursor: `${cursor ?? ''}+`, more: cursor !== '++' }) })
  }
  const take = async ({ cursor }: { cursor: string }) => {
    await Promise.resolve()
    order.push(`keep ${cursor}`)
    if (cursor === '++') throw new DOMException('', 'QuotaExceededError')
  }
  await expect(pullAll(pull, undefined, take)).rejects.toThrow(DOMException)
  expect(order).toEqual(['ask first', 'ask +', 'keep +', 'ask ++', 'keep ++'])
})

it('doubles the pause up to a minute, spread over its second half', () => {
  loop = startLoop(parts)
  expect([1, 2, 5, 6, 20].map((failures) => backoffMs(failures, 1))).toEqual([
    2000, 4000, 32_000, 60_000, 60_000,
  ])
  expect(backoffMs(6, 0)).toBe(30_000)
})

it('names a device so that people recognise it', () => {
  loop = startLoop(parts)
  expect(deviceName('Mozilla/5.0 (Linux; Android 12; ELS-AN00) Chrome/99 Mobile Safari/537')).toBe(
    'Android Chrome',
  )
  expect(
    deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604 MicroMessenger/8'),
  ).toBe('iOS WeChat')
  expect(deviceName('')).toBe('')
})
