/** Referrals as this account sees them: from what the phone holds, or read from the server by those who hold nothing. */
import { computed, onScopeDispose, type ComputedRef } from 'vue'
import type { ReferralList, Uuid } from '@/api/wire'
import { can, me } from '@/app/session'
import { useConnection, useNow, useWorkingSet, type LocalReferral } from '@/offline'
import { isSettled, runningOf, sidesOf } from '@/rules/referrals'
import { usePolled } from '../demands/usePolled'

/** Somebody may be on the way: what the other side says should show soon. */
const EVERY_MS = 20_000

export interface Referrals {
  all: ComputedRef<readonly LocalReferral[]>
  /** The server's clock, ms. */
  now: ComputedRef<number>
  /** null: there is nothing to wait for. */
  failure: ComputedRef<unknown>
  loading: ComputedRef<boolean>
  reload: () => void
}

export function useReferrals(): Referrals {
  return can('sync.use') ? heldReferrals() : readReferrals()
}

function heldReferrals(): Referrals {
  const { referrals } = useWorkingSet()
  const { skewMs, syncNow } = useConnection()
  const clock = useNow(1000)
  const look = () => void (document.visibilityState === 'visible' && syncNow())
  const timer = setInterval(look, EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  return {
    all: referrals,
    now: computed(() => clock.value + skewMs.value),
    failure: computed(() => null),
    loading: computed(() => false),
    reload: look,
  }
}

function readReferrals(): Referrals {
  const open = usePolled<ReferralList>('/referrals?open=1')
  const ended = usePolled<ReferralList>('/referrals?open=0')
  const rows = computed(() => [...(open.data.value?.referrals ?? []), ...(ended.data.value?.referrals ?? [])])
  return {
    all: computed(() => rows.value.map((row) => ({ ...row, local: null }))),
    now: open.now,
    failure: computed(() => open.failure.value ?? ended.failure.value),
    loading: computed(() => !open.data.value && open.failure.value === null),
    reload: () => void Promise.all([open.reload(), ended.reload()]),
  }
}

/** How many go on, wait for an answer of one's own hospital, and are over the promised time. */
export function countsOf(all: readonly LocalReferral[], now: number) {
  const open = all.filter((referral) => !isSettled(referral))
  const mine = open.filter((each) => each.answered_at === null && each.state === 'requested' && receives(each))
  return { open: open.length, mine: mine.length, late: open.filter((each) => runningOf(each, now) === 'late').length }
}

function receives(referral: LocalReferral): boolean {
  return sidesOf(me.value, referral).includes('receiver')
}

/** Whether one's organisation is the one that receives; managers count too. */
export function belongsTo(id: Uuid | undefined): boolean {
  return me.value?.memberships.some((each) => each.organisation_id === id) ?? false
}
