/** What a record means, from what the phone holds of its resident: as the server will say it. */
import type { LastReading } from '@/api/wire'
import { ageOn } from '../days'
import type { Day, Form, FormValues, Institution, Reference, Resident } from '../facts'
import { isWanted } from '../formFields'
import { assess } from './assess'
import { policyOn } from './policies'
import type { Assessment, Facts } from './types'

export interface Subject {
  reference: Pick<Reference, 'forms' | 'services' | 'policies'>
  /** null: a service to the institution as a whole. */
  resident: Resident | null
  institution: Pick<Institution, 'targets'> | null
  /** The round's. */
  on: Day
}

/** Null where the form names no rule, or something the rule needs is missing. */
export function assessmentOf(form: Form, values: FormValues, subject: Subject): Assessment | null {
  const { reference, institution, on } = subject
  const policy = form.result
    ? policyOn(reference.policies ?? [], form.result, on, institution?.targets ?? [])
    : null
  if (!form.result || !policy) return null
  return assess(form.result, values, factsOf(form, values, subject), policy)
}

function factsOf(form: Form, values: FormValues, { reference, resident, on }: Subject): Facts {
  const summary = form.fields
    .filter((field) => field.summary && isWanted(field, values))
    .map((field) => field.name)
  const before = resident ? runBefore(lastByRule(reference, resident, form.result), on) : null
  return {
    age: resident ? ageOn(resident.born, on) : null,
    conditions: resident?.conditions ?? [],
    uncontrolled: before?.uncontrolled ?? 0,
    raised: before?.raised ?? 0,
    summary,
  }
}

/** The newest reading that the rule judged, of whichever service. */
function lastByRule(
  { forms, services }: Subject['reference'],
  resident: Resident,
  rule: string | undefined,
): LastReading | null {
  const ruled = forms.filter((form) => form.result === rule).map((form) => form.code)
  const readings = services
    .filter((service) => service.form !== null && ruled.includes(service.form))
    .map((service) => resident.last[service.code])
    .filter((reading) => reading !== undefined)
  return readings.reduce<LastReading | null>((best, each) => (best && best.on >= each.on ? best : each), null)
}

/** Readings of one day are one: what another of today says was before it was before this one too. */
function runBefore(last: LastReading | null, on: Day): { uncontrolled: number; raised: number } | null {
  const said = last?.assessment
  if (!last || !said || (said.rule !== 'blood_pressure' && said.rule !== 'glucose')) return null
  const today = last.on >= on
  const raised = said.rule === 'blood_pressure' ? (today ? said.raised_before : said.raised) : 0
  return { uncontrolled: today ? said.uncontrolled_before : said.uncontrolled, raised }
}
