/** Keeps a half-filled form on the phone with every stroke, and brings it back after a reload. */
import { nextTick, ref, watch, type Ref } from 'vue'
import { dropDraft, readDraft, saveDraft } from '@/offline'
import type { DraftKey } from '@/offline/drafts'
import { isMissing } from '@/rules/forms'
import type { FormEntry } from './useFormEntry'

interface Kept {
  typed: Record<string, unknown>
  confirmed: string[]
  beside?: Record<string, unknown>
}

/** What was found: a draft, or that something was typed before it could be; null: neither. */
export type Restored = 'draft' | 'typed' | null

/** `beside`: what is typed next to the form and kept with it, such as the reason of a correction. */
export function useDraft(entry: FormEntry, key: DraftKey, beside: Record<string, Ref> = {}) {
  /** Before it was read nothing is saved over it. */
  let isRead = false
  let isDropped = false
  /** It is being kept as an entry, or was. */
  const busy = ref(false)

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

  function save(): void {
    if (!isRead || isDropped || busy.value) return
    const draft = kept()
    void (isNothing(draft) ? dropDraft(key) : saveDraft(key, { ...draft }))
  }

  watch(kept, save, { deep: true })

  /** Brings back what was typed before, over what the form was filled with; what is typed already stays. */
  async function restore(): Promise<Restored> {
    const before = kept()
    const draft = (await readDraft(key)) as Kept | null
    const since = [...changed(before.typed, kept().typed), ...changed(before.beside, kept().beside)]
    if (draft && !busy.value && !isDropped) bringBack(draft, new Set(since))
    await nextTick()
    isRead = true
    if (since.length) save()
    return since.length ? 'typed' : draft && 'draft'
  }

  function bringBack(draft: Kept, since: ReadonlySet<string>): void {
    entry.fill(Object.fromEntries(Object.entries(draft.typed).filter(([name]) => !since.has(name))))
    // Who types anew is asked anew.
    entry.confirmed.clear()
    if (!since.size) for (const field of draft.confirmed) entry.confirmed.add(field)
    // A draft of an earlier version may not have it.
    for (const [name, value] of Object.entries(beside))
      if (draft.beside && name in draft.beside && !since.has(name)) value.value = draft.beside[name]
  }

  /**
   * Runs what keeps the form as an entry, once, and takes the draft out with it: nothing typed is saved meanwhile.
   * Whether it was kept; where it was not, the form goes on.
   */
  async function handOver(keep: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    let isKept = false
    try {
      isKept = Boolean(await keep())
    } finally {
      busy.value = isKept
      save()
    }
    return isKept
  }

  async function drop(): Promise<void> {
    isDropped = true
    await dropDraft(key)
  }

  return { busy, restore, handOver, drop }
}

/** Names of values that are not as they were. */
function changed(before: Kept['beside'], now: Kept['beside']): string[] {
  return Object.keys(now ?? {}).filter((name) => JSON.stringify(now?.[name]) !== JSON.stringify(before?.[name]))
}
