/** The institutions of the account by what they are owed today and how late it is. */
import { computed } from 'vue'
import type { Institution } from '@/api/wire'
import { useNow, useWorkingSet } from '@/offline'
import { dayIn } from '@/rules/days'
import { byPressure, summarise, type OwedSummary } from '@/rules/worklist'
import { useForms } from '../rounds/useRound'

export interface Pressure {
  institution: Institution
  summary: OwedSummary
}

export function usePressure() {
  const { institutions, owed, residents, lines } = useWorkingSet()
  const { canLog } = useForms()
  const now = useNow(60_000)

  return computed<Pressure[]>(() =>
    institutions.value
      .map((institution) => ({
        institution,
        summary: summarise({
          institutionId: institution.id,
          today: dayIn(institution.timezone, now.value),
          owed: owed.value,
          residents: residents.value,
          lines: lines.value,
          canLog,
        }),
      }))
      .sort(
        (left, right) =>
          byPressure(left.summary, right.summary) ||
          left.institution.name.localeCompare(right.institution.name, 'zh-CN'),
      ),
  )
}
