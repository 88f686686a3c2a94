/** Keeps a half-filled form on the phone with every stroke, and brings it back after a reload. */
import { nextTick, watch, type Ref } from 'vue'
import { dropDraft, readDraft, saveDraft } from '@/offline'
import type { DraftKey } from '@/offline/drafts'
import { isMissing } from '@/rules/forms'
import type { FormEntry } from './useFormEntry'

interface Kept {
  typed: Record<string, unknown>
  confirmed: string[]
  beside?: Record<string, unknown>
}

/** `beside`: what is typed next to the form and kept with it, such as the reason of a correction. */
export function useDraft(entry: FormEntry, key: DraftKey, beside: Record<string, Ref> = {}) {
  let watching = false

  function kept(): Kept {
    const values = Object.entries(beside).map(([name, value]) => [name, value.value] as const)
    return {
      typed: { ...entry.typed },
      confirmed: [...entry.confirmed],
      ...(values.length && { beside: Object.fromEntries(values) }),
    }
  }

  /** A new form without a word in it is none; of an earlier record everything may have been cleared. */
  function isNothing(draft: Kept): boolean {
    return key.mode === 'new' && Object.values(draft.typed).every(isMissing)
  }

  watch(
    kept,
    (draft) => {
      if (watching) void (isNothing(draft) ? dropDraft(key) : saveDraft(key, { ...draft }))
    },
    { deep: true },
  )

  /** Brings back what was typed, over what the form was filled with. True when there was something. */
  async function restore(): Promise<boolean> {
    const draft = (await readDraft(key)) as Kept | null
    if (draft) bringBack(draft)
    await nextTick()
    watching = true
    return draft !== null
  }

  function bringBack(draft: Kept): void {
    entry.fill(draft.typed)
    entry.confirmed.clear()
    for (const field of draft.confirmed) entry.confirmed.add(field)
    // A draft of an earlier version may not have it.
    for (const [name, value] of Object.entries(beside))
      if (draft.beside && name in draft.beside) value.value = draft.beside[name]
  }

  async function drop(): Promise<void> {
    watching = false
    await dropDraft(key)
  }

  return { restore, drop }
}
