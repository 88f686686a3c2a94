import { expect, it } from 'vitest'
import { adjustmentTarget, changesOf } from './adjustments'
import { publishedOf } from './standing.test-data'

const published = publishedOf()
const [changed, added] = published.adjustments

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

it('opens its window, or the commitment where there is no such page', () => {
  if (!changed) throw new Error('no adjustment')
  const commitment = { name: 'commitment', params: { id: 'k1' } }
  expect(adjustmentTarget(changed)).toEqual({ name: 'window', params: { id: 'k1', start: '2026-07-01' } })
  expect(adjustmentTarget({ ...changed, now: null })).toEqual(commitment)
  expect(adjustmentTarget({ ...changed, kind: 'on_demand' })).toEqual(commitment)
})
