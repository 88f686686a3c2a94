// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IDLE_MS, isIdle, watchUse } from './idle'

let used: number | null
let stop: () => void
const note = vi.fn((now: number) => {
  used = now
  return Promise.resolve()
})
const lock = vi.fn(() => {
  used = null
  return Promise.resolve()
})

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 })
  used = Date.now()
  stop = watchUse({ note, usedAt: () => Promise.resolve(used), lock })
})
afterEach(() => {
  stop()
  vi.useRealTimers()
  vi.clearAllMocks()
})

const touch = () => window.dispatchEvent(new Event('pointerdown'))

describe('a phone that nobody uses', () => {
  it('is locked after half an hour, and not before', async () => {
    await vi.advanceTimersByTimeAsync(IDLE_MS - 1000)
    expect(lock).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(lock).toHaveBeenCalledOnce()
  })
  it('stays open while it is in use', async () => {
    for (let minute = 0; minute < 90; minute++) {
      touch()
      await vi.advanceTimersByTimeAsync(60_000)
    }
    expect(lock).not.toHaveBeenCalled()
    expect(note.mock.calls.length).toBeGreaterThan(60)
  })
  it('stays open while another tab is in use', async () => {
    await vi.advanceTimersByTimeAsync(IDLE_MS - 30_000)
    used = Date.now()
    await vi.advanceTimersByTimeAsync(IDLE_MS - 30_000)
    expect(lock).not.toHaveBeenCalled()
  })
  it('is locked by the first touch after it slept, whose timers stood still', async () => {
    vi.setSystemTime(Date.now() + IDLE_MS + 1000)
    touch()
    await vi.advanceTimersByTimeAsync(0)
    expect([lock.mock.calls.length, note.mock.calls.length]).toEqual([1, 0])
  })
  it('is not kept open by a clock that was set back', () => {
    expect([isIdle(5_000_000, 1_000_000), isIdle(5_000_000, 4_990_000)]).toEqual([true, false])
  })
})
