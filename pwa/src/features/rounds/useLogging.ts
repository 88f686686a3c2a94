/**
 * Saving what a form says: a new record, a change of one that was not sent, or a corrected one for a refused
 * one.
 */
import type { Outcome, RecordPayload, Uuid } from '@/api/wire'
import { serviceName, useMessages } from '@/i18n'
import { rounds } from '@/i18n/messages/rounds'
import { enqueue, useOutbox, type Made, type OutboxEntry } from '@/offline'
import type { DraftKey, DraftMode } from '@/offline/drafts'
import type { Settles } from '@/offline/entries'
import { showToast } from '@/ui'
import { lineInWords } from './lineWords'
import { useKeep } from './useKeep'
import { useForms } from './useRound'
import type { Lateness } from './useLateReason'
import type { Submission } from './useFormEntry'

export interface Target {
  roundId: Uuid
  service: string
  residentId: Uuid | null
  who: string
  formVersion: number
}

/** The draft of what is logged; `of`: the entry that is changed or sent anew. */
function draftOf({ roundId, service, residentId }: Target, mode: DraftMode, of: Uuid | null = null): DraftKey {
  return { roundId, service, subject: residentId, mode, target: of }
}

/** What the form says, and why it comes so late where it does. */
export type Said = Submission & Lateness

export function useLogging() {
  const t = useMessages(rounds)
  const { keep } = useKeep()
  const { formFor } = useForms()
  const { rewrite } = useOutbox()

  function payloadOf(target: Target, outcome: Outcome, said: Said): RecordPayload {
    return {
      service: target.service,
      subject_id: target.residentId,
      outcome,
      form_version: target.formVersion,
      ...said,
    }
  }

  function inWords(target: Target, payload: RecordPayload): string {
    return `${target.who} ${serviceName(target.service)} ${lineInWords(payload, formFor(target.service)).main}`
  }

  /** Keeps a new record in the place of its draft. Its id, or null when nothing could be kept. */
  async function log(
    target: Target,
    outcome: Outcome,
    submission: Said,
    made?: Made,
    settles: Settles = { draft: draftOf(target, 'new') },
  ): Promise<Uuid | null> {
    const payload = payloadOf(target, outcome, submission)
    const said = t('saved', { what: inWords(target, payload) })
    const entry = await keep(
      () => enqueue('record', target.roundId, payload, made, settles),
      said,
      (kept) => kept.id,
    )
    return entry?.id ?? null
  }

  /** As `log`, where the screen itself says so and has a way back. */
  async function logQuietly(
    target: Target,
    outcome: Outcome,
    submission: Said,
  ): Promise<{ id: Uuid; words: string } | null> {
    const payload = payloadOf(target, outcome, submission)
    const settles = { draft: draftOf(target, 'new') }
    const entry = await keep(() => enqueue('record', target.roundId, payload, undefined, settles))
    return entry && { id: entry.id, words: inWords(target, payload) }
  }

  /** Changes a record that was not tried to be sent yet. False when it is too late for that. */
  async function change(
    id: Uuid,
    target: Target,
    outcome: Outcome,
    submission: Said,
  ): Promise<boolean> {
    const payload = payloadOf(target, outcome, submission)
    const done = await keep(() => rewrite<'record'>(id, payload, draftOf(target, 'edit', id)))
    showToast({ text: done ? t('saved', { what: inWords(target, payload) }) : t('too_late') })
    return done === true
  }

  /**
   * Sends a corrected record in place of a refused one: of the same moment, for the round may be closed by
   * now.
   */
  async function replace(
    refused: OutboxEntry,
    target: Target,
    outcome: Outcome,
    submission: Said,
  ): Promise<boolean> {
    const { at, elapsed_ms } = refused.entry
    const settles = { draft: draftOf(target, 'fix', refused.id), refused: refused.id }
    return (await log(target, outcome, submission, { at, elapsed_ms }, settles)) !== null
  }

  return { log, logQuietly, change, replace }
}
