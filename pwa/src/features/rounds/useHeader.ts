/** The running line of a round: how long, how many. */
import { computed } from 'vue'
import { useFormat, useMessages } from '@/i18n'
import { rounds } from '@/i18n/messages/rounds'
import { roundElapsedMs, useNow } from '@/offline'
import { standing, type RoundView } from './useRound'

export function useHeader(view: RoundView) {
  const t = useMessages(rounds)
  const format = useFormat()
  const now = useNow(10_000)
  return computed(() => {
    const round = view.round.value
    if (!round) return ''
    const ms = roundElapsedMs(round.id) ?? now.value - Date.parse(round.checked_in_at)
    const minutes = round.minutes ?? (now.value && ms / 60_000)
    return t('header', { time: format.minutes(minutes), n: standing(view.lines.value).length })
  })
}
