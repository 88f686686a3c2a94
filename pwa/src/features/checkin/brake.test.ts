import { expect, it } from 'vitest'
import { waitAfter } from './useBrake'

it('a few wrong short codes cost nothing, more of them ever longer, and none more than ten minutes', () => {
  expect([1, 4, 5, 6, 7, 9, 10, 50].map(waitAfter)).toEqual([0, 0, 30, 60, 120, 480, 600, 600])
})
