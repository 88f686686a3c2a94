/** Whatever the shipped forms name by a code, unit, check or urgent value, has words in both languages. */
import { expect, it } from 'vitest'
import type { Form } from '@/api/wire'
import { rounds } from './messages/rounds'

const forms = Object.values(
  import.meta.glob<Form>('../../../server/catalogue/data/forms/*.json', { eager: true, import: 'default' }),
)
const named = (codes: string[]): string[] => [...new Set(codes)].sort()
const unsaid = (keys: string[]): string[] => keys.filter((key) => !(key in rounds.zh && key in rounds.en))

it('every unit', () => {
  const units = named(forms.flatMap((form) => form.fields.flatMap((field) => field.unit ?? [])))
  expect(units.length).toBeGreaterThan(15)
  expect(unsaid(units.map((unit) => `unit_${unit}`))).toEqual([])
})

it('every check', () => {
  const checks = forms.flatMap((form) => form.checks)
  const keys = named(checks.map(({ kind, code }) => `${kind === 'ask' ? 'ask' : 'error'}_${code}`))
  expect(keys.length).toBeGreaterThan(3)
  expect(unsaid(keys)).toEqual([])
})

it('every urgent value', () => {
  const codes = named(forms.flatMap((form) => form.urgent.map((rule) => rule.code)))
  expect(codes.length).toBeGreaterThan(10)
  expect(unsaid(codes.map((code) => `urgent_${code}`))).toEqual([])
})
