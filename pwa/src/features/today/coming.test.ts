import { expect, it } from 'vitest'
import type { Institution } from '@/api/wire'
import { institution, owed } from '@/rules/examples.test-data'
import { VISIT } from '@/rules/facts'
import { comingRounds, type PlanFacts } from './coming'

const medical = { id: 'clinic', name: '城关卫生院' }
const agreement = { id: 'a', number: '1', medical, starts: '2026-01-01', last_day: '2026-12-31', rounds: ['2026-05-26', '2026-05-19'] }
const home: Institution = institution({ id: 'home', agreements: [agreement] })
const weekly = owed({
  id: 'w1',
  institution_id: 'home',
  agreement_id: 'a',
  commitment_id: 'c',
  services: [VISIT],
  subject_id: null,
  start: '2026-06-01',
  end: '2026-06-07',
  deadline: '2026-06-07',
  promised: 1,
  need: 1,
  min_gap_days: 1,
})
const next = { ...weekly, id: 'w2', start: '2026-06-08', end: '2026-06-14', deadline: '2026-06-14' }

function coming(changes: Partial<PlanFacts> = {}) {
  const facts = { institutions: [home], owed: [weekly, next], rounds: [], dayAt: () => '2026-06-01', ...changes }
  return comingRounds(facts).map(({ on, medical: by, number }) => [on, by, number])
}

it('comes on the weekday of the latest rounds, the next first', () => {
  expect(coming({ owed: [next, weekly] })).toEqual([
    ['2026-06-02', '城关卫生院', 1],
    ['2026-06-09', '城关卫生院', 1],
  ])
})

it('knows of a round that has not been sent, and keeps the distance that counts', () => {
  const done = { ...weekly, need: 0, min_gap_days: 10 }
  const rounds = [{ institution_id: 'home', medical, on: '2026-06-01' }]
  expect(coming({ owed: [done, { ...next, min_gap_days: 10 }], rounds })).toEqual([['2026-06-11', '城关卫生院', 1]])
})

it('is one visit where two commitments ask for the same day', () => {
  expect(coming({ owed: [weekly, { ...weekly, id: 'x', commitment_id: 'other' }] })).toHaveLength(1)
})

it('leaves out visits to residents, what is over, and what is far ahead', () => {
  const far = { ...weekly, start: '2026-07-01', end: '2026-07-31', deadline: '2026-07-31' }
  const over = { ...weekly, start: '2026-05-01', end: '2026-05-31', deadline: '2026-05-31' }
  expect(coming({ owed: [{ ...weekly, subject_id: 'ada' }, far, over] })).toEqual([])
})

it('says what is late under an agreement that ended', () => {
  expect(coming({ institutions: [institution({ id: 'home', agreements: [] })], owed: [weekly] })).toEqual([['2026-06-04', null, 1]])
})
