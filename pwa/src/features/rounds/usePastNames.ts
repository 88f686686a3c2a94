/** Names that rosters of this institution had before, the latest first. */
import { computed, type ComputedRef } from 'vue'
import type { Uuid } from '@/api/wire'
import { useWorkingSet } from '@/offline'
import { rosterOf } from '@/rules/formFields'
import { useForms } from './useRound'

export function usePastNames(institutionId: Uuid): ComputedRef<string[]> {
  const { lines } = useWorkingSet()
  const { formFor } = useForms()
  return computed(() => {
    const here = lines.value
      .filter((line) => line.institution_id === institutionId && line.subject_id === null)
      .sort((left, right) => right.made_at.localeCompare(left.made_at))
    return [...new Set(here.flatMap((line) => namesIn(line.service, line.form)))]
  })

  function namesIn(service: string, values: Record<string, unknown>): string[] {
    const form = formFor(service)
    const roster = form && rosterOf(form)
    const names = roster ? values[roster.name] : undefined
    return Array.isArray(names) ? names.map(String) : []
  }
}
