import type { Field, Form, LedgerEntry } from '@/api/wire'

export function formOf(fields: Pick<Field, 'name' | 'type'>[]): Form {
  const told = fields.map((field) => ({ ...field, label: { zh: field.name, en: field.name }, required: false }))
  return { code: 'form', version: 1, fields: told, checks: [], urgent: [] }
}

export const PRESSURE = formOf([
  { name: 'sbp', type: 'integer' },
  { name: 'dbp', type: 'integer' },
  { name: 'pulse', type: 'integer' },
  { name: 'danger_signs', type: 'choices' },
])

/** A refused blood pressure: the upper value has a digit too many. */
export function refusedOf(change: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id: 'row',
    entry_id: 'entry',
    kind: 'record',
    round_id: 'visit',
    author: { id: 'doctor', name: '王医生' },
    institution: { id: 'home', name: '颐养园' },
    device_name: 'Android Chrome',
    received_at: '2026-11-22T01:05:01.000Z',
    decided_at: '2026-11-22T01:05:01.000Z',
    outcome: 'refused',
    code: 'invalid',
    message: '填写有误，请按提示修改。',
    mend: '改正标出的字段后补正。',
    fields: [{ path: 'payload.form.sbp', code: 'too_high', limit: 300 }],
    content: {
      at: '2026-11-22T01:05:00.000Z',
      payload: {
        service: 'blood_pressure',
        subject_id: 'lan',
        outcome: 'done',
        form: { sbp: 1380, dbp: 82, danger_signs: ['palpitations'] },
        form_version: 1,
        unusual: [],
      },
    },
    imported_by: null,
    repaired: null,
    repair_of: null,
    dropped: null,
    ...change,
  }
}
