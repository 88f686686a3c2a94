/** The open questions of a clause, as a form, and what it asks the server. Pure. */

import type { FieldError } from '@/api/client'
import type { Day, Unit, Uuid } from '@/api/wire'
import type { Promised } from '@/i18n'

/** A number as a field holds it: empty is no number. */
export type Typed = number | ''

export interface ClauseForm {
  starts: Day
  ends: Day
  institution: Uuid | ''
  /** Days without service, bounds included. */
  suspensions: { from: Day; to: Day }[]
  kind: 'periodic' | 'once' | 'on_demand'
  services: string[]
  match: 'any' | 'all'
  scope: 'institution' | 'resident'
  minAge: Typed
  anyOf: string[]
  count: Typed
  /** Other counts from later days on; 0 drops the promise. */
  changes: { from: Day; count: Typed }[]
  per: Unit
  every: Typed
  align: 'calendar' | 'anniversary'
  countBy: 'day' | 'record'
  minMinutes: Typed
  minAttendees: Typed
  gap: Typed
  makeup: Typed
  partial: 'prorate' | 'full' | 'whole'
  minDays: Typed
  withinDays: Typed
  limited: boolean
  limit: Typed
  weight: Typed
}

export type Problem = keyof ClauseForm

/** A year's agreement from the first of next month, and the commonest clause: a weekly round. */
export function newClause(today: Day): ClauseForm {
  const starts = firstOfNextMonth(today)
  return {
    starts,
    ends: yearLater(starts),
    institution: '',
    suspensions: [],
    kind: 'periodic',
    services: ['round'],
    match: 'any',
    scope: 'institution',
    minAge: '',
    anyOf: [],
    count: 1,
    changes: [],
    per: 'week',
    every: 1,
    align: 'calendar',
    countBy: 'day',
    minMinutes: 0,
    minAttendees: 0,
    gap: 0,
    makeup: 0,
    partial: 'prorate',
    minDays: 1,
    withinDays: 30,
    limited: true,
    limit: 30,
    weight: 1,
  }
}

function firstOfNextMonth(today: Day): Day {
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))]
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)
}

function yearLater(starts: Day): Day {
  const [year, month] = [Number(starts.slice(0, 4)), Number(starts.slice(5, 7))]
  return new Date(Date.UTC(year + 1, month - 1, 0)).toISOString().slice(0, 10)
}

/** The numbers that this kind of clause reads; each must be there. */
const READ: Record<ClauseForm['kind'], readonly Problem[]> = {
  periodic: ['count', 'every', 'minMinutes', 'minAttendees', 'gap', 'makeup', 'minDays', 'weight'],
  once: ['withinDays', 'minMinutes', 'minAttendees', 'gap', 'makeup', 'weight'],
  on_demand: ['weight'],
}

/** The fields without which the server need not be asked. */
export function missingIn(form: ClauseForm): Problem[] {
  const numbers = [...READ[form.kind], ...(form.kind === 'on_demand' && form.limited ? (['limit'] as const) : [])]
  return [
    ...(['starts', 'ends'] as const).filter((name) => form[name] === ''),
    ...(form.services.length === 0 ? (['services'] as const) : []),
    ...numbers.filter((name) => form[name] === ''),
    ...(form.kind === 'periodic' && form.changes.some(({ from, count }) => from === '' || count === '') ? (['changes'] as const) : []),
    ...(form.kind !== 'on_demand' && form.suspensions.some(({ from, to }) => from === '' || to === '') ? (['suspensions'] as const) : []),
  ]
}

