import { describe, expect, it } from 'vitest'
import type { Form } from '@/api/wire'
import glucoseForm from '../../../../server/catalogue/data/forms/vital_glucose.json'
import pressureForm from '../../../../server/catalogue/data/forms/vital_bp.json'
import { useFormEntry } from './useFormEntry'

function entryOf(form: Form) {
  const entry = useFormEntry(form)
  const type = (name: string, value: unknown) => {
    for (const field of form.fields) if (field.name === name) entry.set(field, value)
  }
  return { entry, type }
}
const pressure = () => entryOf(pressureForm as unknown as Form)
const glucose = () => entryOf(glucoseForm as unknown as Form)
const READ = { sbp: '138', dbp: '82', pulse: '72' }

describe('the mark of a meter', () => {
  it('is kept with what was read, and is no question of the form', () => {
    const { entry } = pressure()
    entry.read(READ, 'OMRON J735')
    expect(entry.submit()).toMatchObject({ value: { form: { sbp: 138, dbp: 82, pulse: 72, device: 'OMRON J735' } } })
    expect(entry.shown.value.map((field) => field.name)).not.toContain('device')
  })
  it('is lost when a value is changed by hand, not when something else is said', () => {
    const { entry, type } = pressure()
    entry.read(READ, 'OMRON')
    type('note', '坐位')
    type('danger_signs', ['eye_pain'])
    expect(entry.values.value['device']).toBe('OMRON')
    type('sbp', '139')
    expect(entry.values.value).not.toHaveProperty('device')
    type('sbp', '138')
    expect(entry.values.value).not.toHaveProperty('device')
  })
  it('takes the place of what was typed, a pulse too that the meter does not give', () => {
    const { entry, type } = pressure()
    type('sbp', '150')
    type('pulse', '90')
    entry.read({ sbp: '138', dbp: '82' }, 'OMRON')
    expect(entry.values.value).toEqual({ sbp: 138, dbp: 82, device: 'OMRON' })
  })
  it('comes back with a draft or a record, and is lost there all the same', () => {
    const { entry, type } = pressure()
    entry.fill({ sbp: 138, dbp: 82, device: 'OMRON' })
    expect(entry.values.value['device']).toBe('OMRON')
    type('dbp', '83')
    expect(entry.values.value).toEqual({ sbp: 138, dbp: 83 })
  })
  it('is of all repeated readings or of none', () => {
    const { entry, type } = pressure()
    entry.read(READ, 'OMRON')
    type('readings', [READ, {}])
    expect(entry.values.value['device']).toBe('OMRON')
    entry.read({ sbp: '134', dbp: '80', pulse: '70' }, 'OMRON')
    expect(entry.values.value).toMatchObject({ sbp: 136, dbp: 81, device: 'OMRON' })
    expect(entry.values.value['readings']).toHaveLength(2)
    type('readings', [READ, { sbp: '134', dbp: '80', pulse: '70' }, { sbp: '130', dbp: '80' }])
    expect(entry.values.value).not.toHaveProperty('device')
  })
  it('is not given where another reading was typed', () => {
    const { entry, type } = pressure()
    type('readings', [{ sbp: '150', dbp: '90' }, {}])
    entry.read(READ, 'OMRON')
    expect(entry.values.value).toMatchObject({ sbp: 144, dbp: 86 })
    expect(entry.values.value).not.toHaveProperty('device')
  })
  it('has no more readings than the form takes', () => {
    const { entry, type } = pressure()
    type('readings', Array.from({ length: 5 }, () => ({ sbp: '150', dbp: '90' })))
    entry.read(READ, 'OMRON')
    expect(entry.typed['readings']).toHaveLength(5)
  })
  it('stands at a glucose, beyond the meter too, until that is typed', () => {
    const { entry, type } = glucose()
    entry.read({ mmol: '6.1' }, 'ACCU')
    expect(entry.values.value).toEqual({ mmol: '6.1', device: 'ACCU' })
    entry.read({ meter: 'HI' }, 'ACCU')
    expect(entry.values.value).toEqual({ meter: 'HI', device: 'ACCU' })
    type('mmol', '31.0')
    expect(entry.values.value).toEqual({ mmol: '31.0' })
  })
  it('has a name no longer than the form takes', () => {
    const { entry } = pressure()
    entry.read(READ, 'M'.repeat(99))
    expect(entry.submit()).toMatchObject({ ok: true, value: { form: { device: 'M'.repeat(60) } } })
  })
})
