import { expect, it } from 'vitest'
import type { Institution } from '@/api/wire'
import { institution, owed } from '@/rules/examples.test-data'
import { VISIT } from '@/rules/facts'
import { comingRounds, type PlanFacts } from './coming'

const medical = { id: 'clinic', name: '城关卫生院' }
const visits = [{ id: 'c', title: { zh: '每周巡诊', en: 'Weekly round' } }]
const agreement = { id: 'a', number: '1', medical, visits, starts: '2026-01-01', last_day: '2026-12-31', rounds: ['2026-05-26', '2026-05-19'] }
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
  return comingRounds(facts).map(({ on, medical: by, promises }) => [on, by, promises.map(({ number }) => number)])
}

it('comes on the weekday of the latest rounds, the next first', () => {
  expect(coming({ owed: [next, weekly] })).toEqual([
    ['2026-06-02', '城关卫生院', [1]],
    ['2026-06-09', '城关卫生院', [1]],
  ])
})

it('knows of a round that has not been sent, and keeps the distance that counts', () => {
  const done = { ...weekly, need: 0, min_gap_days: 10 }
  const rounds = [{ institution_id: 'home', medical, on: '2026-06-01' }]
  expect(coming({ owed: [done, { ...next, min_gap_days: 10 }], rounds })).toEqual([['2026-06-11', '城关卫生院', [1]]])
})

it('is one visit where two clauses ask for the same day, and names both in their order', () => {
  const both = [...visits, { id: 'other', title: { zh: '专家查房', en: 'Expert round' } }]
  const asked = { institutions: [institution({ id: 'home', agreements: [{ ...agreement, visits: both }] })], rounds: [], dayAt: () => '2026-06-01' }
  const [visit, ...more] = comingRounds({ ...asked, owed: [{ ...weekly, id: 'x', commitment_id: 'other' }, weekly] })
  expect(more).toEqual([])
  expect(visit?.promises.map(({ title }) => title?.zh)).toEqual(['每周巡诊', '专家查房'])
})

it('leaves out visits to residents, what is over, and what is far ahead', () => {
  const far = { ...weekly, start: '2026-07-01', end: '2026-07-31', deadline: '2026-07-31' }
  const over = { ...weekly, start: '2026-05-01', end: '2026-05-31', deadline: '2026-05-31' }
  expect(coming({ owed: [{ ...weekly, subject_id: 'ada' }, far, over] })).toEqual([])
})

it('says what is late under an agreement that ended, and until when it counts', () => {
  const ended = institution({ id: 'home', agreements: [{ ...agreement, last_day: '2026-05-31' }] })
  const late = { ...weekly, start: '2026-05-25', end: '2026-05-31', deadline: '2026-06-05' }
  const found = comingRounds({ institutions: [ended], owed: [late], rounds: [], dayAt: () => '2026-06-01' })
  expect(found).toMatchObject([{ on: '2026-06-01', medical: '城关卫生院', lateUntil: '2026-06-05' }])
})

it('goes on with what an older version of the app kept', () => {
  const bare = institution({ id: 'home', agreements: [] })
  expect(coming({ institutions: [bare], owed: [weekly] })).toEqual([['2026-06-04', null, [1]]])
})
