// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { offer } from './entriesFile'

const file = new File(['{}'], 'xunyue-2026.json', { type: 'application/json' })
let downloads: string[]

/** A phone whose own way of sending files ends so. */
function phone(ends: () => Promise<void>, coarse = true): void {
  vi.stubGlobal('matchMedia', () => ({ matches: coarse }))
  vi.stubGlobal('navigator', { canShare: () => true, share: ends })
}
const fails = (name: string) => () => Promise.reject(new DOMException('', name))

beforeEach(() => {
  downloads = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    downloads.push(this.download)
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('the file of unsent entries', () => {
  it('goes the way phones send files', async () => {
    phone(() => Promise.resolve())
    expect([await offer(file), downloads]).toEqual([true, []])
  })
  it('is downloaded where the phone refuses such a file, has no such way, or is none', async () => {
    phone(fails('NotAllowedError'))
    expect(await offer(file)).toBe(true)
    vi.stubGlobal('navigator', {})
    expect(await offer(file)).toBe(true)
    phone(fails('never asked'), false)
    expect(await offer(file)).toBe(true)
    expect(downloads).toEqual(Array(3).fill('xunyue-2026.json'))
  })
  it('is not said to be handed on when its person called it off', async () => {
    phone(fails('AbortError'))
    expect([await offer(file), downloads]).toEqual([false, []])
  })
})
