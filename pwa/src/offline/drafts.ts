/** Half-filled forms, so that a reload in the middle of one loses nothing. */
import type { Uuid } from '@/api/wire'
import { current } from './account'

const keyOf = (roundId: Uuid, service: string, subject: Uuid | null) =>
  `${roundId}|${service}|${subject ?? ''}`

export async function readDraft(
  roundId: Uuid,
  service: string,
  subject: Uuid | null,
): Promise<Record<string, unknown> | null> {
  const draft = await current.value?.db.get('drafts', keyOf(roundId, service, subject))
  return draft?.typed ?? null
}

export async function saveDraft(
  roundId: Uuid,
  service: string,
  subject: Uuid | null,
  typed: Record<string, unknown>,
): Promise<void> {
  // A proxy of the screen cannot be cloned into the database.
  const plain = JSON.parse(JSON.stringify(typed)) as Record<string, unknown>
  await current.value?.db.put('drafts', {
    key: keyOf(roundId, service, subject),
    round_id: roundId,
    typed: plain,
    saved_at: Date.now(),
  })
}

export async function dropDraft(roundId: Uuid, service: string, subject: Uuid | null): Promise<void> {
  await current.value?.db.delete('drafts', keyOf(roundId, service, subject))
}

export async function dropDrafts(roundId: Uuid): Promise<void> {
  const db = current.value?.db
  if (!db) return
  const keys = await db.getAllKeysFromIndex('drafts', 'round_id', roundId)
  await Promise.all(keys.map((key) => db.delete('drafts', key)))
}

/** Drafts of a round, newest first, as `service|subject` parts. */
export async function draftsOf(roundId: Uuid): Promise<{ service: string; subject: Uuid | null }[]> {
  const drafts = (await current.value?.db.getAllFromIndex('drafts', 'round_id', roundId)) ?? []
  return drafts
    .sort((left, right) => right.saved_at - left.saved_at)
    .map(({ key }) => {
      const [, service = '', subject = ''] = key.split('|')
      return { service, subject: subject || null }
    })
}
