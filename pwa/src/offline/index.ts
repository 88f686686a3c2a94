/** What the screens use of the offline core. */
import { computed, onScopeDispose, readonly, ref, type Ref } from 'vue'
import type { Uuid } from '@/api/wire'
import { syncNow } from './account'
import { isUnsettled } from './outbox'
import { current, kept, pulledAt, reference, skewMs, workingSet } from './state'
import { keepView } from './views'

export { dropPhoto, keepPhoto, keptPhoto, usePhotos } from './photos'
export { closeAndWipe, lock, onLeftElsewhere, openFor, syncNow, tellLastViews } from './account'
export {
  APP_VERSION,
  accountsToWipe,
  deviceName,
  forgetAccount,
  isLeaving,
  leaveAccount,
  leftBehind,
  markLeft,
  rememberAccount,
  rememberedAccount,
  useLeftBehind,
} from './device'
export { draftsOf, dropDraft, dropDrafts, readDraft, saveDraft } from './drafts'
export { endRound, enqueue, enqueueAll, forgetClock, momentNow, roundElapsedMs, startRound, useOutbox, type Made, type Moment } from './entries'
export { useHolding, type Sized, type Sizes } from './holding'
export { registerServiceWorker, useShell } from './shell'
export { saveEntriesFile } from './entriesFile'
export {
  isEditable,
  isUnsettled,
  shownState,
  UNDO_MS,
  type Kept,
  type OutboxEntry,
  type Problem,
  type ShownState,
} from './outbox'
export { isStorageFull, useStorage } from './storage'
export { useLock } from './unlocking'
export type { LocalFollowUp, LocalReferral } from './goingOn'
export type { LocalLine, LocalRound } from './overlay'

/**
 * What the account may see here, held and waiting together. Every list is replaced, never changed in place.
 */
export function useWorkingSet() {
  return {
    /** The data part of "ready offline": one complete pull was kept, with forms and keys. */
    ready: computed(() => reference.value !== null && pulledAt.value !== null),
    reference: computed(() => reference.value),
    institutions: computed(() => workingSet.value.institutions),
    residents: computed(() => workingSet.value.residents),
    owed: computed(() => workingSet.value.owed),
    rounds: computed(() => workingSet.value.rounds),
    lines: computed(() => workingSet.value.lines),
    followups: computed(() => workingSet.value.followups),
    referrals: computed(() => workingSet.value.referrals),
    receivers: computed(() => workingSet.value.receivers),
  }
}

/** Notes that the account looked at a resident; the server hears of it with the next sync. */
export async function noteView(resident: Uuid): Promise<void> {
  if (current.value) await keepView(current.value.db, resident, Date.now())
}

const onLine = ref(typeof navigator === 'undefined' || navigator.onLine)
if (typeof window !== 'undefined') {
  window.addEventListener('online', () => (onLine.value = true))
  window.addEventListener('offline', () => (onLine.value = false))
}

/** A clock further off than this is said, ms. */
const SKEW_SHOWN_MS = 120_000

export function useConnection() {
  return {
    /** The phone has a network and the server was reached at the last try. */
    online: computed(() => onLine.value && !UNREACHED.has(current.value?.loop.state.value ?? 'idle')),
    /** When what is shown was last complete, ISO; null before the first time. */
    lastSync: computed(() => (pulledAt.value === null ? null : new Date(pulledAt.value).toISOString())),
    state: computed(() => current.value?.loop.state.value ?? 'idle'),
    /** Minutes by which the phone's clock is wrong, 0 when it is not worth saying. */
    clockOffMinutes: computed(() =>
      Math.abs(skewMs.value) > SKEW_SHOWN_MS ? Math.round(skewMs.value / -60_000) : 0,
    ),
    /** The server's clock minus the phone's at their last contact, ms. */
    skewMs: readonly(skewMs),
    syncNow,
  }
}

const UNREACHED = new Set<string>(['network', 'foreign_answer', 'server_down'])

/** What sign-out would leave behind: say it before anything is cleared. */
export async function signOutCheck(): Promise<{ unsent: number; drafts: number }> {
  const drafts = (await current.value?.db.count('drafts')) ?? 0
  return { unsent: kept.value.filter(isUnsettled).length, drafts }
}

const clocks = new Map<number, { now: Ref<number>; users: number; timer: ReturnType<typeof setInterval> }>()

/**
 * The present moment, ms, as a ref that moves every `everyMs`; one timer for all components, gone with the
 * last.
 */
export function useNow(everyMs = 1000): Readonly<Ref<number>> {
  const clock = clocks.get(everyMs) ?? startClock(everyMs)
  clock.users += 1
  clock.now.value = Date.now()
  onScopeDispose(() => {
    clock.users -= 1
    if (clock.users > 0) return
    clearInterval(clock.timer)
    clocks.delete(everyMs)
  })
  return readonly(clock.now)
}

function startClock(everyMs: number) {
  const now = ref(Date.now())
  const clock = { now, users: 0, timer: setInterval(() => (now.value = Date.now()), everyMs) }
  clocks.set(everyMs, clock)
  return clock
}
