import { describe, expect, it } from 'vitest'
import type { Form } from './facts'
import { startingValues, tidy, typedNumber } from './formInput'
import { judge, type Finding } from './forms'

interface Golden {
  form: string
  cases: {
    name: string
    form: Record<string, unknown>
    errors: Finding[]
    asks: Finding[]
    urgent: string[]
  }[]
}

const goldens = Object.values(
  import.meta.glob<Golden>('../../../tests/golden/forms/*.json', { eager: true, import: 'default' }),
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
  expect(goldens.map((golden) => golden.form).sort()).toEqual(['vital_bp', 'vital_glucose'])
})

describe.each(goldens)('golden cases of $form', (golden) => {
  it.each(golden.cases)('$name', ({ form, errors, asks, urgent }) => {
    expect(judge(formOf(golden.form), form)).toEqual({ errors, asks, urgent })
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
