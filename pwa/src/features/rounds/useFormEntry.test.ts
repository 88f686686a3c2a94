import { describe, expect, it } from 'vitest'
import type { Field, Form } from '@/api/wire'
import { isComplete, useFormEntry } from './useFormEntry'

const forms = Object.values(
  import.meta.glob<Form>('../../../../server/catalogue/data/forms/*.json', {
    eager: true,
    import: 'default',
  }),
)
function entryOf(code: string) {
  const form = forms.find((each) => each.code === code)
  if (!form) throw new Error(`no form ${code}`)
  const entry = useFormEntry(form)
  const field = (name: string): Field => {
    const found = form.fields.find((each) => each.name === name)
    if (!found) throw new Error(`no field ${name}`)
    return found
  }
  return {
    entry,
    field,
    type: (name: string, value: unknown) => {
      entry.set(field(name), value)
    },
  }
}

describe('filling in a form', () => {
  it('sends typed numbers as the wire wants them', () => {
    const { entry, type } = entryOf('vital_glucose')
    type('mmol', '6')
    type('timing', 'fasting')
    expect(entry.submit()).toEqual({
      ok: true,
      value: { form: { mmol: '6.0', timing: 'fasting' }, unusual: [] },
    })
  })
  it('corrects nobody in the middle of a number', () => {
    const { entry, type } = entryOf('vital_bp')
    type('sbp', '1')
    expect(entry.errorAt('sbp')).toBeUndefined()
    entry.left.add('sbp')
    expect(entry.errorAt('sbp')?.code).toBe('too_low')
    expect(entry.errorAt('dbp')).toBeUndefined()
    entry.submit()
    expect(entry.errorAt('dbp')?.code).toBe('required')
  })
  it('wants unusual values confirmed, and again after they changed', () => {
    const { entry, type } = entryOf('vital_bp')
    type('sbp', '230')
    type('dbp', '125')
    expect(entry.submit()).toEqual({ ok: false, field: 'sbp', why: 'ask' })
    entry.confirmed.add('sbp')
    expect(entry.submit()).toEqual({ ok: true, value: { form: { sbp: 230, dbp: 125 }, unusual: ['sbp'] } })
    type('sbp', '240')
    expect(entry.submit()).toMatchObject({ ok: false, field: 'sbp' })
  })
  it('asks again about the difference when either half changed', () => {
    const { entry, type } = entryOf('vital_bp')
    type('sbp', '115')
    type('dbp', '100')
    entry.confirmed.add('dbp')
    expect(entry.submit().ok).toBe(true)
    type('sbp', '116')
    expect(entry.submit()).toMatchObject({ ok: false, field: 'dbp', why: 'ask' })
  })
  it('empties the field that another excludes', () => {
    const { entry, type } = entryOf('vital_glucose')
    type('mmol', '6.1')
    type('meter', 'LO')
    expect(entry.values.value).toEqual({ meter: 'LO' })
    type('mmol', '6')
    expect(entry.values.value).toEqual({ mmol: '6.0' })
  })
  it('turns urgent when the value is typed to its end', () => {
    const { entry, type } = entryOf('vital_glucose')
    type('mmol', '1')
    expect(entry.urgent.value).toEqual([])
    type('mmol', '17.0')
    expect(entry.urgent.value).toEqual(['glucose_high'])
    type('meter', 'LO')
    expect(entry.urgent.value).toEqual(['meter_low'])
  })
  it('takes up what was recorded', () => {
    const { entry } = entryOf('vital_bp')
    entry.fill({ sbp: 138, dbp: 82, danger_signs: ['eye_pain'] })
    expect(entry.submit()).toMatchObject({
      ok: true,
      value: { form: { sbp: 138, dbp: 82, danger_signs: ['eye_pain'] } },
    })
  })
})

it.each([
  ['vital_bp', 'sbp', '13', false],
  ['vital_bp', 'sbp', '138', true],
  ['vital_bp', 'sbp', '90', true],
  ['vital_bp', 'sbp', '', false],
  ['vital_bp', 'dbp', '82', true],
  ['vital_bp', 'dbp', '11', false],
  ['vital_glucose', 'mmol', '6', false],
  ['vital_glucose', 'mmol', '6.', false],
  ['vital_glucose', 'mmol', '6.1', true],
])('%s %s %j is complete: %s', (code, name, text, complete) => {
  expect(isComplete(entryOf(code).field(name), text)).toBe(complete)
})
