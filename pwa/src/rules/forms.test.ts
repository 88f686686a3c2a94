import { describe, expect, it } from 'vitest'
import type { Form } from './facts'
import { startingValues, tidy, typedNumber } from './formInput'
import { attendeesOf, completeness, judge, type Finding } from './forms'

interface Case {
  name: string
  form: Record<string, unknown>
  on?: string
  errors: Finding[]
  asks: Finding[]
  urgent: string[]
}

interface Golden<F> {
  form: F
  cases: Case[]
}

const goldens = Object.values(
  import.meta.glob<Golden<string>>('../../../tests/golden/forms/*.json', { eager: true, import: 'default' }),
)
const language = Object.values(
  import.meta.glob<Golden<Form>>('../../../tests/golden/form_language/*.json', {
    eager: true,
    import: 'default',
  }),
)
const forms = Object.values(
  import.meta.glob<Form>('../../../server/catalogue/data/forms/*.json', { eager: true, import: 'default' }),
)

function formOf(code: string): Form {
  const form = forms.find((each) => each.code === code)
  if (!form) throw new Error(`no form ${code}`)
  return form
}

it('finds the cases shared with the server', () => {
  expect(goldens.map((golden) => golden.form)).toEqual(expect.arrayContaining(['vital_bp', 'vital_glucose']))
  expect(language.length).toBeGreaterThan(5)
})

describe.each(goldens)('golden cases of $form', (golden) => {
  it.each(golden.cases)('$name', ({ form, on, errors, asks, urgent }) => {
    expect(judge(formOf(golden.form), form, on)).toEqual({ errors, asks, urgent })
  })
})

describe.each(language)('golden cases of $form.code', (golden) => {
  it.each(golden.cases)('$name', ({ form, on, errors, asks, urgent }) => {
    expect(judge(golden.form, form, on)).toEqual({ errors, asks, urgent })
  })
})

describe('beside the judgement', () => {
  const rosters = language.find((golden) => golden.form.code === 'rosters')?.form
  it('a roster says how many came', () => {
    expect(attendeesOf(rosters, { names: ['a', 'b'] })).toBe(2)
    expect(attendeesOf(rosters, { attendees: 7 })).toBe(7)
    expect(attendeesOf(undefined, {})).toBeNull()
  })
  it('completeness counts what is asked as things stand', () => {
    const field = { type: 'boolean', label: { zh: '', en: '' }, required: false, summary: true } as const
    const form: Form = {
      code: 'checkup',
      version: 1,
      checks: [],
      urgent: [],
      fields: [
        { ...field, name: 'ecg' },
        { ...field, name: 'ecg_normal', when: { field: 'ecg', equals: true } },
        { ...field, name: 'ultrasound' },
        { ...field, name: 'note', summary: false },
      ],
    }
    expect(completeness(form, {})).toEqual({ done: 0, of: 2, missing: ['ecg', 'ultrasound'] })
    expect(completeness(form, { ecg: true })).toEqual({ done: 1, of: 3, missing: ['ecg_normal', 'ultrasound'] })
    expect(completeness(form, { ecg: false, ultrasound: false })).toMatchObject({ done: 2, of: 2 })
  })
})

describe('what was typed', () => {
  const [sbp] = formOf('vital_bp').fields
  const [mmol] = formOf('vital_glucose').fields
  it.each([
    ['120', 120],
    [' 120 ', 120],
    ['１２０', 120],
    ['', null],
    ['12a', '12a'],
    ['12.5', '12.5'],
  ])('integer %j becomes %j', (typed, value) => {
    expect(sbp && typedNumber(sbp, typed)).toBe(value)
  })
  it.each([
    ['6', '6.0'],
    ['6.1', '6.1'],
    ['6。1', '6.1'],
    ['６，１', '6.1'],
    ['.5', '0.5'],
    ['6.', '6.0'],
    ['06.1', '6.1'],
    ['6.12', '6.12'],
    ['.', '.'],
    ['LO', 'LO'],
  ])('decimal %j becomes %j', (typed, value) => {
    expect(mmol && typedNumber(mmol, typed)).toBe(value)
  })
  it('drops what is empty and trims texts', () => {
    expect(tidy({ a: '', b: null, c: [], d: ' x ', e: 0, f: false, g: '  ' })).toEqual({
      d: 'x',
      e: 0,
      f: false,
    })
  })
  it('starts with the defaults of the form', () => {
    const form = { code: 'f', version: 1, checks: [], urgent: [] }
    const field = { name: 'told', type: 'boolean', label: { zh: '', en: '' }, required: true } as const
    expect(startingValues({ ...form, fields: [field, { ...field, name: 'way', default: 'x' }] })).toEqual({
      way: 'x',
    })
  })
})
