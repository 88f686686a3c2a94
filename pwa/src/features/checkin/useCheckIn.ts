/** Starting a round: who is still in one, and keeping the check-in on the phone. */
import { computed, ref } from 'vue'
import { useRouter } from 'vue-router'
import type { CheckInPayload, Uuid } from '@/api/wire'
import { me } from '@/app/session'
import { useMessages } from '@/i18n'
import { checkin } from '@/i18n/messages/checkin'
import { isStorageFull, momentNow, startRound, useWorkingSet, type LocalRound, type Moment } from '@/offline'
import type { FixState } from '@/rules/grade'
import { showToast } from '@/ui'
import { takesPart } from '../rounds/team'
import { aheadOf, positionOf } from './useFix'

export type Way = Pick<CheckInPayload, 'method'> &
  Partial<Pick<CheckInPayload, 'token' | 'short_code' | 'reason' | 'reason_text'>>

/** The account's rounds that are not checked out, newest first. */
export function useOpenRounds() {
  const { rounds } = useWorkingSet()
  return computed<LocalRound[]>(() =>
    rounds.value
      .filter((round) => round.status === 'open' && takesPart(round, me.value?.id ?? ''))
      .sort((left, right) => right.checked_in_at.localeCompare(left.checked_in_at)),
  )
}

export function useCheckIn() {
  const t = useMessages(checkin)
  const router = useRouter()
  const busy = ref(false)

  /** `began` is the moment that the evidence is of. */
  async function checkIn(institutionId: Uuid, way: Way, fix: FixState, began: Moment = momentNow()): Promise<void> {
    if (busy.value) return
    busy.value = true
    try {
      const none = { token: null, short_code: null, reason: null, reason_text: null }
      const payload = { institution_id: institutionId, ...none, ...way, ...positionOf(fix) }
      const roundId = await startRound(payload, began, aheadOf(fix))
      await router.replace({ name: 'round', params: { roundId } })
    } catch (error) {
      if (!isStorageFull(error)) throw error
      showToast({ text: `${t('storage_full')} ${t('storage_full_text')}`, seconds: 15 })
    } finally {
      busy.value = false
    }
  }

  return { busy, checkIn }
}
