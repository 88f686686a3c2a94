/** One round and everything its screens ask of it, from what is held and what waits. */
import { computed, type ComputedRef } from 'vue'
import type { Form, Institution, Resident, Uuid } from '@/api/wire'
import { useWorkingSet, type LocalLine, type LocalRound } from '@/offline'
import { VISIT } from '@/rules/facts'
import { byBed } from '@/rules/residentSearch'
import { livesHere, worklist, type Task } from '@/rules/worklist'

/** What is logged most without being owed, most frequent first. */
const OFFERED = [
  'blood_pressure',
  'capillary_glucose',
  'integrated_elder_service',
  'tcm_health_guidance',
  'common_disease_treatment',
  'green_channel_emergency',
  'health_education_lecture',
  'infection_control_guidance',
]

export function useForms() {
  const { reference } = useWorkingSet()
  const services = computed(
    () => new Map(reference.value?.services.map((service) => [service.code, service])),
  )
  const forms = computed(() => new Map(reference.value?.forms.map((form) => [form.code, form])))

  function formFor(service: string): Form | undefined {
    const code = services.value.get(service)?.form
    return code ? forms.value.get(code) : undefined
  }

  /** Services offered without being owed, the frequent ones first; what is not for a resident is for the place. */
  function loggable(recipient: 'resident' | 'institution'): string[] {
    const fitting = [...services.value.values()]
      .filter((service) => service.code !== VISIT && formFor(service.code))
      .filter((service) => (service.recipient === 'resident') === (recipient === 'resident'))
      .map((service) => service.code)
    return [...OFFERED.filter((code) => fitting.includes(code)), ...fitting.filter((code) => !OFFERED.includes(code))]
  }

  return { formFor, loggable, isFrequent: (service: string) => OFFERED.includes(service), canLog: (service: string) => formFor(service) !== undefined }
}

export interface RoundView {
  round: ComputedRef<LocalRound | undefined>
  institution: ComputedRef<Institution | undefined>
  /** Who lives there on the day of the round, by bed. */
  residents: ComputedRef<Resident[]>
  resident: (id: Uuid | null) => Resident | undefined
  /** Lines of the round without the visit itself, newest first. */
  lines: ComputedRef<LocalLine[]>
  tasks: ComputedRef<Task[]>
}

export function useRound(roundId: () => Uuid): RoundView {
  const set = useWorkingSet()
  const { canLog } = useForms()
  const round = computed(() => set.rounds.value.find((each) => each.id === roundId()))
  const institution = computed(() =>
    set.institutions.value.find((each) => each.id === round.value?.institution_id),
  )
  const residents = computed(() =>
    set.residents.value
      .filter(
        (each) => each.institution_id === institution.value?.id && livesHere(each, round.value?.on ?? ''),
      )
      .sort(byBed),
  )
  const byId = computed(() => new Map(set.residents.value.map((each) => [each.id, each])))
  const lines = computed(() =>
    set.lines.value
      .filter((line) => line.round_id === roundId() && line.service !== VISIT)
      .sort((left, right) => right.made_at.localeCompare(left.made_at)),
  )
  const tasks = computed(() => {
    const at = round.value
    if (!at) return []
    return worklist({
      institutionId: at.institution_id,
      today: at.on,
      owed: set.owed.value,
      residents: residents.value,
      lines: set.lines.value,
      canLog,
    })
  })
  return {
    round,
    institution,
    residents,
    lines,
    tasks,
    resident: (id) => (id === null ? undefined : byId.value.get(id)),
  }
}

/** Lines that stand: neither withdrawn nor refused. */
export function standing(lines: readonly LocalLine[]): LocalLine[] {
  return lines.filter((line) => line.state !== 'void' && line.local !== 'refused')
}
