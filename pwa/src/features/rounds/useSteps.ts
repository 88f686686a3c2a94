/** A form screen by screen: one field, or one section whose fields belong together. The last screen checks. */
import { computed, ref } from 'vue'
import type { Field, Section } from '@/api/wire'
import { isMissing } from '@/rules/forms'
import { sectionsOf } from './formWords'
import type { FormEntry } from './useFormEntry'

export interface Step {
  section: Partial<Pick<Section, 'label' | 'hint'>> & { code: string }
  fields: Field[]
}

export function useSteps(entry: FormEntry) {
  /** Place among the steps; as many as there are steps: the check at the end. Kept with the draft. */
  const at = ref(0)

  const steps = computed<Step[]>(() => sectionsOf(entry.form).flatMap(stepsIn))
  const place = computed(() => Math.min(Math.max(0, at.value), steps.value.length))
  const current = computed<Step | undefined>(() => steps.value[place.value])
  const answered = computed(() => steps.value.filter((step) => !step.fields.some(isOpen)).length)

  function stepsIn(section: Pick<Section, 'code' | 'fields'> & Partial<Section>): Step[] {
    // What follows from something measured is shown at the end.
    const fields = entry.shown.value.filter(
      (field) => section.fields.includes(field.name) && !isDerived(field),
    )
    const { code, label, hint } = section
    const head = { code, ...(label && { label }), ...(hint && { hint }) }
    if (section.together) return fields.length ? [{ section: head, fields }] : []
    return fields.map((field) => ({ section: head, fields: [field] }))
  }

  function isDerived(field: Field): boolean {
    return field.derived !== undefined && entry.followed.value.has(field.name)
  }

  function isOpen(field: Field): boolean {
    return field.required && isMissing(entry.values.value[field.name])
  }

  /** On, or the first field of this screen that needs a hand. */
  function next(): string | null {
    const problem = current.value ? entry.problemIn(current.value.fields) : null
    if (problem === null) at.value = place.value + 1
    return problem
  }

  function back(): void {
    at.value = Math.max(0, place.value - 1)
  }

  /** To the screen of a field, or of a reading's value by its path. */
  function goTo(path: string): void {
    const [name] = path.split('.', 1)
    const found = steps.value.findIndex((step) => step.fields.some((field) => field.name === name))
    if (found >= 0) at.value = found
  }

  return { at, steps, place, current, answered, isOpen, next, back, goTo }
}

export type Steps = ReturnType<typeof useSteps>
