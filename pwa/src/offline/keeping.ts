/** From an entry as its author sees it to what lies in the database, and back. */
import type { Entry, SealedEntry } from '@/api/wire'
import { freezeContent } from '@/rules/freeze'
import type { OutboxEntry, Stored } from './outbox'
import type { Sealer } from './sealing'
import { UnreadableError, type Content, type Vault } from './vault'

/** With what an entry is kept. */
export interface Keeper {
  vault: Vault
  sealer: Sealer | null
}

const place = (id: string) => `outbox|${id}`

/** Encrypts the entry for its author and seals it to the server: from now on nothing of it is readable here. */
export async function keep({ entry, ...state }: OutboxEntry, { vault, sealer }: Keeper): Promise<Stored> {
  const [content, sealed] = await Promise.all([
    vault.close(entry, place(entry.id)),
    sealer && vault.encrypts ? sealer.seal(entry, state.account) : null,
  ])
  return { ...state, content, sealed }
}

/** The entry as it was made; null where its key is gone. */
export async function reveal(item: Stored, vault: Vault): Promise<OutboxEntry | null> {
  const entry = item.content && (await entryIn(item.content, item.id, vault))
  return entry && asSeen(item, entry)
}

function asSeen({ content: _content, sealed: _sealed, ...state }: Stored, entry: Entry): OutboxEntry {
  return { ...state, entry }
}

async function entryIn(content: Content, id: string, vault: Vault): Promise<Entry | null> {
  try {
    return freezeContent((await vault.open(content, place(id))) as Entry)
  } catch (error) {
    if (error instanceof UnreadableError) return null
    throw error
  }
}

export function sealedForm({ id, kind, round_id, sealed }: Stored): SealedEntry | null {
  return sealed && { id, kind, round_id, sealed }
}

/** Opens entries, and remembers what it opened as long as its box is the same. */
export function revealer(vault: Vault): (items: readonly Stored[]) => Promise<OutboxEntry[]> {
  let known = new Map<string, Entry>()
  return async (items) => {
    const now = new Map<string, Entry>()
    const read = await Promise.all(
      items.map(async (item): Promise<OutboxEntry | null> => {
        const box = boxName(item)
        const entry = box === null ? undefined : known.get(box)
        const opened = entry ? asSeen(item, entry) : await reveal(item, vault)
        if (opened && box !== null) now.set(box, opened.entry)
        return opened
      }),
    )
    known = now
    return read.filter((item) => item !== null)
  }
}

/** Each closing has an iv of its own; what is plain has none, and is opened by looking at it. */
export function boxName({ content }: Stored): string | null {
  return content && 'iv' in content ? content.iv.join() : null
}
