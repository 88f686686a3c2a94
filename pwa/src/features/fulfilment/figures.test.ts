import { describe, expect, it } from 'vitest'
import type { CommitmentFulfilment, Obligation, WindowSummary } from '@/api/wire'
import { dueFigures, owedIn, pendingIn, ratesIn, shownStatus, soleObligation, statusesOf } from './figures'

describe('figures in words', () => {
  it('take what is excused out of what is owed', () => {
    const commitment = {
      due_promised: 25,
      due_confirmed: 20,
      due_confirmed_late: 2,
      due_confirmed_excused: 1,
      due_reported: 21,
      due_reported_excused: 1,
    } as CommitmentFulfilment
    expect(dueFigures(commitment)).toEqual({ owed: 24, confirmed: 20, late: 2, excused: 1, pending: 1 })
  })

  it('keep confirmed and reported rates apart, each with its own excuses', () => {
    const window = { promised: 6, confirmed: 3, confirmed_excused: 0, reported: 4, reported_excused: 1 }
    expect(ratesIn(window)).toEqual({ confirmed: '0.5000', reported: '0.8000' })
    expect([owedIn(window), pendingIn(window)]).toEqual([6, 1])
  })

  it('give no rate where everything was excused', () => {
    const window = { promised: 1, confirmed: 0, confirmed_excused: 1, reported: 0, reported_excused: 1 }
    expect(ratesIn(window)).toEqual({ confirmed: null, reported: null })
  })

  it('name the worst status first and leave out those that do not occur', () => {
    const window = { promised: 9, statuses: { met: 3, partial: 0, missed: 2, open: 0, excused: 1 } } as WindowSummary
    expect(statusesOf(window).map(({ status }) => status)).toEqual(['missed', 'met', 'excused'])
  })

  it('call nothing complete where nothing was promised', () => {
    expect(shownStatus({ status: 'met', promised: 0 })).toBe('nothing')
    expect(shownStatus({ status: 'met', promised: 1 })).toBe('met')
    const surplus = { promised: 0, subjects: 2, statuses: { met: 2, partial: 0, missed: 0, open: 0, excused: 0 } } as WindowSummary
    expect(statusesOf(surplus)).toEqual([{ status: 'nothing', count: 2 }])
  })

  it('know the single obligation of an institution', () => {
    const own = { id: 'o', subject: null } as Obligation
    const residents = { id: 'p', subject: { id: 'r', name: '张三', bed: '3-1' } } as Obligation
    expect(soleObligation([own])).toBe(own)
    expect(soleObligation([residents])).toBeNull()
    expect(soleObligation([own, own])).toBeNull()
  })
})