/** The clause with every default written out; what its kind does not read is left at its default. */
export function clauseOf(form: ClauseForm): Promised & { weight: number } {
  const periodic = form.kind === 'periodic'
  const countBy = periodic && form.match === 'any' ? form.countBy : 'day'
  return {
    kind: form.kind,
    services: form.services,
    match: form.kind !== 'on_demand' && form.services.length > 1 ? form.match : 'any',
    scope: form.kind === 'on_demand' ? 'institution' : form.scope,
    per: periodic ? form.per : null,
    every: periodic && form.per !== 'term' ? numberIn(form.every) : 1,
    align: periodic ? form.align : 'calendar',
    partial: periodic ? form.partial : 'prorate',
    min_days: periodic && form.partial === 'full' ? numberIn(form.minDays) : 1,
    min_minutes: form.kind === 'on_demand' ? 0 : numberIn(form.minMinutes),
    min_attendees: form.kind === 'on_demand' ? 0 : numberIn(form.minAttendees),
    min_gap_days: form.kind === 'on_demand' || countBy === 'record' ? 0 : numberIn(form.gap),
    makeup_days: form.kind === 'on_demand' ? 0 : numberIn(form.makeup),
    count_by: countBy,
    eligible: form.kind !== 'on_demand' && form.scope === 'resident' ? eligibleOf(form) : {},
    within_days: form.kind === 'once' ? numberIn(form.withinDays) : null,
    respond_within_minutes: form.kind === 'on_demand' && form.limited ? numberIn(form.limit) : null,
    count: periodic ? numberIn(form.count) : 1,
    weight: numberIn(form.weight),
  }
}

function eligibleOf({ minAge, anyOf }: ClauseForm): Promised['eligible'] {
  return { ...(minAge === '' ? {} : { min_age: minAge }), ...(anyOf.length ? { any_of: anyOf } : {}) }
}

function numberIn(typed: Typed): number {
  return typed === '' ? 0 : typed
}

/** What POST /agreements/preview is asked; null fields are left out, since a clause does not name what it lacks. */
export function previewBody(form: ClauseForm): unknown {
  const { count, ...clause } = clauseOf(form)
  const said = Object.fromEntries(Object.entries(clause).filter(([, value]) => value !== null))
  const changes = form.kind === 'periodic' ? form.changes : []
  return {
    starts: form.starts,
    ends: form.ends,
    suspensions: form.kind === 'on_demand' ? [] : form.suspensions.map((days) => ({ ...days, reason: '-' })),
    commitment: { clause: said, terms: [{ from: form.starts, count }, ...changes] },
    institution_id: form.institution === '' ? null : form.institution,
  }
}

const FIELDS: Readonly<Record<string, Problem>> = {
  starts: 'starts',
  ends: 'ends',
  institution_id: 'institution',
  services: 'services',
  match: 'match',
  min_age: 'minAge',
  any_of: 'anyOf',
  count: 'count',
  per: 'per',
  every: 'every',
  align: 'align',
  count_by: 'countBy',
  min_minutes: 'minMinutes',
  min_attendees: 'minAttendees',
  min_gap_days: 'gap',
  makeup_days: 'makeup',
  partial: 'partial',
  min_days: 'minDays',
  within_days: 'withinDays',
  respond_within_minutes: 'limit',
  weight: 'weight',
}

/** What is said of one row of a list is said at the list. The first term is the count itself. */
const LISTS: readonly [RegExp, Problem][] = [
  [/\bsuspensions\b/, 'suspensions'],
  [/\bterms\[[1-9]\d*\]/, 'changes'],
]

function fieldAt(path: string): Problem | undefined {
  const names = path.split('.').map((step) => step.replace(/\[\d+\]$/, ''))
  const name = names.reverse().find((step) => FIELDS[step])
  return name === undefined ? undefined : FIELDS[name]
}

export interface FormErrors {
  at: Partial<Record<Problem, FieldError>>
}

/** The server's refusals at the fields of the form (`commitment.terms[0].count` is `count`), as far as it has them. */
export function errorsAt(fields: readonly FieldError[]): FormErrors {
  const errors: FormErrors = { at: {} }
  for (const error of fields) {
    const field = LISTS.find(([list]) => list.test(error.path))?.[1] ?? fieldAt(error.path)
    if (field) errors.at[field] ??= error
  }
  return errors
}
