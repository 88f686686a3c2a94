/** Keeping entries on the phone, with a way back for as long as they have not been tried to be sent. */
import type { Uuid } from '@/api/wire'
import { useMessages } from '@/i18n'
import { offline } from '@/i18n/messages/offline'
import { rounds } from '@/i18n/messages/rounds'
import { ui } from '@/i18n/messages/ui'
import { isStorageFull, useOutbox } from '@/offline'
import { showToast } from '@/ui'

export function useKeep() {
  const t = useMessages(rounds)
  const to = useMessages(offline)
  const tu = useMessages(ui)
  const { takeBack } = useOutbox()

  /**
   * Keeps what `action` enqueues and says so; null when the phone's storage is full, and nothing was kept.
   */
  async function keep<T>(
    action: () => Promise<T>,
    said?: string,
    undoId?: (kept: T) => Uuid,
  ): Promise<T | null> {
    try {
      const kept = await action()
      if (said)
        showToast(
          undoId
            ? { text: said, action: { label: tu('undo'), run: () => void undo(undoId(kept)) } }
            : { text: said },
        )
      return kept
    } catch (error) {
      if (!isStorageFull(error)) throw error
      showToast({ text: to('storage_full'), seconds: 15 })
      return null
    }
  }

  async function undo(id: Uuid): Promise<void> {
    showToast({ text: (await takeBack(id)) ? t('undone') : t('too_late') })
  }

  return { keep, undo }
}
