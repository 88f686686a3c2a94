/** Keeping what a form says: what becomes of an urgent value is asked before, and kept with it. */
import { nextTick, ref } from 'vue'
import type { Form } from '@/api/wire'
import { asksOffer, withOffer, type OfferAnswer } from './urgentOffer'
import type { Submission } from './useFormEntry'

/** `keepDone` keeps it; `refers`: the green channel is asked for once it is kept. */
export function useOffer(
  form: Form,
  offersHere: boolean,
  keepDone: (submission: Submission, refers: boolean) => Promise<void>,
) {
  const asking = ref(false)
  /** What is kept once it is said what becomes of its urgent value. */
  let submitted: Submission | null = null

  async function keepOrAsk(submission: Submission, urgent: readonly string[]): Promise<void> {
    submitted = submission
    if (!urgent.length) await keepDone({ ...submission, form: withOffer(form, submission.form, null) }, false)
    else if (offersHere && asksOffer(form, urgent, submission.form)) asking.value = true
    else await keepDone(submission, false)
  }

  async function keepOffered(answer: OfferAnswer): Promise<void> {
    if (!submitted) return
    // Until the sheet is gone nothing behind it takes the focus.
    await nextTick()
    const kept = { ...submitted, form: withOffer(form, submitted.form, answer) }
    await keepDone(kept, answer.offer_green_channel === 'accepted')
  }

  return { asking, keepOrAsk, keepOffered }
}
