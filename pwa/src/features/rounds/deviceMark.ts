/** The mark that a meter was read and nobody typed: it holds as long as every reading is one the meter gave. */
import type { Field, Form } from '@/api/wire'
import { isMissing } from '@/rules/forms'

/** One of several readings as it is typed. */
export type TypedReading = Record<string, string>

/** `mark` is the field that names the meter; a form has one for each place that a meter can fill. */
export function useDeviceMark(form: Form, mark: Field, typed: Record<string, unknown>) {
  const names = mark.read_of ?? []
  const list = form.fields.find((field) => field.type === 'readings' && field.of?.some((name) => names.includes(name)))
  /** Readings that a meter gave, as they were. */
  const given = new Set<string>()

  function listed(field: Field): TypedReading[] {
    return (typed[field.name] as TypedReading[] | undefined) ?? []
  }

  /** What is there, reading by reading; an empty line is none yet. */
  function there(): string[] {
    const rows = list ? listed(list) : []
    const readings = rows.length ? rows : [typed]
    return readings.filter((reading) => names.some((name) => !isMissing(reading[name]))).map(written)
  }

  function written(reading: Record<string, unknown>): string {
    return JSON.stringify(names.map((name) => String(reading[name] ?? '')))
  }

  /** What was filled in with a mark, from a draft or a record, was read. */
  function remember(): void {
    if (typed[mark.name]) there().forEach((reading) => given.add(reading))
  }

  /** A value that was changed by hand takes the mark away. */
  function check(): void {
    if (typed[mark.name] && !isAllGiven()) typed[mark.name] = ''
  }

  function isAllGiven(): boolean {
    const readings = there()
    return readings.length > 0 && readings.every((reading) => given.has(reading))
  }

  /** Values by field: where readings are repeated the first empty line takes it, then a further one, then the last. */
  function placed(reading: TypedReading): Record<string, unknown> {
    const rows = list ? listed(list) : []
    if (!list || rows.length === 0) return Object.fromEntries(names.map((name) => [name, reading[name] ?? '']))
    const empty = rows.findIndex((row) => names.every((name) => isMissing(row[name])))
    const isFull = rows.length >= (list.max_items ?? 2)
    const place = empty >= 0 ? empty : isFull ? rows.length - 1 : rows.length
    return { [list.name]: [...rows.slice(0, place), { ...reading }, ...rows.slice(place + 1)] }
  }

  /** Marks the form, if nothing in it was typed. `device`: the name that the meter broadcasts. */
  function give(reading: TypedReading, device: string): void {
    given.add(written(reading))
    typed[mark.name] = isAllGiven() ? device.slice(0, mark.max_length) : ''
  }

  return { name: mark.name, remember, check, placed, give }
}
