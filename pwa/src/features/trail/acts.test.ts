import { describe, expect, it } from 'vitest'
import type { TrailEntry } from '@/api/wire'
import { knows } from '@/i18n/catalogue'
import { trail } from '@/i18n/messages/trail'
import { GROUPS, drill, wordsKey } from './acts'

function entry(tag: string, subject_id: string | null = 'x'): TrailEntry {
  return {
    id: 'e',
    at: '2026-05-12T01:30:00.000Z',
    tag,
    actor: null,
    session_id: null,
    organisation_id: 'h',
    other: null,
    subject_id,
    person: null,
    details: {},
    sealed: false,
    seq: null,
    digest: null,
  }
}

describe('an act of the trail', () => {
  it('has words in every group', () => {
    const tags = Object.values(GROUPS).flat()
    expect(tags.filter((tag) => !knows(trail, wordsKey(tag)))).toEqual([])
    expect(new Set(tags).size).toBe(tags.length)
    expect(Object.keys(GROUPS).filter((group) => !knows(trail, `group_${group}`))).toEqual([])
  })

  it('opens what it was done to, for whoever may see that', () => {
    const all = () => true
    expect(drill(entry('record.amended'), all)).toEqual({ name: 'record', params: { id: 'x' } })
    expect(drill(entry('round.checked_in'), all)).toEqual({ name: 'record', params: { id: 'x' } })
    expect(drill(entry('entry.repaired'), all)).toEqual({ name: 'received-entry', params: { id: 'x' } })
    expect(drill(entry('period.published'), all)).toEqual({ name: 'published-period', params: { id: 'x' } })
  })

  it('shows all that was done to it where there is no page, or none for this reader', () => {
    const everything = { name: 'trail', query: { subject: 'x' } }
    expect(drill(entry('account.created'), () => true)).toEqual(everything)
    expect(drill(entry('record.amended'), (permission) => permission === 'ledger.repair')).toEqual(everything)
    expect(drill(entry('round.unlocked'), () => true)).toEqual(everything)
    expect(drill(entry('entry.dropped'), () => true)).toEqual(everything)
    expect(drill(entry('account.sign_in', null), () => true)).toBeNull()
  })
})
