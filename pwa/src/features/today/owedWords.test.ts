import { expect, it } from 'vitest'
import { owed, resident } from '@/rules/examples.test-data'
import { summarise, worklist } from '@/rules/worklist'
import { sectionsOf, wordForRest } from './owedWords'

const facts = (rows: ReturnType<typeof owed>[]) => ({
  institutionId: 'home',
  today: '2026-11-22',
  owed: rows,
  residents: [resident({ id: 'a', bed: '1' }), resident({ id: 'b', bed: '2' })],
  lines: [],
  canLog: () => true,
})

it('counts the same today as the list of institutions, the rest apart', () => {
  const given = facts([
    owed({ id: '1', subject_id: 'a' }),
    owed({ id: '2', subject_id: 'b', min_gap_days: 30, last_counted_on: '2026-11-20' }),
  ])
  const [here, later] = sectionsOf(worklist(given))
  const count = (groups = here?.groups) => groups?.map(({ key, tasks }) => ({ service: key, count: tasks.length }))
  expect(count()).toEqual(summarise(given).services)
  expect(later).toMatchObject({ title: 'owed_later', groups: [{ key: 'blood_pressure' }] })
  expect(later?.groups[0]?.tasks.map((task) => task.subject?.id)).toEqual(['b'])
})

it.each([
  ['nothing_owed', []],
  ['not_urgent', [owed({ deadline: '2026-12-07', end: '2026-12-07' })]],
  ['institution_owed', [owed({ deadline: '2026-11-22', end: '2026-11-22' })]],
  ['institution_owed', [owed({ deadline: '2026-12-07', end: '2026-11-20' })]],
])('says %s where no resident is owed anything', (word, rows) => {
  expect(wordForRest(summarise(facts(rows)), '2026-11-22')).toBe(word)
})
