/** Keeps a half-filled form on the phone with every stroke, and brings it back after a reload. */
import { nextTick, watch } from 'vue'
import type { Uuid } from '@/api/wire'
import { dropDraft, readDraft, saveDraft } from '@/offline'
import { isMissing } from '@/rules/forms'
import type { FormEntry } from './useFormEntry'

export function useDraft(entry: FormEntry, roundId: Uuid, service: string, residentId: Uuid | null) {
  let watching = false

  watch(
    () => ({ typed: { ...entry.typed }, confirmed: [...entry.confirmed] }),
    (draft) => {
      if (!watching) return
      const empty = Object.values(draft.typed).every(isMissing)
      void (empty ? dropDraft(roundId, service, residentId) : saveDraft(roundId, service, residentId, draft))
    },
    { deep: true },
  )

  /** Brings back what was typed. True when there was something. */
  async function restore(): Promise<boolean> {
    const draft = await readDraft(roundId, service, residentId)
    if (draft) {
      entry.fill(draft['typed'] as Record<string, unknown>)
      for (const field of draft['confirmed'] as string[]) entry.confirmed.add(field)
    }
    await nextTick()
    watching = true
    return draft !== null
  }

  async function drop(): Promise<void> {
    watching = false
    await dropDraft(roundId, service, residentId)
  }

  return { restore, drop }
}
