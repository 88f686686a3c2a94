import { afterEach, describe, expect, it } from 'vitest'
import { defineMessages, phraseOr, useMessages, type Messages, type Plural } from './catalogue'
import { setLocale } from './locale'
import { SERVICES } from './messages/services'
import { values } from './messages/values'

type AnyMessages = Messages<Record<string, string>>

const modules = import.meta.glob<Record<string, AnyMessages>>('./messages/*.ts', { eager: true })
const catalogues = Object.entries(modules).flatMap(([path, module]) =>
  Object.values(module)
    .filter((found) => 'zh' in found && 'en' in found)
    .map((messages): [string, AnyMessages] => [path, messages]),
)

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
}

function forms(message: string | Plural): string[] {
  return typeof message === 'string' ? [message] : [message.other]
}

afterEach(() => setLocale('zh-CN'))

describe('every catalogue', () => {
  it('is found', () => {
    expect(catalogues.length).toBeGreaterThan(5)
  })

  it.each(catalogues)('%s fills the same places in both languages', (_path, { zh, en }) => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    for (const [key, text] of Object.entries(zh)) {
      for (const form of forms(en[key] ?? '')) expect([key, placeholders(form)]).toEqual([key, placeholders(text)])
    }
  })
})

describe('a message', () => {
  const t = useMessages(
    defineMessages({ zh: { lines: '{n} 项', by: '{by} 确认' }, en: { lines: { one: '{n} line', other: '{n} lines' }, by: 'by {by}' } }),
  )

  it('follows the language and its plural', () => {
    expect(t('lines', { n: 1 })).toBe('1 项')
    setLocale('en')
    expect([t('lines', { n: 1 }), t('lines', { n: 12 })]).toEqual(['1 line', '12 lines'])
  })

  it('takes values as they are', () => {
    expect(t('by', { by: '{n}$&' })).toBe('{n}$& 确认')
  })

  it('of an unknown code is a general one, never the code', () => {
    expect(phraseOr(values, 'some_county_code')).toBe('其他情况')
    setLocale('en')
    expect(phraseOr(values, 'constructor')).toBe('other')
  })
})

interface FormField {
  name: string
  offer?: boolean
  options?: { value: string; label: { zh: string; en: string } }[]
}

const catalogueData = import.meta.glob<{ items: { code: string }[] }>('../../../server/catalogue/data/catalogue.json', {
  eager: true,
})
/** Services whose records have words of their own; all others are said in the words of their form. */
const OWN_WORDS = ['vital_bp', 'vital_glucose', 'guidance_note', 'referral', 'group_session']
const formData = import.meta.glob<{ code: string; fields: FormField[] }>('../../../server/catalogue/data/forms/*.json', { eager: true })

describe('names repeated for screens without reference data', () => {
  it('are those of the catalogue', () => {
    const codes = Object.values(catalogueData).flatMap(({ items }) => items.map(({ code }) => code))
    expect(Object.keys(SERVICES).sort()).toEqual(codes.sort())
  })

  it('are those of the forms', () => {
    const own = Object.values(formData).filter((form) => OWN_WORDS.includes(form.code))
    const fields = own.flatMap((form) => form.fields).filter((field) => !field.offer)
    const expected = fields.flatMap(({ name, options }) => (options ?? []).map(({ value, label }) => [`${name}_${value}`, label.zh]))
    const known = values.zh as Record<string, string>
    expect(expected.length).toBeGreaterThan(30)
    expect(expected.map(([key = '']) => [key, known[key]])).toEqual(expected)
  })
})
