/** What an urgent record obliges to see again, and what sees to it: as server/followups/rules.py. */
import type { Form, FormValues, Reference, Uuid } from './facts'
import { measured, quantityOf } from './quantities'

/** A quantity, whichever service measures it; or the service, where no meter reads what was urgent. */
export type Matter = string

export interface Owed {
  /** Of the duty: the record's own id, and those next to it for the further matters of its form. */
  id: Uuid
  matter: Matter
  /** The record's urgent codes that are about it. */
  urgent: string[]
}

export function formOf(reference: Pick<Reference, 'forms' | 'services'> | null, service: string): Form | null {
  const code = reference?.services.find((each) => each.code === service)?.form
  return reference?.forms.find((form) => form.code === code) ?? null
}

/** One for each matter among the codes, in the order of the form's rules. */
export function owedBy(record: Uuid, form: Form | null, service: string, urgent: readonly string[]): Owed[] {
  const places = matters(form, service)
  const found = [...new Set(urgent.map((code) => matterOf(form, service, code)))]
  return found
    .map((matter) => ({
      place: places.includes(matter) ? places.indexOf(matter) : places.length,
      matter,
      urgent: urgent.filter((code) => matterOf(form, service, code) === matter),
    }))
    .sort((left, right) => left.place - right.place)
    .map(({ place, ...owed }) => ({ ...owed, id: near(record, place) }))
}

/**
 * Whether a record that was done sees to a matter: it is of the service, or measures the quantity with a form that says
 * when that is urgent. Another's values are judged by nobody and would make no duty.
 */
export function seesTo(form: Form | null, service: string, values: FormValues, matter: Matter): boolean {
  if (service === matter || form === null) return service === matter
  return matters(form, service).includes(matter) && [...measured(form, values)].some((quantity) => quantity === matter)
}

/** The service that measures no more than it must to see to a matter again: the one of the shortest form. */
export function plainest(reference: Pick<Reference, 'forms' | 'services'> | null, matter: Matter, otherwise: string): string {
  const measuring = (reference?.services ?? []).flatMap(({ code }) => {
    const form = formOf(reference, code)
    const measures = form?.fields.some((field) => field.meter === matter)
    return form && measures ? [{ code, fields: form.fields.length }] : []
  })
  return measuring.sort((left, right) => left.fields - right.fields)[0]?.code ?? otherwise
}

function matters(form: Form | null, service: string): Matter[] {
  const found = (form?.urgent ?? []).map(({ code }) => matterOf(form, service, code))
  return found.length ? [...new Set(found)] : [service]
}

function matterOf(form: Form | null, service: string, code: string): Matter {
  return (form && quantityOf(form, code)) ?? service
}

/** The id at a place beside this one. */
function near(id: Uuid, place: number): Uuid {
  return id.slice(0, -1) + (parseInt(id.slice(-1), 16) ^ place).toString(16)
}
