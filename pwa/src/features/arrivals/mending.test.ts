import { describe, expect, it } from 'vitest'
import { formOf, PRESSURE, refusedOf } from './arrivals.test-data'
import { asked, inputsOf, mended, nameOf, payloadOf, textAt } from './mending'

const record = refusedOf()
const checkIn = refusedOf({
  kind: 'check_in',
  fields: [{ path: 'payload.method', code: 'unknown_choice' }],
  content: { payload: { institution_id: 'home', method: 'postre', token: 'x', reason: null, position: 'kept apart' } },
})

const KINDS = formOf([
  { name: 'points', type: 'score' },
  { name: 'kind', type: 'choice' },
  { name: 'told', type: 'boolean' },
  { name: 'when', type: 'date' },
])

function typedOf(entry: typeof record, changes: Record<string, string> = {}) {
  const inputs = inputsOf(entry, PRESSURE, entry.fields)
  const payload = payloadOf(entry) ?? {}
  return { inputs, typed: { ...Object.fromEntries(inputs.map(({ path }) => [path, textAt(payload, path)])), ...changes } }
}

describe('what can be put right', () => {
  it('of a record: the resident, and what was measured but for lists', () => {
    expect(inputsOf(record, PRESSURE, record.fields)).toEqual([
      { path: 'payload.subject_id', kind: 'resident' },
      { path: 'payload.form.sbp', kind: 'number' },
      { path: 'payload.form.dbp', kind: 'number' },
    ])
  })

  it('of a check-in: the institution, and what the server names', () => {
    expect(inputsOf(checkIn, null, checkIn.fields).map(({ kind }) => kind)).toEqual(['institution', 'method', 'manual_reason'])
  })

  it('a field that is missing is offered, a list and the envelope are not', () => {
    const wrong = ['payload.form.pulse', 'payload.form.danger_signs', 'entry.at'].map((path) => ({ path, code: 'required' }))
    expect(inputsOf(record, PRESSURE, wrong).map(({ path }) => path)).toContain('payload.form.pulse')
    expect(inputsOf(record, PRESSURE, wrong)).toHaveLength(4)
  })

  it('each by its type, in the order of the form; what the form does not know is typed', () => {
    const form = { other: 'x', when: '2026-05-01', kind: 'a', told: true, points: 3 }
    const entry = refusedOf({ kind: 'amend', fields: [], content: { payload: { form } } })
    expect(inputsOf(entry, KINDS, []).map(({ path, kind }) => [nameOf(path), kind])).toEqual([
      ...[['points', 'number'], ['kind', 'choice'], ['told', 'boolean']],
      ...[['when', 'date'], ['other', 'text']],
    ])
  })

  it('why it was late, where that is asked for', () => {
    const late = refusedOf({ kind: 'void', code: 'late_entry', content: { payload: { line_id: 'a', version: 1, reason: 'wrong_value' } } })
    expect(inputsOf(late, null, [])).toEqual([{ path: 'payload.late_reason', kind: 'late_reason' }])
  })

  it('nothing of what cannot be read', () => {
    expect(['text', null, { sealed: {} }, []].map((content) => inputsOf(refusedOf({ content }), PRESSURE, record.fields))).toEqual([[], [], [], []])
  })
})

describe('the payload mended', () => {
  it('is none where nothing was changed', () => {
    const { inputs, typed } = typedOf(record)
    expect(mended(record, inputs, typed, [])).toBeNull()
  })

  it('has numbers as numbers, and the rest as it was', () => {
    const { inputs, typed } = typedOf(record, { 'payload.form.sbp': ' 138 ' })
    expect(mended(record, inputs, typed, [])).toEqual({
      ...payloadOf(record),
      form: { sbp: 138, dbp: 82, danger_signs: ['palpitations'] },
    })
    expect(textAt(payloadOf(record) ?? {}, 'payload.form.sbp')).toBe('1380')
  })

  it('leaves it to the server to refuse what is no number', () => {
    const { inputs, typed } = typedOf(record, { 'payload.form.sbp': '138.5' })
    expect(mended(record, inputs, typed, [])?.['form']).toMatchObject({ sbp: '138.5' })
  })

  it('drops a reading that was emptied, and sets other fields to null', () => {
    const { inputs, typed } = typedOf(record, { 'payload.form.dbp': '', 'payload.subject_id': '' })
    const payload = mended(record, inputs, typed, [])
    expect(payload?.['form']).toEqual({ sbp: 1380, danger_signs: ['palpitations'] })
    expect(payload?.['subject_id']).toBeNull()
  })

  it('keeps where the author was in its place', () => {
    const { inputs, typed } = typedOf(checkIn, { 'payload.method': 'poster' })
    expect(mended(checkIn, inputs, typed, [])).toEqual({ ...payloadOf(checkIn), method: 'poster' })
  })

  it('names what was really measured, once', () => {
    const wrong = [{ path: 'payload.form.sbp', code: 'unusually_high' }, { path: 'payload.form.dbp', code: 'too_low' }]
    expect(asked(wrong)).toEqual(['sbp'])
    const { inputs, typed } = typedOf(record)
    expect(mended(record, inputs, typed, ['sbp', 'sbp'])?.['unusual']).toEqual(['sbp'])
  })
})
