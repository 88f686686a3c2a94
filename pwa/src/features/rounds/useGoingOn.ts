/** Where a form leads when it is saved, and back to where without. */
import { computed, onUnmounted } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate, useRoute, useRouter, type RouteLocationRaw } from 'vue-router'
import type { Resident, Uuid } from '@/api/wire'
import { useMessages } from '@/i18n'
import { rounds } from '@/i18n/messages/rounds'
import { batchRoute } from './batch'
import { nextPart, partsRoute, type Next } from './parts'
import { isSameSubject, logRoute, nextInQueue, queueOf, type View } from './queue'
import { REFERRAL } from './referralFrom'
import { useForms, type RoundView } from './useRound'

/** `?by` arranges, `?then` names the next task, `?within` the service this is a part of, `?batch` the list it came from. */
export function useGoingOn(roundId: Uuid, view: RoundView, service: string, resident: Resident | null) {
  const t = useMessages(rounds)
  const route = useRoute()
  const router = useRouter()
  const { formFor } = useForms()
  const asked = { ...route.query }
  const residentId = resident?.id ?? null
  const by: View = asked['by'] === 'resident' ? 'resident' : 'service'
  const queue = computed(() => queueOf(view.tasks.value, by, service))
  const position = queue.value.findIndex(
    (task) => task.service === service && (task.subject?.id ?? null) === residentId,
  )
  const place =
    position < 0 || queue.value.length < 2 ? '' : t('queue', { i: position + 1, n: queue.value.length })
  const within = typeof asked['within'] === 'string' ? asked['within'] : null
  const next = nextTask()
  const worklist: RouteLocationRaw = {
    name: 'round',
    params: { roundId },
    query: { service, ...(by === 'resident' && { by }) },
  }
  const back = backRoute()

  /**
   * What is logged though it is not owed leads nowhere on, unless a reading led to it: then on with that one's
   * next.
   */
  function nextTask(): Next | null {
    if (asked['batch']) return null
    if (within) return nextPart(formFor(within)?.parts ?? [], view, resident, service)
    if (asked['then']) return view.tasks.value.find((task) => task.key === asked['then']) ?? null
    return position < 0 ? null : nextInQueue(queue.value, service, residentId)
  }

  function backRoute(): RouteLocationRaw {
    if (asked['batch']) return batchRoute(roundId, service, residentId)
    if (within && resident) return partsRoute(roundId, within, resident)
    const isExtra = position < 0 && residentId && !asked['from']
    return isExtra ? { name: 'round-resident', params: { roundId, residentId } } : worklist
  }

  /** Whoever went somewhere else while it was being saved is not carried to the next form. */
  let isLeaving = false
  const leave = () => {
    isLeaving = true
  }
  const stay = () => {
    isLeaving = false
  }
  onBeforeRouteLeave(leave)
  onBeforeRouteUpdate(leave)
  const stops = [router.afterEach((_to, _from, failure) => failure && stay()), router.onError(stay)]
  onUnmounted(() => stops.forEach((stop) => stop()))

  /** To the next task, or back. */
  async function goOn(): Promise<void> {
    if (isLeaving) return
    if (next)
      await router.replace({ ...logRoute(roundId, next.service, next.subject, by, within), state: { flow: true } })
    else await router.replace(back)
  }

  /** Back to where a correction was asked for. */
  function goBack(): void {
    if (!isLeaving) router.back()
  }

  /** To the referral that a reading made necessary, and from there on as from here. */
  async function refer(readingId: Uuid | null): Promise<void> {
    if (isLeaving) return
    const to = logRoute(roundId, REFERRAL, resident, by)
    const on = asked['batch'] ? { batch: service } : within ? { within } : next && { then: next.key }
    await router.replace({ ...to, query: { ...to.query, ...(readingId && { from: readingId }), ...on } })
  }

  return {
    /** "The next resident" only where the next task is another's. */
    staysHere: next !== null && isSameSubject(next, residentId),
    ...{ place, next, back, goOn, goBack, refer },
  }
}
