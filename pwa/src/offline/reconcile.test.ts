import { expect, it } from 'vitest'
import { held, readPage, wordsOf } from './mini.test-data'
import { reconcile } from './reconcile'

const FIRST = 'h1 r1@h1 o1@h1 v1@h1 l1@h1 h2 r2@h2'

it.each([
  ['rows are put', [FIRST], 'h1 h2 l1@h1 o1@h1 r1@h1 r2@h2 v1@h1'],
  ['a newer row replaces', [FIRST, 'r1=兰@h1'], 'h1 h2 l1@h1 o1@h1 r1=兰@h1 r2@h2 v1@h1'],
  ['removals go by id', [FIRST, '-r1 -o1 -l1 -v1'], 'h1 h2 r2@h2'],
  ['a removal of something unknown is nothing', [FIRST, '-r9'], 'h1 h2 l1@h1 o1@h1 r1@h1 r2@h2 v1@h1'],
  [
    'what a page removes and carries stays',
    [FIRST, '-r1 r1=新@h1'],
    'h1 h2 l1@h1 o1@h1 r1=新@h1 r2@h2 v1@h1',
  ],
  ['a forgotten institution takes all its rows', [FIRST, 'forget:h1'], 'h2 r2@h2'],
  ['forgetting an unknown one is nothing', [FIRST, 'forget:h9'], 'h1 h2 l1@h1 o1@h1 r1@h1 r2@h2 v1@h1'],
  ['a snapshot replaces all of its institution', [FIRST, 'snap:h1 h1 r3@h1'], 'h1 h2 r2@h2 r3@h1'],
  ['a snapshot on several pages adds up', [FIRST, 'snap:h1 h1 r3@h1', 'r4@h1'], 'h1 h2 r2@h2 r3@h1 r4@h1'],
  ['forgotten and gained again', [FIRST, 'forget:h1', 'snap:h1 h1 r1@h1'], 'h1 h2 r1@h1 r2@h2'],
  ['a resident who moved between institutions stays', [FIRST, 'snap:h1 h1', 'r1@h2'], 'h1 h2 r1@h2 r2@h2'],
  ['the same page twice changes nothing', [FIRST, FIRST], 'h1 h2 l1@h1 o1@h1 r1@h1 r2@h2 v1@h1'],
])('%s', (_, pages, after) => {
  expect(wordsOf(held(...pages))).toBe(after)
})

it('tells the store exactly what to remove', () => {
  const changes = reconcile(held(FIRST), readPage('snap:h1 h1 r1@h1 -r2'))
  expect(changes.residents).toMatchObject({ put: [{ id: 'r1' }], remove: ['r2'] })
  expect(changes.institutions.remove).toEqual([])
  expect(changes.lines.remove).toEqual(['l1'])
})

it('keeps the map of a store that did not change', () => {
  const before = held(FIRST)
  const after = held(FIRST, '')
  expect(after).not.toBe(before)
  expect([...after.residents]).toEqual([...before.residents])
})
