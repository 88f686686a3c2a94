/**
 * When to sync, and what the last sync said. Sends first, then pulls, so that what was sent shows as the
 * server has it.
 */
import { shallowRef, type Ref } from 'vue'
import type { WorkingSetPage } from '@/api/wire'
import { backoffMs } from './backoff'
import { becameReady, hasReady, isWaiting, nextReadyAt, type Kept, type Problem } from './outbox'
import type { Sent } from './sender'
import type { Received } from './transport'

/** `too_many_rows`: what is held stays as it is until somebody chose what this phone is to hold. */
export type SyncState = 'idle' | 'syncing' | 'too_many_rows' | Problem

export interface LoopParts {
  send: () => Promise<Sent>
  pull: () => Promise<Received<null>>
  waiting: () => readonly Kept[]
  now: () => number
  random: () => number
}

const EVERY_MS = 60_000
/** Without anything waiting the working set is refreshed this often while the app is open. */
const REFRESH_MS = 5 * 60_000

export interface SyncLoop {
  state: Ref<SyncState>
  /** Syncs now; a call during a sync makes one more follow it. */
  sync: () => Promise<void>
  /**
   * Something was enqueued: send it now, or when its undo time is over; while backing off it waits for that.
   */
  nudge: () => void
  stop: () => void
}

export function startLoop(parts: LoopParts): SyncLoop {
  const state = shallowRef<SyncState>('idle')
  let running: Promise<void> | null = null
  let again = false
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let began = 0

  function plan(delay: number): void {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(() => void sync(), delay)
  }

  function planNext(): void {
    if (failures > 0 && state.value !== 'signed_out') return plan(backoffMs(failures, parts.random()))
    if (becameReady(parts.waiting(), began, parts.now())) return plan(0)
    const ready = nextReadyAt(parts.waiting(), parts.now())
    const waits = parts.waiting().some(isWaiting)
    plan(
      Math.max(
        0,
        Math.min(waits ? EVERY_MS : REFRESH_MS, ready === null ? Infinity : ready - parts.now() + 50),
      ),
    )
  }

  async function once(): Promise<void> {
    state.value = 'syncing'
    began = parts.now()
    const sent = await parts.send()
    const pulled: Received<null> =
      sent.problem && sent.problem !== 'busy' ? { ok: false, problem: sent.problem } : await parts.pull()
    const problem = sent.problem ?? (pulled.ok ? null : pulled.problem)
    failures = problem && problem !== 'too_many_rows' ? failures + 1 : 0
    state.value = problem === null ? 'idle' : problem === 'too_large' ? 'foreign_answer' : problem
  }

  async function run(): Promise<void> {
    do {
      again = false
      await once().catch(unlessStopped)
      // A call that came while this try was failing may know better: the network is back.
    } while (again && !stopped)
  }

  /**
   * After a stop the account's database is closed under what still runs: its entries wait there as they were.
   */
  function unlessStopped(error: unknown): void {
    if (!stopped) throw error
  }

  function sync(): Promise<void> {
    if (stopped) return Promise.resolve()
    if (running) {
      again = true
      return running
    }
    running = run().finally(() => {
      running = null
      if (state.value === 'syncing') state.value = 'idle'
      planNext()
    })
    return running
  }

  return {
    state,
    sync,
    nudge: () => {
      if (running) again = hasReady(parts.waiting(), parts.now())
      else if (failures === 0 && hasReady(parts.waiting(), parts.now())) plan(0)
      else if (failures === 0) planNext()
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** Pulls page after page until there is no more; while one is kept, the next is on its way. */
export async function pullAll(
  pull: (cursor: string | undefined) => Promise<Received<WorkingSetPage>>,
  cursor: string | undefined,
  take: (page: WorkingSetPage) => Promise<void>,
): Promise<Received<null>> {
  let asked = pull(cursor)
  for (;;) {
    const answer = await asked
    if (!answer.ok) return answer
    const { more, cursor: next } = answer.value
    if (more) asked = pull(next)
    await take(answer.value)
    if (!more) return { ok: true, value: null }
  }
}
