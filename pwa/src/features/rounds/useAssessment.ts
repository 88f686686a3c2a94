/** What the values of a form mean while it is filled in; null where no rule is named, or something is missing. */
import { computed, type ComputedRef } from 'vue'
import type { Assessment, Form, FormData, Resident, Round } from '@/api/wire'
import { useWorkingSet } from '@/offline'
import { assessmentOf } from '@/rules/clinical'

const SCALES: readonly string[] = ['self_care', 'constitution', 'ability']

/** What is added up from many items, and stands below them. */
export function isScale({ rule }: Assessment): boolean {
  return SCALES.includes(rule)
}

/** `told`: of a correction, what its line was told before. */
export function useAssessment(
  form: Form,
  values: () => FormData,
  resident: Resident | null,
  round: Pick<Round, 'institution_id' | 'on'>,
  told: Assessment | null = null,
): ComputedRef<Assessment | null> {
  const { reference, institutions } = useWorkingSet()
  return computed(() => {
    if (!reference.value) return null
    const institution = institutions.value.find((each) => each.id === round.institution_id) ?? null
    return assessmentOf(form, values(), { reference: reference.value, resident, institution, on: round.on, told })
  })
}
