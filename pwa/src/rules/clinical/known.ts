/** What a record means, from what the phone holds of its resident: as the server will say it. */
import type { LastReading } from '@/api/wire'
import { ageOn } from '../days'
import type { Day, Form, FormValues, Institution, Reference, Resident } from '../facts'
import { isAsked } from '../formFields'
import { assess } from './assess'
import { judgedByAll, saidBy } from './beside'
import { policyOn } from './policies'
import type { Assessment, Facts } from './types'

export interface Subject {
  reference: Pick<Reference, 'forms' | 'services' | 'policies'>
  /** null: a service to the institution as a whole. */
  resident: Resident | null
  institution: Pick<Institution, 'targets'> | null
  /** The round's. */
  on: Day
  /** Of a correction: what its line meant before, and so what had been measured until then. */
  told?: Assessment | null
}

/** Null where no rule judges the form, or something the rules need is missing. */
export function assessmentOf(form: Form, values: FormValues, subject: Subject): Assessment | null {
  const { reference, institution, on } = subject
  return judgedByAll(form, values, (rule, said) => {
    const policy = policyOn(reference.policies ?? [], rule, on, institution?.targets ?? [])
    return policy && assess(rule, said, factsOf(form, values, rule, subject), policy)
  })
}

function factsOf(form: Form, values: FormValues, rule: string, subject: Subject): Facts {
  const { reference, resident, on } = subject
  const told = saidBy(subject.told ?? null, rule)
  const summary = form.fields
    .filter((field) => field.summary && isAsked(field, values))
    .map((field) => field.name)
  const last = resident ? lastByRule(reference, resident, rule) : null
  const before = told ? runOf(told, true) : last?.assessment ? runOf(last.assessment, last.on >= on) : null
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
  rule: string,
): LastReading | null {
  const ruled = forms.filter((form) => form.result === rule).map((form) => form.code)
  const readings = services
    .filter((service) => service.form !== null && ruled.includes(service.form))
    .map((service) => resident.last[service.code])
    .filter((reading) => reading !== undefined)
  return readings.reduce<LastReading | null>((best, each) => (best && !isNewer(each, best) ? best : each), null)
}

/** Of one day, the later: as the server orders them. */
function isNewer(each: LastReading, than: LastReading): boolean {
  if (each.on !== than.on) return each.on > than.on
  return Date.parse(each.made_at ?? '') > Date.parse(than.made_at ?? '')
}

/**
 * How many in a row missed the target, or were raised, with this one or `before` it. Readings of one day are one:
 * what another of today says was before it was before this one too.
 */
function runOf(said: Assessment, before: boolean): { uncontrolled: number; raised: number } | null {
  if (said.rule !== 'blood_pressure' && said.rule !== 'glucose') return null
  const raised = said.rule === 'blood_pressure' ? (before ? said.raised_before : said.raised) : 0
  return { uncontrolled: before ? said.uncontrolled_before : said.uncontrolled, raised }
}
