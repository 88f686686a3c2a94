/** What a line on this phone means, before the server says it; and what it is to its resident's next reading. */
import type { Institution, Line, Reference, Resident, Uuid } from '@/api/wire'
import { assessmentOf } from '@/rules/clinical'

interface Held {
  institutions: ReadonlyMap<Uuid, Institution>
  residents: ReadonlyMap<Uuid, Resident>
  reference: Reference | null
}

type Content = Pick<Line, 'institution_id' | 'service' | 'subject_id' | 'outcome' | 'form' | 'on'>

/** Readings of a kind that are held, the last one among them: as many as the server sends. */
const KEPT = 3

/** `told`: of a correction, what its line meant before. */
export function meaningOf(
  { institutions, residents, reference }: Held,
  line: Content,
  told: Line['assessment'] = null,
): Line['assessment'] {
  const code = reference?.services.find((service) => service.code === line.service)?.form
  const form = reference?.forms.find((each) => each.code === code)
  if (!reference || !form || line.outcome !== 'done') return null
  const resident = line.subject_id === null ? null : (residents.get(line.subject_id) ?? null)
  const institution = institutions.get(line.institution_id) ?? null
  return assessmentOf(form, line.form, { reference, resident, institution, on: line.on, told })
}

/** The resident with this line as the last reading of its service. */
export function afterReading(resident: Resident, line: Line): Resident {
  const { on, made_at, form, assessment, service } = line
  const before = resident.last[service]
  const earlier = before ? [{ on: before.on, form: before.form }, ...(before.earlier ?? [])] : []
  const last = { on, made_at, form, assessment, earlier: earlier.slice(0, KEPT - 1) }
  return { ...resident, last: { ...resident.last, [service]: last } }
}
