/**
 * A colleague's round with the author in it, as it is shown until the server's own comes. The colleague may not have
 * sent it yet: what the scanned code says is all that is known of it then. Pure.
 */
import type { EntryOf, Institution, Round, Uuid } from '@/api/wire'
import { dayIn } from '@/rules/days'
import { joinGrade, parseRoundCode } from '@/rules/roundCode'

interface Here {
  institution: Institution
  author: { id: Uuid; name: string }
  /** The server's clock minus the phone's, ms. */
  skewMs: number
}

/** Null where there is nothing to add: the code is none, or the author is in the round already. */
export function withMe(known: Round | undefined, entry: EntryOf<'join'>, here: Here): Round | null {
  const code = parseRoundCode(entry.payload.token)
  if (!code) return null
  const round = known ?? roundOfCode(entry, here.institution, code.checkedInAt)
  if (round.participants.some(({ id }) => id === here.author.id)) return null
  const { position } = entry.payload
  const { grade, reasons } = joinGrade({
    roundId: entry.round_id,
    roundGrade: round.grade,
    checkedInAt: Date.parse(round.checked_in_at),
    checkedOutAt: round.checked_out_at === null ? null : Date.parse(round.checked_out_at),
    code,
    capturedAt: Date.parse(entry.at) + here.skewMs,
    institution: here.institution,
    fix: position,
  })
  const shown = { grade, grade_reasons: reasons, distance_m: null, accuracy_m: position?.accuracy_m ?? null }
  return { ...round, participants: [...round.participants, { ...here.author, ...shown, at: entry.at }] }
}

function roundOfCode(entry: EntryOf<'join'>, institution: Institution, checkedInAt: number): Round {
  return {
    id: entry.round_id,
    institution_id: institution.id,
    medical: institution.agreements[0]?.medical ?? { id: '', name: '' },
    clinician: { id: '', name: '' },
    participants: [],
    status: 'open',
    on: dayIn(institution.timezone, checkedInAt),
    checked_in_at: new Date(checkedInAt).toISOString(),
    checked_out_at: null,
    minutes: null,
    method: 'manual',
    manual_reason: null,
    manual_text: null,
    grade: 'D',
    grade_reasons: [],
    distance_m: null,
    accuracy_m: null,
    out_distance_m: null,
    received_at: entry.at,
    no_signal: false,
    note: null,
    device_name: '',
  }
}
