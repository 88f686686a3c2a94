/** What was typed and not saved yet, so that a reload in the middle of it loses nothing. */
import type { Uuid } from '@/api/wire'
import { current } from './account'

/**
 * What is being written: a new record, the content of one that waits (`edit`) or was refused (`fix`), a
 * correction of one that was sent (`amend`), or the note of the check-out.
 */
export type DraftMode = 'new' | 'edit' | 'fix' | 'amend' | 'note'

/** Which draft: two forms of the same resident and service are different drafts unless all of this is equal. */
export interface DraftKey {
  roundId: Uuid
  service: string
  subject: Uuid | null
  mode: DraftMode
  /** The entry or line that is changed; null for what is new. */
  target: Uuid | null
}

/** Once a round is closed nothing new is added to it; what it recorded may still be corrected. */
const ENDS_WITH_ROUND: readonly DraftMode[] = ['new', 'note']

/** A new record's key is as it was before there were modes, so that drafts on phones are still found. */
function keyOf({ roundId, service, subject, mode, target }: DraftKey): string {
  const parts = [roundId, service, subject ?? '']
  return (mode === 'new' ? parts : [...parts, mode, target ?? '']).join('|')
}

function parsed(key: string): DraftKey {
  const [roundId = '', service = '', subject = '', mode = 'new', target = ''] = key.split('|')
  return { roundId, service, subject: subject || null, mode: mode as DraftMode, target: target || null }
}

export async function readDraft(key: DraftKey): Promise<Record<string, unknown> | null> {
  const draft = await current.value?.db.get('drafts', keyOf(key))
  return draft?.typed ?? null
}

export async function saveDraft(key: DraftKey, typed: Record<string, unknown>): Promise<void> {
  // A proxy of the screen cannot be cloned into the database.
  const plain = JSON.parse(JSON.stringify(typed)) as Record<string, unknown>
  await current.value?.db.put('drafts', {
    key: keyOf(key),
    round_id: key.roundId,
    typed: plain,
    saved_at: Date.now(),
  })
}

export async function dropDraft(key: DraftKey): Promise<void> {
  await current.value?.db.delete('drafts', keyOf(key))
}

/** Drops what ends with the round; corrections of what it recorded stay. */
export async function dropDrafts(roundId: Uuid): Promise<void> {
  const db = current.value?.db
  if (!db) return
  const keys = await db.getAllKeysFromIndex('drafts', 'round_id', roundId)
  const ended = keys.filter((key) => ENDS_WITH_ROUND.includes(parsed(key).mode))
  await Promise.all(ended.map((key) => db.delete('drafts', key)))
}

/** Half-filled new records of a round, newest first. */
export async function draftsOf(roundId: Uuid): Promise<DraftKey[]> {
  const drafts = (await current.value?.db.getAllFromIndex('drafts', 'round_id', roundId)) ?? []
  return drafts
    .sort((left, right) => right.saved_at - left.saved_at)
    .map(({ key }) => parsed(key))
    .filter(({ mode }) => mode === 'new')
}
