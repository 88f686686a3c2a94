import { describe, expect, it } from 'vitest'
import { line } from '@/rules/examples.test-data'
import { awaitsAnswer, sortedDisputes } from './mine'

const dispute = { by: '周', at: '2026-05-12T03:00:00Z', reason: 'not_done', text: null }
const mine = { performer: { id: 'me', name: '陈' }, state: 'disputed' as const, dispute }

describe('disputes of my records', () => {
  it('wait for my answer until I gave one', () => {
    expect(awaitsAnswer(line(mine), 'me')).toBe(true)
    expect(awaitsAnswer(line({ ...mine, answer: dispute }), 'me')).toBe(false)
    expect(awaitsAnswer(line(mine), 'somebody')).toBe(false)
    expect(awaitsAnswer(line({ ...mine, state: 'confirmed' }), 'me')).toBe(false)
  })

  it('come oldest first, those I answered apart', () => {
    const lines = [
      line({ ...mine, id: 'b', made_at: '2026-05-12T02:00:00Z' }),
      line({ ...mine, id: 'a', made_at: '2026-05-12T01:00:00Z' }),
      line({ ...mine, id: 'c', answer: dispute }),
      line({ ...mine, id: 'd', performer: { id: 'other', name: '李' } }),
      line({ ...mine, id: 'e', state: 'void' }),
    ]
    const { open, answered } = sortedDisputes(lines, 'me')
    expect(open.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(answered.map(({ id }) => id)).toEqual(['c'])
  })
})
