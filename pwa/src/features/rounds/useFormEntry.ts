/** A form while it is filled in: what was typed, what it means, and what to say about it when. */
import { computed, reactive, ref } from 'vue'
import type { Day, Field, Form, FormData } from '@/api/wire'
import { filledIn, following, startingValues, typedNumber } from '@/rules/formInput'
import { isMissing, isUnless, isWanted, judge, type Finding } from '@/rules/forms'
import { useDeviceMark, type TypedReading } from './deviceMark'

export interface Submission {
  form: FormData
  /** Fields whose unusual value was confirmed as really measured. */
  unusual: string[]
}

/** Beside the form: the day it is about, and names a roster may offer. */
export interface Around {
  on?: Day
  pastNames?: readonly string[]
}

export function isNumber(field: Field): boolean {
  return field.type === 'integer' || field.type === 'decimal'
}

export function useFormEntry(form: Form, around: Around = {}) {
  const typed = reactive<Record<string, unknown>>({ ...startingValues(form) })
  const confirmed = reactive(new Set<string>())
  /** Fields that were left once: nobody is corrected in the middle of a number. */
  const left = reactive(new Set<string>())
  /** What was gone on from: there all is said, also that something is missing. */
  const told = reactive(new Set<string>())
  const submitted = ref(false)
  const byName = new Map(form.fields.map((field) => [field.name, field]))
  const marks = form.fields.filter((field) => field.read_of).map((field) => useDeviceMark(form, field, typed))

  const values = computed(() =>
    filledIn(form, Object.fromEntries(form.fields.map((field) => [field.name, meant(field, typed[field.name])]))),
  )
  const judgement = computed(() => judge(form, values.value, around.on ?? null))
  /** Names of fields that follow from others as things stand. */
  const followed = computed(() => following(form, values.value))
  /** The fields that are asked for, whether they are typed or follow; what goes with an offer is asked there. A meter names itself. */
  const shown = computed(() => form.fields.filter((field) => !field.offer && !field.read_of && isWanted(field, values.value)))
  const openAsks = computed(() => judgement.value.asks.filter((ask) => !confirmed.has(ask.field)))

  function meant(field: Field, text: unknown): unknown {
    if (isNumber(field) && typeof text === 'string') return typedNumber(field, text)
    if (field.type !== 'readings' || !Array.isArray(text)) return text
    return (text as TypedReading[]).map((reading) =>
      Object.fromEntries(Object.entries(reading).map(([name, part]) => [name, meantOf(name, part)])),
    )
  }

  function meantOf(name: string, text: string): unknown {
    const field = byName.get(name)
    return field ? meant(field, text) : text
  }

  /** Fills in values as they go over the wire: from a draft, or from what was recorded. */
  function fill(given: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(given)) typed[name] = asTyped(byName.get(name), value)
    for (const mark of marks) mark.remember()
  }

  function asTyped(field: Field | undefined, value: unknown): unknown {
    if (field?.type === 'readings' && Array.isArray(value))
      return (value as FormData[]).map((reading) =>
        Object.fromEntries(Object.entries(reading).map(([name, part]) => [name, String(part)])),
      )
    return typeof value === 'number' && field?.type !== 'score' ? String(value) : value
  }

  function set(field: Field, value: unknown): void {
    typed[field.name] = value
    for (const each of [field.name, ...checkedTogether(field.name)]) confirmed.delete(each)
    for (const other of form.fields)
      if (!isMissing(value) && isUnless(other, field.name, value)) typed[other.name] = ''
    for (const mark of marks) mark.check()
  }

  /** Takes over what a meter read, where the next reading belongs. `by`: the field that names the meter. */
  function read(by: Field, reading: TypedReading, device: string): void {
    const mark = marks.find((each) => each.name === by.name)
    if (!mark) return
    for (const [name, value] of Object.entries(mark.placed(reading))) {
      const field = byName.get(name)
      if (field) set(field, value)
      left.add(name)
    }
    mark.give(reading, device)
  }

  function checkedTogether(name: string): string[] {
    return form.checks
      .filter((check) => check.greater === name || check.less === name)
      .map((check) => check.field)
  }

  /** By the name of a field, or by the path of a reading's value. */
  function errorAt(path: string): Finding | undefined {
    const error = judgement.value.errors.find((each) => each.field === path)
    const due = submitted.value || told.has(path) || (error?.code !== 'required' && left.has(path))
    return due ? error : undefined
  }

  function askAt(path: string, field: Field): Finding | undefined {
    const ask = judgement.value.asks.find((each) => each.field === path)
    return submitted.value || told.has(path) || isSettled(field, path) ? ask : undefined
  }

  /** Left once, or typed to its last digit. */
  function isSettled(field: Field, path = field.name): boolean {
    return !isNumber(field) || left.has(path) || isComplete(field, String(typed[path] ?? ''))
  }

  /** Says now what is missing or wrong in these fields. The first that needs a hand. */
  function problemIn(fields: readonly Field[]): string | null {
    const names = new Set(fields.map((field) => field.name))
    const errors = judgement.value.errors.filter((error) => names.has(nameIn(error.field)))
    const ask = openAsks.value.find((each) => names.has(nameIn(each.field)))
    for (const each of ask ? [...errors, ask] : errors) told.add(each.field)
    return (errors[0] ?? ask)?.field ?? null
  }

  /** Codes of urgent rules met by fields that are typed to their end. */
  const urgent = computed(() => {
    const settled = new Set(form.fields.filter((field) => isSettled(field)).map((field) => field.name))
    const fields = new Map(form.urgent.map((rule) => [rule.code, rule.field]))
    return judgement.value.urgent.filter((code) => {
      const name = fields.get(code) ?? ''
      return submitted.value || settled.has(name) || followed.value.has(name)
    })
  })

  /** What to send, or the first field that needs a hand. */
  function submit(): { ok: true; value: Submission } | { ok: false; field: string; why: 'error' | 'ask' } {
    submitted.value = true
    // What follows from something wrong is mended there.
    const typedOnes = judgement.value.errors.filter((error) => !followed.value.has(error.field))
    const error = typedOnes[0] ?? judgement.value.errors[0]
    if (error) return { ok: false, field: error.field, why: 'error' }
    const [ask] = openAsks.value
    if (ask) return { ok: false, field: ask.field, why: 'ask' }
    const unusual = [...new Set(judgement.value.asks.map((each) => each.field))]
    return { ok: true, value: { form: values.value, unusual } }
  }

  return {
    ...{ form, around, typed, values, judgement, shown, followed, confirmed, left, urgent },
    ...{ fill, set, read, errorAt, askAt, problemIn, submit },
  }
}

export type FormEntry = ReturnType<typeof useFormEntry>

function nameIn(path: string): string {
  return path.split('.', 1)[0] ?? ''
}

/** Whether no further digit could follow: the next field may take over. */
export function isComplete(field: Field, text: string): boolean {
  if (field.type === 'integer')
    return /^\d+$/.test(text) && field.max !== undefined && Number(text) * 10 > Number(field.max)
  const fraction = /^\d+[.。．](\d+)$/.exec(text)?.[1]
  return fraction !== undefined && fraction.length >= (field.places ?? 0)
}
