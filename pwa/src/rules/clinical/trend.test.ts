import { expect, it } from 'vitest'
import { directionOf } from './trend'

const at = (form: Record<string, unknown>) => ({ on: '2026-06-01', form })

it.each([
  [150, 140, 'up'],
  [149, 140, 'steady'],
  [140, 149, 'steady'],
  [140, 150, 'down'],
  [140, 140, 'steady'],
])('from %i after %i: %s', (now, then, direction) => {
  expect(directionOf(at({ sbp: now, dbp: 80 }), at({ sbp: then, dbp: 95 }))).toBe(direction)
})

it.each([
  ['7.0', '6.0', 'fasting', 'up'],
  ['6.9', '6.0', 'fasting', 'steady'],
  ['6.0', '7.0', 'fasting', 'down'],
  ['9.0', '6.0', 'random', null],
])('glucose %s after a fasting %s, %s: %s', (now, then, timing, direction) => {
  expect(directionOf(at({ mmol: now, timing }), at({ mmol: then, timing: 'fasting' }))).toBe(direction)
})

it('says nothing without two numbers', () => {
  expect(directionOf(at({ sbp: 150 }), undefined)).toBeNull()
  expect(directionOf(at({ meter: 'HI', timing: 'random' }), at({ mmol: '6.0', timing: 'random' }))).toBeNull()
  expect(directionOf(at({}), at({}))).toBeNull()
})
