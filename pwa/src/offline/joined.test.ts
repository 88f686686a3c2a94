import { describe, expect, it } from 'vitest'
import type { EntryOf } from '@/api/wire'
import { institution, round } from '@/rules/examples.test-data'
import { roundCodeText } from '@/rules/roundCode'
import { STEP_MS } from '@/rules/rotatingToken'
import { withMe } from './joined'

const AT = '2026-11-22T02:00:00.000Z'
const ROUND = '0193a5b0-2222-7000-8000-000000000001'
const HOME = '0193a5b0-0000-7000-8000-00000000000a'
const began = Date.parse('2026-11-22T01:40:00.000Z')
const token = roundCodeText({ roundId: ROUND, step: Math.floor(Date.parse(AT) / STEP_MS), institutionId: HOME, checkedInAt: began })
const position = { latitude: 30, longitude: 120, accuracy_m: 12, datum: 'WGS-84' as const }
const entry = (change: object = {}): EntryOf<'join'> => ({
  id: 'entry',
  kind: 'join',
  round_id: ROUND,
  at: AT,
  elapsed_ms: null,
  payload: { institution_id: HOME, token, position, position_problem: null, ...change },
})
const here = { institution: institution({ id: HOME }), author: { id: 'me', name: '周' }, skewMs: 0 }

describe('a round that was joined', () => {
  it('is shown by its code while the colleague has not sent it', () => {
    expect(withMe(undefined, entry(), here)).toMatchObject({
      id: ROUND,
      institution_id: HOME,
      on: '2026-11-22',
      checked_in_at: '2026-11-22T01:40:00.000Z',
      status: 'open',
      participants: [{ id: 'me', grade: 'D', grade_reasons: ['joined_inside_fence'] }],
    })
  })
  it('is the one that is held, with its grade and the others in it', () => {
    const other = { id: 'other', name: '李', at: AT, grade: 'D' as const, grade_reasons: [], distance_m: null, accuracy_m: null }
    const held = round({ id: ROUND, grade: 'A', checked_in_at: new Date(began).toISOString(), participants: [other] })
    const shown = withMe(held, entry(), here)
    expect(shown?.participants.map(({ id, grade }) => [id, grade])).toEqual([
      ['other', 'D'],
      ['me', 'A'],
    ])
    expect(withMe(shown ?? undefined, entry(), here)).toBeNull()
  })
  it('is nothing without a code', () => {
    expect(withMe(undefined, entry({ token: 'AQ' }), here)).toBeNull()
  })
})
