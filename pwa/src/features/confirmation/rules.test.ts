import { describe, expect, it } from 'vitest'
import type { LocalLine, LocalRound, OutboxEntry } from '@/offline'
import { answeredAnew, arrivedLate, byService, isOpenToWord, isOverdue, refusalsOf, remaining, seen, sortedOut, tookPart } from './rules'

const round = {
  id: 'r1',
  checked_in_at: '2026-11-22T01:00:00Z',
  received_at: '2026-11-22T01:02:00Z',
  status: 'closed',
  clinician: { id: 'doctor', name: '王医生' },
  participants: [{ id: 'nurse', name: '周护士' }],
} as LocalRound

function line(id: string, change: Partial<LocalLine> = {}): LocalLine {
  const plain = { id, round_id: 'r1', service: 'blood_pressure', state: 'pending', version: 1, made_at: '2026-11-22T01:10:00Z', rulings: [] }
  return { ...plain, performer: { id: 'doctor', name: '王医生' }, ...change } as LocalLine
}

describe('what waits for confirmation', () => {
  it('is a round with a pending line; the latest comes first', () => {
    const later = { ...round, id: 'r2', checked_in_at: '2026-11-23T01:00:00Z' } as LocalRound
    const settled = { ...round, id: 'r3' } as LocalRound
    const lines = [line('a'), line('b', { round_id: 'r2' }), line('c', { round_id: 'r3', state: 'confirmed' })]
    const { open, done } = sortedOut([round, settled, later], lines)
    expect(open.map((each) => each.round.id)).toEqual(['r2', 'r1'])
    expect(done.map((each) => each.round.id)).toEqual(['r3'])
  })

  it('does not list a round of which only void lines are left', () => {
    const { open, done } = sortedOut([round], [line('a', { state: 'void' })])
    expect([open, done]).toEqual([[], []])
  })

  it('is overdue after seven days of silence, counted from its arrival', () => {
    const [summary] = sortedOut([round], [line('a')]).open
    if (!summary) throw new Error('nothing open')
    const arrived = Date.parse(round.received_at)
    expect(isOverdue(summary, arrived + 7 * 86_400_000)).toBe(false)
    expect(isOverdue(summary, arrived + 7 * 86_400_000 + 1)).toBe(true)
  })

  it('is all that is pending, but not the visit before its check-out', () => {
    const visit = line('r1', { service: 'round' })
    const lines = [visit, line('a'), line('b', { state: 'disputed' }), line('c', { state: 'void' })]
    expect(remaining(lines, round).map(({ id }) => id)).toEqual(['r1', 'a'])
    expect(remaining(lines, { ...round, status: 'open' }).map(({ id }) => id)).toEqual(['a'])
  })
})

describe('who may say something', () => {
  it('is nobody who took part, as clinician or as performer of a line', () => {
    expect(tookPart(round, [], 'doctor')).toBe(true)
    expect(tookPart(round, [line('a', { performer: { id: 'nurse', name: '' } })], 'nurse')).toBe(true)
    expect(tookPart(round, [line('a')], 'staff')).toBe(false)
  })

  it('of a settled line is anyone else, of a void one nobody', () => {
    expect(isOpenToWord(line('a', { state: 'confirmed' }), round)).toBe(true)
    expect(isOpenToWord(line('a', { state: 'void' }), round)).toBe(false)
  })
})

describe('a round on the screen', () => {
  it('groups its lines by service in the order of the work, without the visit', () => {
    const lines = [
      line('r1', { service: 'round' }),
      line('b', { service: 'capillary_glucose', made_at: '2026-11-22T01:20:00Z' }),
      line('a'),
      line('c', { made_at: '2026-11-22T01:30:00Z' }),
    ]
    expect(byService(lines).map((group) => [group.service, group.lines.map(({ id }) => id)])).toEqual([
      ['blood_pressure', ['a', 'c']],
      ['capillary_glucose', ['b']],
    ])
  })

  it('says how late it arrived only when it was late', () => {
    expect(arrivedLate(round)).toBeNull()
    expect(arrivedLate({ ...round, received_at: '2026-11-22T04:00:00Z' })).toBe('2026-11-22T04:00:00Z')
  })

  it('confirms the version that was seen', () => {
    expect(seen(line('a', { version: 3 }))).toEqual({ line_id: 'a', version: 3 })
  })
})

describe('what the server did not take', () => {
  function refused(id: string, code: string, lines: string[], change: Partial<OutboxEntry> = {}): OutboxEntry {
    const payload = { lines: lines.map((line_id) => ({ line_id, version: 1 })) }
    const entry = { id, kind: 'confirm', round_id: 'r1', payload }
    return { id, entry, state: 'refused', handled: null, answer: { code, message: code }, ...change } as OutboxEntry
  }

  it('is said once for each reason, with its lines', () => {
    const items = [
      refused('1', 'stale_version', ['a']),
      refused('2', 'own_round', ['b']),
      refused('3', 'stale_version', ['c']),
      refused('4', 'stale_version', ['d'], { state: 'stored' }),
      refused('5', 'stale_version', ['e'], { handled: { how: 'set_aside', by: null, at: 0 } }),
    ]
    expect(refusalsOf(items, 'r1').map(({ code, entries, lines }) => [code, entries, lines])).toEqual([
      ['stale_version', ['1', '3'], ['a', 'c']],
      ['own_round', ['2'], ['b']],
    ])
    expect(refusalsOf(items, 'r2')).toEqual([])
  })

  it('is settled by answering for all of its lines anew', () => {
    const items = [refused('1', 'stale_version', ['a']), refused('2', 'stale_version', ['a', 'b'])]
    expect(answeredAnew(items, 'r1', [line('a', { version: 2 })])).toEqual(['1'])
    expect(answeredAnew(items, 'r1', [line('a'), line('b')])).toEqual(['1', '2'])
  })
})
