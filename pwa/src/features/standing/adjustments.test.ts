import { expect, it } from 'vitest'
import { changesOf } from './adjustments'
import { publishedOf } from './standing.test-data'

const [changed, added] = publishedOf().adjustments

it('names the figures that differ, and no others', () => {
  expect(changed && changesOf(changed)).toEqual([{ figure: 'confirmed', before: 2, now: 3 }])
})

it('of a new or lost window names what it promises and what is not 0', () => {
  expect(added && changesOf(added)).toEqual([
    { figure: 'promised', before: null, now: 4 },
    { figure: 'confirmed', before: null, now: 2 },
    { figure: 'reported', before: null, now: 3 },
  ])
  const none = { promised: 0, confirmed: 0, confirmed_late: 0, confirmed_excused: 0, reported: 0, reported_excused: 0 }
  expect(added && changesOf({ ...added, frozen: none, now: null })).toEqual([{ figure: 'promised', before: 0, now: null }])
})
