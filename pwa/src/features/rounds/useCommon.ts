/** What is chosen once for everybody on a list; a reload, and the way back to the list, keep it. */
import { computed, reactive, watch } from 'vue'
import type { Field } from '@/api/wire'
import { isMissing } from '@/rules/forms'

/** Of the list that was shown last. */
let last: { list: string; common: Record<string, unknown> } | null = null

/** `comesBack`: from what a row of this `list` led to, and not to begin it anew. */
export function useCommon(list: string, chosen: readonly Field[], comesBack: boolean) {
  const { batch } = history.state as { batch?: Record<string, unknown> }
  const common = reactive<Record<string, unknown>>({ ...(comesBack && last?.list === list && last.common), ...batch })
  last = { list, common }
  const missing = computed(() => chosen.find((field) => isMissing(common[field.name])))
  watch(common, () => history.replaceState({ ...history.state, batch: { ...common } }, ''))
  return { common, missing }
}
