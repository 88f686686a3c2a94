/** What is chosen once for everybody on a list; a reload, and the way back to the list, keep it. */
import { computed, reactive, watch } from 'vue'
import type { Field } from '@/api/wire'
import { isMissing } from '@/rules/forms'

export function useCommon(chosen: readonly Field[]) {
  const { batch } = history.state as { batch?: Record<string, unknown> }
  const common = reactive<Record<string, unknown>>({ ...batch })
  const missing = computed(() => chosen.find((field) => isMissing(common[field.name])))
  watch(common, () => history.replaceState({ ...history.state, batch: { ...common } }, ''))
  return { common, missing }
}
