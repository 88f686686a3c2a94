import { describe, expect, it } from 'vitest'
import type { Referral, ReferralAct, ReferralStep } from '@/api/wire'
import { followUpDue, runningOf, sayable, sidesOf, stateOf, type Say, type Side } from './referrals'

function step(act: ReferralAct): ReferralStep {
  const at = '2026-05-12T02:00:00.000Z'
  const nothing = { reason: null, outcome: null, text: null, name: null, relation: null }
  return { id: act, act, at, received_at: at, by: '李', ...nothing }
}

function referral(acts: ReferralAct[] = [], changes: Partial<Referral> = {}): Referral {
  const named = (id: string) => ({ id, name: id })
  return {
    id: 'r',
    institution_id: 'home',
    institution: named('home'),
    sender: named('clinic'),
    receiver: named('hospital'),
    subject: { id: 'ada', name: '王秀英', bed: '1', sex: 'female', born: '1945-03-02' },
    service: 'green_channel_emergency',
    direction: 'green_channel',
    form: {},
    reading: null,
    from_id: null,
    state: stateOf(acts),
    counts: false,
    requested_at: '2026-05-12T01:30:00.000Z',
    requested_by: '李',
    asked_at: '2026-05-12T01:30:00.000Z',
    answered_at: null,
    limit_minutes: 30,
    limit_at: '2026-05-12T02:00:00.000Z',
    steps: acts.map(step),
    ...changes,
  }
}

describe('the state', () => {
  it.each([
    [[], 'requested'],
    [['accept'], 'accepted'],
    [['depart', 'accept'], 'departed'],
    [['close', 'arrive', 'accept', 'depart'], 'closed'],
    [['decline'], 'declined'],
    [['family'], 'requested'],
    [['close', 'void'], 'void'],
  ] as const)('of %j is %s, in whatever order', (acts, state) => {
    expect(stateOf(acts)).toBe(state)
    expect(stateOf([...acts].reverse())).toBe(state)
  })
})

describe('what may be said next', () => {
  it.each<[Side[], ReferralAct[], Say[]]>([
    [['receiver'], [], ['accept', 'decline', 'arrive', 'close', 'family']],
    [['receiver'], ['accept'], ['arrive', 'close', 'family']],
    [['receiver'], ['depart'], ['accept', 'arrive', 'close', 'family']],
    [['sender'], [], ['depart', 'arrive', 'withdraw', 'family']],
    [['care'], ['accept', 'depart'], ['arrive', 'family']],
    [['receiver'], ['accept', 'arrive', 'close'], ['back', 'family']],
    [['sender'], ['decline'], ['family']],
    [['sender'], ['void'], []],
    [[], [], []],
  ])('by %j after %j is %j', (sides, acts, says) => {
    expect(sayable(referral(acts), sides)).toEqual(says)
  })

  it('is the sender’s for a hospital outside', () => {
    expect(sayable(referral([], { receiver: null }), ['sender'])).toContain('accept')
  })

  it('depends on where one works with patients', () => {
    const me = { memberships: [{ organisation_id: 'hospital', role: 'manager' }, { organisation_id: 'home', role: 'care_staff' }] }
    expect(sidesOf(me, referral())).toEqual(['care'])
  })
})

describe('the running time', () => {
  const limit = Date.parse('2026-05-12T02:00:00.000Z')
  it.each([
    ['waiting', {}, limit],
    ['late', {}, limit + 1],
    ['open', { limit_at: null }, limit + 1],
    ['answered', { answered_at: '2026-05-12T02:00:00.000Z' }, limit + 9],
    ['missed', { answered_at: '2026-05-12T02:00:00.001Z' }, limit + 9],
  ])('is %s', (running, changes, now) => {
    expect(runningOf(referral([], changes), now)).toBe(running)
  })
})

it('gives two weeks to follow up', () => {
  expect(followUpDue('2026-05-31')).toBe('2026-06-14')
})
