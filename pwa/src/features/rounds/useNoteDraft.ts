/** The note of a check-out, kept on the phone with every stroke. */
import { ref, watch, type Ref } from 'vue'
import type { Uuid } from '@/api/wire'
import { dropDraft, readDraft, saveDraft } from '@/offline'

/** The note as a ref; what was typed before a reload comes into it unless something is typed already. */
export function useNoteDraft(roundId: Uuid): { note: Ref<string>; restored: Promise<void> } {
  const key = { roundId, service: '', subject: null, mode: 'note' as const, target: null }
  const note = ref('')

  async function restore(): Promise<void> {
    const kept = await readDraft(key)
    if (!note.value && typeof kept?.['note'] === 'string') note.value = kept['note']
  }

  watch(note, (text) => void (text ? saveDraft(key, { note: text }) : dropDraft(key)))
  return { note, restored: restore() }
}
