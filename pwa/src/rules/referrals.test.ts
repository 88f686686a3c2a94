/** With the cases that the server's rules run too: tests/golden/referrals. */
import { describe, expect, it } from 'vitest'
import type { Direction, Referral, ReferralAct, ReferralState, ReferralStep } from '@/api/wire'
import says from '../../../tests/golden/referrals/says.json'
import states from '../../../tests/golden/referrals/states.json'
import words from '../../../tests/golden/referrals/words.json'
import {
  DECLINE_REASONS,
  DIRECTIONS,
  DONE_REASONS,
  OUTCOMES,
  followUpDue,
  promisedMinutes,
  runningOf,
  sayable,
  servedBy,
  sidesOf,
  stateOf,
  type Say,
  type Side,
} from './referrals'

interface StateCase {
  acts: ReferralAct[]
  state: ReferralState
}

interface SayCase {
  name: string
  sides: Side[]
  outside: boolean
  direction: Direction
  acts: ReferralAct[]
  says: Say[]
  never: Say[]
}

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
  it.each(states as StateCase[])('of $acts is $state, in whatever order', ({ acts, state }) => {
    expect(stateOf(acts)).toBe(state)
    expect(stateOf([...acts].reverse())).toBe(state)
  })
})

describe('what may be said next', () => {
  it.each(says as SayCase[])('by $name', ({ sides, outside, direction, acts, says: said, never }) => {
    const found = sayable(referral(acts, { direction, ...(outside && { receiver: null }) }), sides)
    expect(found).toEqual(said)
    expect(found.filter((each) => never.includes(each))).toEqual([])
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

it('uses the words that the server knows', () => {
  expect(DIRECTIONS).toEqual(words.directions)
  expect([DECLINE_REASONS, OUTCOMES, DONE_REASONS]).toEqual([words.decline_reasons, words.receivers_outcomes, words.done_reasons])
})

it.each(words.due)('obliges to follow up on $on by $due', ({ on, due }) => {
  expect(followUpDue(on)).toBe(due)
})

describe('who sends outside of a round, and what is promised', () => {
  const served = (id: string, starts: string, last_day: string, minutes?: number) => {
    const answers = minutes === undefined ? {} : { answers: { green_channel_emergency: minutes } }
    return { medical: { id, name: id }, starts, last_day, ...answers }
  }
  const agreements = [
    served('next', '2026-06-01', '2027-05-31', 10),
    served('clinic', '2026-02-01', '2026-12-31', 30),
    served('clinic', '2026-03-01', '2026-12-31', 20),
    served('other', '2026-03-01', '2026-12-31'),
  ]

  it('is whose agreement is in force, and its strictest limit', () => {
    expect(servedBy(agreements, '2026-05-12')?.id).toBe('clinic')
    expect(servedBy(agreements, '2026-01-12')).toBeNull()
    const minutes = (medical: string) => promisedMinutes(agreements, medical, 'green_channel_emergency', '2026-05-12')
    expect(['clinic', 'other', 'next'].map(minutes)).toEqual([20, null, null])
    expect(promisedMinutes(agreements, 'clinic', 'referral_up', '2026-05-12')).toBeNull()
  })
})
