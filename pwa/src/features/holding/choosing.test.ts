import { expect, it } from 'vitest'
import type { LocalRound } from '@/offline'
import { round } from '@/rules/examples.test-data'
import { inUse, rowsOf, ticked } from './choosing'

const sizes = [
  { id: 'h1', name: '颐养园', rows: 6000 },
  { id: 'h2', name: '松鹤居', rows: 5000 },
  { id: 'h3', name: '福寿苑', rows: 10 },
]
const me = { id: 'lin', name: '林医生' }
const at = (institution_id: string, values: Partial<LocalRound>): LocalRound => ({
  ...round({ id: institution_id, institution_id, clinician: me, status: 'closed' }),
  local: null,
  ...values,
})

it('keeps an institution with a round under way, or with what has not arrived', () => {
  const rounds = [
    at('h1', { status: 'open' }),
    at('h2', {}),
    at('h3', {}),
    at('h4', { status: 'open', clinician: { id: 'zhou', name: '周护士' } }),
  ]
  expect([...inUse(rounds, new Set(['h3']), 'lin')]).toEqual(['h1', 'h3'])
})

it('begins with what is held and what must stay, and counts it', () => {
  const first = ticked(sizes, ['h3', 'gone'], new Set(['h2']))
  expect(first).toEqual(['h2', 'h3'])
  expect(rowsOf(sizes, first)).toBe(5010)
})
