import { afterEach, describe, expect, it, vi } from 'vitest'
import { longEnough } from './scroll'

/** A page of a given height in a window of 700; `grow` is what the browser says when it fills. */
function page(height: number) {
  let said: () => void = () => undefined
  vi.stubGlobal('document', { documentElement: { scrollHeight: height }, body: {} })
  vi.stubGlobal('window', { innerHeight: 700 })
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(listener: () => void) {
        said = listener
      }
      observe = vi.fn()
      disconnect = vi.fn()
    },
  )
  return (to: number) => {
    vi.stubGlobal('document', { documentElement: { scrollHeight: to }, body: {} })
    said()
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('going back to a place on a page', () => {
  it('waits until the page is that long', async () => {
    const grow = page(700)
    const reached = vi.fn()
    const waiting = longEnough(900).then(reached)
    grow(1500)
    await Promise.resolve()
    expect(reached).not.toHaveBeenCalled()
    grow(1600)
    await waiting
    expect(reached).toHaveBeenCalledOnce()
  })

  it('gives up on a page that stays short', async () => {
    vi.useFakeTimers()
    page(700)
    const waiting = longEnough(900)
    vi.advanceTimersByTime(3000)
    await expect(waiting).resolves.toBeUndefined()
  })
})
