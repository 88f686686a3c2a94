/** What the screen shows of a visit on a phone with a wrong clock, by the cases that the server's rules run too. */
import { describe, expect, it } from 'vitest'
import type { Entry, EntryOf, Kind, Payloads } from '@/api/wire'
import { institution } from '@/rules/examples.test-data'
import { newOutboxEntry, type OutboxEntry } from './outbox'
import { overlay } from './overlay'
import { nothingHeld } from './reconcile'
import golden from '../../../tests/golden/presence/clocks.json'

/** A smaller difference is the way of a request, not the clock. */
const BELIEVED_FROM_MS = 15_000
const NOWHERE = { position: null, position_problem: 'timeout' as const }

type Case = (typeof golden.cases)[number]

function said<K extends Kind>(kind: K, at: string, elapsed_ms: number | null, payload: Payloads[K]): OutboxEntry {
  const entry: EntryOf<K> = { id: `${kind === 'check_in' ? 1 : 2}`, kind, round_id: 'visit', at, elapsed_ms, payload }
  return newOutboxEntry('doctor', entry as Entry, 0)
}

function shown({ check_in, check_out, sent_at, received_at, timezone }: Case) {
  const none = { token: null, short_code: null, reason: 'poster_missing', reason_text: null, ...NOWHERE }
  const items = [
    said('check_in', check_in, 0, { institution_id: 'home', method: 'manual', ...none }),
    said('check_out', check_out.at, check_out.elapsed_ms, { ...NOWHERE, note: null }),
  ]
  const held = { ...nothingHeld(), institutions: new Map([['home', institution({ id: 'home', timezone })]]) }
  const measured = Date.parse(received_at) - Date.parse(sent_at)
  const skewMs = Math.abs(measured) < BELIEVED_FROM_MS ? 0 : measured
  const [round] = overlay(held, items, { id: 'doctor', name: '' }, null, Date.parse(sent_at), skewMs).rounds
  return { on: round?.on, minutes: round?.minutes }
}

describe('a visit on a phone whose clock is wrong', () => {
  it.each(golden.cases)('$name', (each) => {
    const { on, minutes } = each.expected
    expect(shown(each)).toEqual({ on, minutes })
  })
})
