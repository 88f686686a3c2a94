/** Saying something of lines: kept on the phone at once, and taken back for as long as it has not been sent. */

import type { Uuid } from '@/api/wire'
import { useMessages } from '@/i18n'
import { confirmation } from '@/i18n/messages/confirmation'
import { ui } from '@/i18n/messages/ui'
import { enqueue, useOutbox, type LocalLine } from '@/offline'
import { showToast } from '@/ui'
import { seen } from './rules'

export function useWord(roundId: Uuid) {
  const t = useMessages(confirmation)
  const tu = useMessages(ui)
  const { takeBack } = useOutbox()

  async function confirm(lines: readonly LocalLine[]): Promise<boolean> {
    return kept(() => enqueue('confirm', roundId, { lines: seen(lines) }), t('done_confirmed', { n: lines.length }))
  }

  async function dispute(lines: readonly LocalLine[], reason: string, text: string | null): Promise<boolean> {
    const payload = { lines: seen(lines), reason, text }
    return kept(() => enqueue('dispute', roundId, payload), t('done_disputed', { n: lines.length }))
  }

  async function kept(keep: () => Promise<{ id: Uuid }>, said: string): Promise<boolean> {
    try {
      const { id } = await keep()
      showToast({ text: said, action: { label: tu('undo'), run: () => void undo(id) } })
      return true
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error
      showToast({ text: `${t('storage_full')} ${t('storage_full_text')}`, seconds: 15 })
      return false
    }
  }

  async function undo(id: Uuid): Promise<void> {
    showToast({ text: (await takeBack(id)) ? t('undone') : t('too_late') })
  }

  return { confirm, dispute }
}
