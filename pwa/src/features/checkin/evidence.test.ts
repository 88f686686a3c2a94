import { describe, expect, it } from 'vitest'
import { raiseWords } from './raiseWords'
import { positionOf } from './useFix'
import { cameraProblem } from './useScanner'

describe('the position an entry carries', () => {
  it('is the fix, its accuracy to a tenth of a metre', () => {
    const fix = { latitude: 30.27, longitude: 120.15, accuracy_m: 23.456 }
    expect(positionOf({ kind: 'fixed', fix })).toEqual({
      position: { latitude: 30.27, longitude: 120.15, accuracy_m: 23.5, datum: 'WGS-84' },
      position_problem: null,
    })
  })
  it('is absent with the reason', () => {
    expect(positionOf({ kind: 'failed', problem: 'denied' })).toEqual({ position: null, position_problem: 'denied' })
  })
  it('came too late for somebody who did not wait', () => {
    expect(positionOf({ kind: 'asking' })).toEqual({ position: null, position_problem: 'timeout' })
  })
})

it.each([
  ['NotAllowedError', 'refused'],
  ['SecurityError', 'refused'],
  ['NotFoundError', 'none'],
  ['OverconstrainedError', 'none'],
  ['NotReadableError', 'busy'],
  ['AbortError', 'busy'],
])('a camera that says %s is %s', (name, problem) => {
  expect(cameraProblem(new DOMException('', name))).toBe(problem)
})

it('in the browser of another app a refusal is the app’s', () => {
  expect(cameraProblem(new DOMException('', 'NotAllowedError'), true)).toBe('in_app')
  expect(cameraProblem(new DOMException('', 'NotReadableError'), true)).toBe('busy')
})

it.each([
  [2000, ['raise_scan_poster', 'raise_move_closer']],
  [34_000, ['raise_scan_poster', 'raise_check_place']],
])('at %i m from the institution it says %j', (distance_m, words) => {
  expect(raiseWords({ raise: ['scan_poster', 'move_closer'], distance_m })).toEqual(words)
})
