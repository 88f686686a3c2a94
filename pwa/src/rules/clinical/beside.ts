/** Quantities that a form measures beside what its own rule judges: as server/clinical/rules/beside.py. */
import type { Action } from '@/api/wire'
import type { Form } from '../facts'
import { quantityOf } from '../quantities'
import type { Assessment, Values } from './types'

const RULES = { pressure: 'blood_pressure', glucose: 'glucose' } as const
const NAMES = { pressure: ['sbp', 'dbp'], glucose: ['mmol', 'meter'] } as const
/** From the weakest on. */
const ACTIONS: readonly Action[] = [
  ...(['record_only', 'routine', 'recheck', 'advise_venous_test'] as const),
  ...(['adjust_treatment', 'suspected', 'advise_referral', 'emergency_referral'] as const),
]
type Judge = (rule: string, values: Values) => Assessment | null

/**
 * What all rules of a form say: its own result with those of the other quantities `beside` it, and of all of them
 * the strongest action and the shortest time. Of two readings of a quantity the worse one counts.
 */
export function judgedByAll(form: Form, values: Values, judge: Judge): Assessment | null {
  const own = form.result ? judge(form.result, values) : null
  const found = new Map<string, Assessment>()
  for (const { rule, reading, timing } of besideOf(form, values)) {
    const said = judge(rule, { ...reading, timing: values['timing'] || timing })
    const before = found.get(rule)
    if (said && (!before || strength(said) > strength(before))) found.set(rule, said)
  }
  return together([...(own ? [own] : []), ...found.values()])
}

/** What a rule said, in an assessment or beside it; null where it said nothing. */
export function saidBy(assessment: Assessment | null, rule: string): Assessment | null {
  return [...(assessment ? [assessment] : []), ...(assessment?.beside ?? [])].find((each) => each.rule === rule) ?? null
}

function together([own, ...beside]: readonly Assessment[]): Assessment | null {
  if (!own || beside.length === 0) return own ?? null
  const advised = [own, ...beside].filter(({ action }) => action !== undefined)
  const [strongest] = [...advised].sort((left, right) => strength(right) - strength(left))
  const days = advised.map((each) => each['followup_days']).filter((each) => typeof each === 'number')
  const followup = days.length ? Math.min(...days) : null
  return { ...own, action: strongest?.action, followup_days: followup, beside } as Assessment
}

function besideOf(form: Form, values: Values) {
  const urgent = form.urgent.map(({ code }) => quantityOf(form, code))
  return form.fields.flatMap(({ meter, read_of, timing }) => {
    if (!meter || !urgent.includes(meter) || RULES[meter] === form.result) return []
    const reading = Object.fromEntries(NAMES[meter].map((name, place) => [name, values[read_of?.[place] ?? '']]))
    return [{ rule: RULES[meter], reading, timing: timing ?? 'random' }]
  })
}

function strength({ action }: Assessment): number {
  return ACTIONS.indexOf(action as Action)
}
