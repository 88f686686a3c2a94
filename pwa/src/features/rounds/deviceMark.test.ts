import { describe, expect, it } from 'vitest'
import type { Form } from '@/api/wire'
import checkupForm from '../../../../server/catalogue/data/forms/health_checkup.json'
import diabetesForm from '../../../../server/catalogue/data/forms/diabetes_followup.json'
import glucoseForm from '../../../../server/catalogue/data/forms/vital_glucose.json'
import pressureForm from '../../../../server/catalogue/data/forms/vital_bp.json'
import type { TypedReading } from './deviceMark'
import { useFormEntry } from './useFormEntry'

function entryOf(form: Form, markName = 'device') {
  const entry = useFormEntry(form)
  const mark = form.fields.find((field) => field.name === markName)
  if (!mark) throw new Error(`no field ${markName}`)
  const type = (name: string, value: unknown) => {
    for (const field of form.fields) if (field.name === name) entry.set(field, value)
  }
  return { entry, type, read: (reading: TypedReading, device: string) => entry.read(mark, reading, device) }
}
const pressure = () => entryOf(pressureForm as unknown as Form)
const glucose = () => entryOf(glucoseForm as unknown as Form)
const READ = { sbp: '138', dbp: '82', pulse: '72' }

describe('the mark of a meter', () => {
  it('is kept with what was read, and is no question of the form', () => {
    const { entry, read } = pressure()
    read(READ, 'OMRON J735')
    expect(entry.submit()).toMatchObject({ value: { form: { sbp: 138, dbp: 82, pulse: 72, device: 'OMRON J735' } } })
    expect(entry.shown.value.map((field) => field.name)).not.toContain('device')
  })
  it('is lost when a value is changed by hand, not when something else is said', () => {
    const { entry, type, read } = pressure()
    read(READ, 'OMRON')
    type('note', '坐位')
    type('danger_signs', ['eye_pain'])
    expect(entry.values.value['device']).toBe('OMRON')
    type('sbp', '139')
    expect(entry.values.value).not.toHaveProperty('device')
    type('sbp', '138')
    expect(entry.values.value).not.toHaveProperty('device')
  })
  it('takes the place of what was typed, a pulse too that the meter does not give', () => {
    const { entry, type, read } = pressure()
    type('sbp', '150')
    type('pulse', '90')
    read({ sbp: '138', dbp: '82' }, 'OMRON')
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
    const { entry, type, read } = pressure()
    read(READ, 'OMRON')
    type('readings', [READ, {}])
    expect(entry.values.value['device']).toBe('OMRON')
    read({ sbp: '134', dbp: '80', pulse: '70' }, 'OMRON')
    expect(entry.values.value).toMatchObject({ sbp: 136, dbp: 81, device: 'OMRON' })
    expect(entry.values.value['readings']).toHaveLength(2)
    type('readings', [READ, { sbp: '134', dbp: '80', pulse: '70' }, { sbp: '130', dbp: '80' }])
    expect(entry.values.value).not.toHaveProperty('device')
  })
  it('is not given where another reading was typed', () => {
    const { entry, type, read } = pressure()
    type('readings', [{ sbp: '150', dbp: '90' }, {}])
    read(READ, 'OMRON')
    expect(entry.values.value).toMatchObject({ sbp: 144, dbp: 86 })
    expect(entry.values.value).not.toHaveProperty('device')
  })
  it('has no more readings than the form takes', () => {
    const { entry, type, read } = pressure()
    type('readings', Array.from({ length: 5 }, () => ({ sbp: '150', dbp: '90' })))
    read(READ, 'OMRON')
    expect(entry.typed['readings']).toHaveLength(5)
  })
  it('stands at a glucose, beyond the meter too, until that is typed', () => {
    const { entry, type, read } = glucose()
    read({ mmol: '6.1' }, 'ACCU')
    expect(entry.values.value).toEqual({ mmol: '6.1', device: 'ACCU' })
    read({ meter: 'HI' }, 'ACCU')
    expect(entry.values.value).toEqual({ meter: 'HI', device: 'ACCU' })
    type('mmol', '31.0')
    expect(entry.values.value).toEqual({ mmol: '31.0' })
  })
  it('is of one arm in a check-up, and of the other by itself', () => {
    const left = entryOf(checkupForm as unknown as Form, 'device_left')
    left.read({ sbp_left: '138', dbp_left: '82' }, 'OMRON')
    left.type('sbp_right', '140')
    expect(left.entry.values.value).toMatchObject({ sbp_left: 138, sbp_right: 140, device_left: 'OMRON' })
    expect(left.entry.values.value).not.toHaveProperty('device_right')
    left.type('dbp_left', '83')
    expect(left.entry.values.value).not.toHaveProperty('device_left')
  })
  it('of pressure and of glucose stand in one form', () => {
    const { entry, type, read } = entryOf(diabetesForm as unknown as Form, 'device_pressure')
    entry.fill({ meter: 'LO', device_glucose: 'ACCU' })
    read(READ, 'OMRON')
    expect(entry.values.value).toMatchObject({ sbp: 138, pulse: 72, device_pressure: 'OMRON', device_glucose: 'ACCU' })
    type('mmol', '4.1')
    expect(entry.values.value).toMatchObject({ mmol: '4.1', device_pressure: 'OMRON' })
    expect(entry.values.value).not.toHaveProperty('device_glucose')
  })
  it('has a name no longer than the form takes', () => {
    const { entry, read } = pressure()
    read(READ, 'M'.repeat(99))
    expect(entry.submit()).toMatchObject({ ok: true, value: { form: { device: 'M'.repeat(60) } } })
  })
})
