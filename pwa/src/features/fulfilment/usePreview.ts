import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, isFailure, Refused, type Failure } from '@/api/client'
import type { Promises } from '@/api/wire'
import { errorsAt, missingIn, previewBody, type ClauseForm, type FormErrors } from './clauseForm'

const PAUSE_MS = 350
const NONE: FormErrors = { at: {} }

/** Asks what the clause in the form promises, whenever typing pauses; the newest question alone is answered. */
export function usePreview(form: ClauseForm) {
  const promises = shallowRef<Promises | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const errors = shallowRef<FormErrors>(NONE)
  const asking = ref(false)
  let pause: ReturnType<typeof setTimeout> | undefined
  let question: AbortController | null = null

  async function ask(): Promise<void> {
    question?.abort()
    const mine = (question = new AbortController())
    asking.value = true
    failure.value = null
    try {
      const answer = await api.post<Promises>('/agreements/preview', previewBody(form), mine.signal)
      if (mine.signal.aborted) return
      promises.value = answer
      errors.value = NONE
    } catch (error) {
      if (mine.signal.aborted) return
      if (!isFailure(error)) throw error
      promises.value = null
      errors.value = error instanceof Refused ? errorsAt(error.fields) : NONE
      // What no field of the form can say is said as a whole.
      if (!Object.keys(errors.value.at).length) failure.value = error
    } finally {
      if (question === mine) asking.value = false
    }
  }

  watch(
    () => (missingIn(form).length ? null : JSON.stringify(previewBody(form))),
    (body, before) => {
      clearTimeout(pause)
      if (body === null) {
        question?.abort()
        asking.value = false
        promises.value = null
      } else if (before === undefined) void ask()
      else pause = setTimeout(() => void ask(), PAUSE_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(pause)
    question?.abort()
  })
  return { promises, failure, errors, asking, ask }
}
