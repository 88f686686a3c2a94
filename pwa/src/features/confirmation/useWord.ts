/**
 * Saying something of lines: kept on the phone at once, and taken back for as long as it has not been sent. Every
 * line is an entry of its own, so that one which was corrected meanwhile is refused alone.
 */

import type { Payloads, Uuid } from '@/api/wire'
import { useMessages } from '@/i18n'
import { confirmation } from '@/i18n/messages/confirmation'
import { ui } from '@/i18n/messages/ui'
import { enqueueAll, useOutbox, type LocalLine } from '@/offline'
import { showToast } from '@/ui'
import { answeredAnew, seen } from './rules'

export function useWord(roundId: Uuid) {
  const t = useMessages(confirmation)
  const tu = useMessages(ui)
  const { entries, markReplaced, takeBackAll } = useOutbox()

  function confirm(lines: readonly LocalLine[]): Promise<boolean> {
    const payloads = lines.map((line): Payloads['confirm'] => ({ lines: [seen(line)] }))
    return say(lines, () => enqueueAll('confirm', roundId, payloads), t('done_confirmed', { n: lines.length }))
  }

  function dispute(lines: readonly LocalLine[], reason: string, text: string | null): Promise<boolean> {
    const payloads = lines.map((line): Payloads['dispute'] => ({ lines: [seen(line)], reason, text }))
    return say(lines, () => enqueueAll('dispute', roundId, payloads), t('done_disputed', { n: lines.length }))
  }

  async function say(lines: readonly LocalLine[], keep: () => Promise<{ id: Uuid }[]>, said: string): Promise<boolean> {
    const refused = answeredAnew(entries.value, roundId, lines)
    try {
      const kept = (await keep()).map(({ id }) => id)
      showToast({ text: said, action: { label: tu('undo'), run: () => void undo(kept) } })
      for (const id of refused) await markReplaced(id, kept[0] ?? id)
      return true
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error
      showToast({ text: `${t('storage_full')} ${t('storage_full_text')}`, seconds: 15 })
      return false
    }
  }

  async function undo(kept: readonly Uuid[]): Promise<void> {
    showToast({ text: (await takeBackAll(kept)) ? t('undone') : t('too_late') })
  }

  return { confirm, dispute }
}
