// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { Unreached } from '@/api/client'
import { usePolled } from './usePolled'

/** The server's clock, ten minutes ahead of this machine's. */
const AHEAD = 600_000
let answers: (() => Response | Promise<Response>)[] = []
let asked = 0
let visibility: DocumentVisibilityState = 'visible'

function page(): Response {
  const body = JSON.stringify({ now: new Date(Date.now() + AHEAD).toISOString(), n: asked })
  return new Response(body, { headers: { 'Content-Type': 'application/json' } })
}

const cut = () => Promise.reject(new TypeError('no network'))

beforeEach(() => {
  vi.useFakeTimers()
  asked = 0
  answers = []
  visibility = 'visible'
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
  vi.stubGlobal('fetch', () => {
    asked += 1
    return Promise.resolve((answers.shift() ?? page)())
  })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function polled() {
  const scope = effectScope()
  const made = scope.run(() => usePolled<{ now: string; n: number }>('/demands?open=1'))
  if (!made) throw new Error('the scope has ended')
  return { ...made, scope }
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

describe('a page that looks again', () => {
  it('every 20 seconds, and no more once it is left', async () => {
    const { data, scope } = polled()
    await pass(0)
    expect([asked, data.value?.n]).toEqual([1, 1])
    await pass(40_000)
    expect([asked, data.value?.n]).toEqual([3, 3])
    scope.stop()
    await pass(60_000)
    expect(asked).toBe(3)
  })

  it('not while nobody looks at it, and at once when somebody does again', async () => {
    const { scope } = polled()
    await pass(0)
    visibility = 'hidden'
    await pass(120_000)
    expect(asked).toBe(1)
    visibility = 'visible'
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(0)
    expect(asked).toBe(2)
    scope.stop()
  })

  it('keeps what it has when it is cut off, says so until it is reached again', async () => {
    const { data, failure, scope } = polled()
    await pass(0)
    answers = [cut, cut]
    await pass(20_000)
    expect(failure.value).toBeInstanceOf(Unreached)
    expect(data.value?.n).toBe(1)
    await pass(20_000)
    expect(failure.value).toBeInstanceOf(Unreached)
    await pass(20_000)
    expect([failure.value, data.value?.n]).toEqual([null, 4])
    scope.stop()
  })

  it('counts by the clock of the server', async () => {
    const { now, scope } = polled()
    await pass(0)
    await pass(5_000)
    expect(Math.abs(now.value - Date.now() - AHEAD)).toBeLessThan(1_001)
    scope.stop()
  })
})
