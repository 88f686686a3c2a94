/** A form while it is filled in: what was typed, what it means, and what to say about it when. */
import { computed, reactive, ref } from 'vue'
import type { Field, Form, FormData } from '@/api/wire'
import { startingValues, tidy, typedNumber } from '@/rules/formInput'
import { isMissing, judge, type Finding } from '@/rules/forms'

export interface Submission {
  form: FormData
  /** Fields whose unusual value was confirmed as really measured. */
  unusual: string[]
}

export function isNumber(field: Field): boolean {
  return field.type === 'integer' || field.type === 'decimal'
}

export function useFormEntry(form: Form) {
  const typed = reactive<Record<string, unknown>>({ ...startingValues(form) })
  const confirmed = reactive(new Set<string>())
  /** Fields that were left once: nobody is corrected in the middle of a number. */
  const left = reactive(new Set<string>())
  const submitted = ref(false)

  const values = computed(() =>
    tidy(Object.fromEntries(form.fields.map((field) => [field.name, valueOf(field)]))),
  )
  const judgement = computed(() => judge(form, values.value))
  const openAsks = computed(() => judgement.value.asks.filter((ask) => !confirmed.has(ask.field)))

  function valueOf(field: Field): unknown {
    const text = typed[field.name]
    return isNumber(field) && typeof text === 'string' ? typedNumber(field, text) : text
  }

  /** Fills in values as they go over the wire: from a draft, or from what was recorded. */
  function fill(given: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(given))
      typed[name] = typeof value === 'number' ? String(value) : value
  }

  function set(field: Field, value: unknown): void {
    typed[field.name] = value
    for (const each of [field.name, ...checkedTogether(field.name)]) confirmed.delete(each)
    if (isMissing(value)) return
    for (const other of form.fields) if (other.unless?.field === field.name) typed[other.name] = ''
  }

  function checkedTogether(name: string): string[] {
    return form.checks
      .filter((check) => check.greater === name || check.less === name)
      .map((check) => check.field)
  }

  function errorOf(field: Field): Finding | undefined {
    const error = judgement.value.errors.find((each) => each.field === field.name)
    const early = error?.code === 'required' ? !submitted.value : !submitted.value && !left.has(field.name)
    return early ? undefined : error
  }

  function askOf(field: Field): Finding | undefined {
    const ask = judgement.value.asks.find((each) => each.field === field.name)
    return submitted.value || isSettled(field) ? ask : undefined
  }

  /** Left once, or typed to its last digit. */
  function isSettled(field: Field): boolean {
    return !isNumber(field) || left.has(field.name) || isComplete(field, String(typed[field.name] ?? ''))
  }

  /** Codes of urgent rules met by fields that are typed to their end. */
  const urgent = computed(() => {
    const settled = new Set(form.fields.filter(isSettled).map((field) => field.name))
    const fields = new Map(form.urgent.map((rule) => [rule.code, rule.field]))
    return judgement.value.urgent.filter((code) => submitted.value || settled.has(fields.get(code) ?? ''))
  })

  /** What to send, or the first field that needs a hand. */
  function submit(): { ok: true; value: Submission } | { ok: false; field: string; why: 'error' | 'ask' } {
    submitted.value = true
    const [error] = judgement.value.errors
    if (error) return { ok: false, field: error.field, why: 'error' }
    const [ask] = openAsks.value
    if (ask) return { ok: false, field: ask.field, why: 'ask' }
    const unusual = [...new Set(judgement.value.asks.map((each) => each.field))]
    return { ok: true, value: { form: values.value, unusual } }
  }

  return { form, typed, values, confirmed, left, fill, set, errorOf, askOf, urgent, submit }
}

export type FormEntry = ReturnType<typeof useFormEntry>

/** Whether no further digit could follow: the next field may take over. */
export function isComplete(field: Field, text: string): boolean {
  if (field.type === 'integer')
    return /^\d+$/.test(text) && field.max !== undefined && Number(text) * 10 > Number(field.max)
  const fraction = /^\d+[.。．](\d+)$/.exec(text)?.[1]
  return fraction !== undefined && fraction.length >= (field.places ?? 0)
}
