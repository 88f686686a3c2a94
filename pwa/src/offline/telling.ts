/**
 * What the phone tells of itself with every request, and with an empty one where there is nothing to send: so
 * managers see which phones are silent and what waits there.
 */
import type { Uuid, Waiting } from '@/api/wire'
import type { Kept } from './outbox'

/** A phone in use is heard of this often, however little it has to say. */
const AGAIN_MS = 3_600_000

/** What has not arrived, besides the entries that are sent now. */
export function waitingBeside(items: readonly Kept[], sent: ReadonlySet<Uuid>): Waiting {
  const left = items.filter(
    ({ id, state, handled }) => (state === 'waiting' || state === 'sending') && !handled && !sent.has(id),
  )
  const oldest = left.map(({ at }) => at).sort()[0]
  return { count: left.length, oldest_at: oldest ?? null }
}

/** Remembers what was told since the app was opened. */
export class Teller {
  private told: { what: string; at: number } | null = null

  /** Whether the server has heard nothing yet, something else, or nothing for long. */
  isDue(waiting: Waiting, now: number): boolean {
    const { told } = this
    return !told || told.what !== JSON.stringify(waiting) || Math.abs(now - told.at) > AGAIN_MS
  }

  note(waiting: Waiting, now: number): void {
    this.told = { what: JSON.stringify(waiting), at: now }
  }
}
