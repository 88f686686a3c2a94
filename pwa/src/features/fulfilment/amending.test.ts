import { expect, it } from 'vitest'
import { Refused, Unreached } from '@/api/client'
import { countBefore, daysFrom, fieldWords, publishedUntil } from './amending'

const terms = [
  { from: '2026-01-01', count: 1 },
  { from: '2026-06-01', count: 3 },
]

it('names the count that a term replaces', () => {
  const before = (from: string): number => countBefore({ terms }, { from })
  expect(['2025-12-31', '2026-01-01', '2026-01-02', '2026-06-01', '2026-06-02'].map(before)).toEqual([0, 0, 1, 1, 3])
})

it('counts first and last day', () => {
  expect(daysFrom('2026-06-01', '2026-06-01')).toBe(1)
  expect(daysFrom('2026-02-27', '2026-03-01')).toBe(3)
})

it('says by field what the server refused', () => {
  const refused = new Refused(422, 'invalid', '', [
    { path: 'terms[0].from', code: 'before_notice' },
    { path: 'given_on', code: 'in_the_future' },
    { path: 'terms', code: 'something_new' },
  ])
  expect(fieldWords(refused)).toEqual({ from: 'before_notice', given_on: 'in_the_future', terms: 'not_valid' })
  expect(fieldWords(new Unreached('network'))).toEqual({})
  expect(fieldWords(null)).toEqual({})
})

it('knows the last day that is published', () => {
  expect(publishedUntil(new Refused(409, 'conflict', '', [], { reason: 'published', last: '2026-04-30' }))).toBe('2026-04-30')
  expect(publishedUntil(new Refused(409, 'conflict', '', [], { reason: 'cannot_sign_signed' }))).toBeNull()
})
