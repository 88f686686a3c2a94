import { describe, expect, it } from 'vitest'
import type { Demand, Role } from '@/api/wire'
import { localMinute, sideOf, standingOf, statedMoment, usedShare } from './calls'

const ASKED = '2026-11-22T05:06:38.123Z'
const LIMIT = '2026-11-22T05:36:38.123Z'
const at = (instant: string) => Date.parse(instant)

function call(changes: Partial<Demand> = {}): Demand {
  return {
    id: 'd',
    institution: { id: 'home', name: '颐养园' },
    medical: { id: 'hospital', name: '卫生院' },
    service: 'green_channel_emergency',
    subject: null,
    note: '',
    asked_at: ASKED,
    asked_by: '王护工',
    answered_at: null,
    answered_by: null,
    stated: false,
    withdrawn_at: null,
    limit_minutes: 30,
    limit_at: LIMIT,
    ...changes,
  }
}

describe('how a call stands', () => {
  it.each([
    [call(), ASKED, 'waiting'],
    [call(), LIMIT, 'waiting'],
    [call(), '2026-11-22T05:36:38.124Z', 'late'],
    [call({ limit_minutes: null, limit_at: null }), '2026-11-23T05:00:00.000Z', 'open'],
    [call({ answered_at: LIMIT }), '2026-11-23T05:00:00.000Z', 'met'],
    [call({ answered_at: '2026-11-22T05:36:38.124Z' }), '2026-11-23T05:00:00.000Z', 'missed'],
    [call({ answered_at: LIMIT, limit_minutes: null, limit_at: null }), LIMIT, 'answered'],
    [call({ withdrawn_at: LIMIT }), '2026-11-23T05:00:00.000Z', 'withdrawn'],
  ])('%#', (demand, now, standing) => {
    expect(standingOf(demand, at(now))).toBe(standing)
  })

  it('fills up to its limit and no further', () => {
    expect(usedShare(call(), at('2026-11-22T05:21:38.123Z'))).toBe(0.5)
    expect(usedShare(call(), at('2026-11-22T09:00:00.000Z'))).toBe(1)
    expect(usedShare(call(), at('2026-11-22T05:00:00.000Z'))).toBe(0)
    expect(usedShare(call({ limit_minutes: 0 }), at(ASKED))).toBe(1)
    expect(usedShare(call({ limit_minutes: null }), at(ASKED))).toBeNull()
  })
})

describe('whose call it is', () => {
  const member = (...roles: [string, Role][]) => ({
    memberships: roles.map(([organisation_id, role]) => ({ organisation_id, role })),
  })

  it('is answered by those asked, settled by those who ask, and read by the rest', () => {
    expect(sideOf(member(['hospital', 'clinician']), call())).toBe('asked')
    expect(sideOf(member(['hospital', 'manager']), call())).toBe('asked')
    expect(sideOf(member(['home', 'care_staff']), call())).toBe('asking')
    expect(sideOf(member(['home', 'care_staff'], ['hospital', 'clinician']), call())).toBe('asked')
    expect(sideOf(member(['bureau', 'regulator']), call())).toBeNull()
    expect(sideOf(member(['hospital', 'audit_admin']), call())).toBeNull()
    expect(sideOf(null, call())).toBeNull()
  })
})

describe('a stated time', () => {
  const now = at('2026-11-22T05:20:10.000Z')

  it('is read as Chinese time', () => {
    expect(statedMoment('2026-11-22T13:10', ASKED, now)).toBe('2026-11-22T05:10:00.000Z')
    expect(localMinute(now)).toBe('2026-11-22T13:20')
  })

  it('is never before the call, not even by the seconds that the field does not know', () => {
    expect(statedMoment('2026-11-22T13:06', ASKED, now)).toBe(ASKED)
    expect(statedMoment('2026-11-22T13:05', ASKED, now)).toBeNull()
  })

  it('is never to come', () => {
    expect(statedMoment('2026-11-22T13:20', ASKED, now)).toBe('2026-11-22T05:20:00.000Z')
    expect(statedMoment('2026-11-22T13:21', ASKED, now)).toBeNull()
    expect(statedMoment('', ASKED, now)).toBeNull()
  })
})
