import { describe, expect, it } from 'vitest'
import type { Phone } from '@/api/wire'
import { clockOff, silentPhones, sorted } from './silence'

const NOW = Date.parse('2026-11-22T04:00:00Z')
const HOUR = 3_600_000

function phone(account: string, hours: number, change: Partial<Phone> = {}): Phone {
  return {
    device_id: `${account}-${String(hours)}`,
    account: { id: account, name: account },
    name: 'Android Chrome',
    app_version: null,
    last_sync_at: new Date(NOW - hours * HOUR).toISOString(),
    waiting: 0,
    oldest_waiting_at: null,
    offset_ms: 0,
    refused: 0,
    ...change,
  }
}

const names = (phones: Phone[]) => phones.map(({ device_id }) => device_id)

it('of the silent phones, those that had nothing left to send are not called for', () => {
  const phones = [phone('a', 60), phone('b', 60, { waiting: 1 }), phone('c', 60, { waiting: null }), phone('d', 60, { refused: 1 })]
  const { attention, quiet } = sorted(phones, NOW)
  expect([names(attention), names(quiet)]).toEqual([['b-60', 'c-60', 'd-60'], ['a-60']])
})

describe('silent phones', () => {
  it('are those not heard of for two days', () => {
    expect(names(silentPhones([phone('wang', 48), phone('li', 47.9)], NOW))).toEqual(['wang-48'])
  })

  it('are not those laid aside for another', () => {
    const phones = [phone('wang', 400), phone('wang', 1), phone('li', 400)]
    expect(names(silentPhones(phones, NOW))).toEqual(['li-400'])
    expect(names(sorted(phones, NOW).replaced)).toEqual(['wang-400'])
  })

  it('are those laid aside with something left in them', () => {
    expect(names(silentPhones([phone('wang', 400, { waiting: 2 }), phone('wang', 1)], NOW))).toEqual(['wang-400'])
  })

  it('are two where both of a person’s phones are silent', () => {
    expect(silentPhones([phone('wang', 400), phone('wang', 60)], NOW)).toHaveLength(2)
  })
})

it('a phone with refused entries or a wrong clock calls for somebody, one that waits for a network does not', () => {
  const phones = [
    phone('a', 1, { refused: 1 }),
    phone('b', 1, { offset_ms: -300_000 }),
    phone('c', 1, { waiting: 3, oldest_waiting_at: '2026-11-22T03:00:00Z' }),
    phone('d', 1, { offset_ms: 299_999 }),
  ]
  const { attention, fine } = sorted(phones, NOW)
  expect([names(attention), names(fine)]).toEqual([['a-1', 'b-1'], ['c-1', 'd-1']])
})

it('says in minutes how far a clock is off, positive where it is slow', () => {
  expect([3_600_000, -300_000, 299_999].map((offset_ms) => clockOff(phone('a', 1, { offset_ms })))).toEqual([60, -5, null])
})
