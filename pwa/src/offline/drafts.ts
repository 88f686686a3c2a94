/** What was typed and not saved yet, so that a reload in the middle of it loses nothing. */
import type { Uuid } from '@/api/wire'
import { current, vault } from './state'

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

const place = (key: string) => `draft|${key}`

let writing: Promise<unknown> = Promise.resolve()

export async function readDraft(key: DraftKey): Promise<Record<string, unknown> | null> {
  // Whoever saved hears of a failure; here it only says that the writing is over.
  await writing.catch(() => undefined)
  const opened = vault.value
  const draft = await current.value?.db.get('drafts', keyOf(key))
  if (!draft || !opened) return null
  return (await opened.open(draft.content, place(draft.key))) as Record<string, unknown>
}

/** One after another: encrypting takes a moment, and the last one typed must win. */
function inTurn<T>(write: () => Promise<T>): Promise<T> {
  const turn = writing.then(write, write)
  writing = turn
  return turn
}

/** Runs a write that takes the draft of this name out together with something else, once what was typed is saved. */
export function takingOut<T>(key: DraftKey | undefined, write: (name?: string) => Promise<T>): Promise<T> {
  return key ? inTurn(() => write(keyOf(key))) : write()
}

export async function saveDraft(key: DraftKey, typed: Record<string, unknown>): Promise<void> {
  const [account, opened] = [current.value, vault.value]
  if (!account || !opened) return
  const name = keyOf(key)
  // As it is now: what is typed while it is encrypted is saved by the next call.
  const plain = JSON.parse(JSON.stringify(typed)) as Record<string, unknown>
  await inTurn(async () => {
    const content = await opened.close(plain, place(name))
    if (vault.value !== opened) return
    await account.db.put('drafts', { key: name, round_id: key.roundId, content, saved_at: Date.now() })
  })
}

export async function dropDraft(key: DraftKey): Promise<void> {
  const db = current.value?.db
  if (db) await inTurn(() => db.delete('drafts', keyOf(key)))
}

/** Drops what ends with the round; corrections of what it recorded stay. */
export async function dropDrafts(roundId: Uuid): Promise<void> {
  const db = current.value?.db
  if (!db) return
  const keys = await db.getAllKeysFromIndex('drafts', 'round_id', roundId)
  const ended = keys.filter((key) => ENDS_WITH_ROUND.includes(parsed(key).mode))
  await inTurn(async () => {
    await Promise.all(ended.map((key) => db.delete('drafts', key)))
  })
}

/** Half-filled new records of a round, newest first. */
export async function draftsOf(roundId: Uuid): Promise<DraftKey[]> {
  const drafts = (await current.value?.db.getAllFromIndex('drafts', 'round_id', roundId)) ?? []
  return drafts
    .sort((left, right) => right.saved_at - left.saved_at)
    .map(({ key }) => parsed(key))
    .filter(({ mode }) => mode === 'new')
}
