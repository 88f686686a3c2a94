/** Every shipped form on the phone: it can be filled in, followed and read. */
import { describe, expect, it } from 'vitest'
import type { Form } from '@/api/wire'
import { knows } from '@/i18n/catalogue'
import { offline } from '@/i18n/messages/offline'
import { rounds } from '@/i18n/messages/rounds'
import { filledIn, following } from '@/rules/formInput'
import { changesIn, formInWords, gistOf, sumOf } from './formWords'
import { nextPart, partsOf } from './parts'
import { useFormEntry } from './useFormEntry'
import { useSteps } from './useSteps'

const forms = Object.values(
  import.meta.glob<Form>('../../../../server/catalogue/data/forms/*.json', { eager: true, import: 'default' }),
)
function formOf(code: string): Form {
  const form = forms.find((each) => each.code === code)
  if (!form) throw new Error(`no form ${code}`)
  return form
}
const words = { zh: '甲', en: 'A' }

describe('words of forms', () => {
  const needed = forms.flatMap((form) => [
    ...form.fields.flatMap((field) => (field.unit ? [`unit_${field.unit}`] : [])),
    ...form.checks.map((check) => `${check.kind === 'ask' ? 'ask' : 'error'}_${check.code}`),
    ...form.urgent.map((rule) => `urgent_${rule.code}`),
  ])
  it.each([...new Set(needed)])('there are for %s', (code) => {
    expect(knows(rounds, code)).toBe(true)
  })
})

interface Golden {
  /** An example of the form language stands there as a whole. */
  form: string | Form
  cases: { errors: { code: string }[]; asks: { code: string }[] }[]
}

describe('words of what the server may refuse', () => {
  const goldens = Object.values(
    import.meta.glob<Golden>(
      ['../../../../tests/golden/forms/*.json', '../../../../tests/golden/form_language/*.json'],
      { eager: true, import: 'default' },
    ),
  )
  const codes = goldens.flatMap(({ form, cases }) => {
    const examples = typeof form === 'string' ? [] : form.checks.map(({ code }) => code)
    const found = cases.flatMap(({ errors, asks }) => [...errors, ...asks].map(({ code }) => code))
    return found.filter((code) => !examples.includes(code))
  })
  it.each([...new Set(codes)])('there are for %s', (code) => {
    expect(knows(offline, `field_${code}`)).toBe(true)
  })
})

describe('what follows from what was typed', () => {
  const bp = formOf('vital_bp')
  it('two readings make a mean, one makes none', () => {
    const readings = [{ sbp: 140, dbp: 80 }, { sbp: 141, dbp: 81 }]
    expect(filledIn(bp, { sbp: 150, readings })).toMatchObject({ sbp: 141, dbp: 81, readings })
    expect(filledIn(bp, { readings: [{ sbp: 140, dbp: 80 }, {}] })).toEqual({ sbp: 140, dbp: 80 })
    expect([...following(bp, { sbp: 141, dbp: 81, readings })]).toEqual(expect.arrayContaining(['sbp', 'dbp']))
  })
  it('of a reading that is no number there is no mean, and the reading says so', () => {
    const entry = useFormEntry(bp)
    entry.fill({ readings: [{ sbp: '140', dbp: '80' }, { sbp: '14x', dbp: '80' }] })
    expect(entry.submit()).toMatchObject({ ok: false, field: 'readings.1.sbp', why: 'error' })
  })
  it('answers of a question that went away are not sent', () => {
    const form: Form = {
      ...{ code: 'f', version: 1, checks: [], urgent: [] },
      fields: [
        { name: 'fell', type: 'boolean', label: words, required: true },
        { name: 'hurt', type: 'boolean', label: words, required: true, when: { field: 'fell', equals: true } },
        { name: 'where', type: 'text', label: words, required: true, when: { field: 'hurt', equals: true } },
      ],
    }
    expect(filledIn(form, { fell: true, hurt: true, where: '头' })).toEqual({ fell: true, hurt: true, where: '头' })
    expect(filledIn(form, { fell: false, hurt: true, where: '头' })).toEqual({ fell: false })
  })
  it('a roster counts itself', () => {
    expect(filledIn(formOf('group_session'), { roster: ['王芳', '李静'] })).toMatchObject({ attendees: 2 })
  })
  it('measurements decide their items', () => {
    const form = formOf('tcm_constitution_33')
    const derived = form.fields.filter((field) => field.derived)
    expect(derived.length).toBe(2)
    const measured = Object.fromEntries(
      derived.flatMap((field) => field.derived?.of ?? []).map((name) => [name, measure(form, name)]),
    )
    const values = filledIn(form, measured)
    expect(derived.every((field) => typeof values[field.name] === 'number')).toBe(true)
  })
  function measure(form: Form, name: string): unknown {
    const field = form.fields.find((each) => each.name === name)
    const places = field?.places ?? 0
    return field?.type === 'integer' ? 100 : `100${places ? `.${'0'.repeat(places)}` : ''}`
  }
})

describe('a form in steps', () => {
  const form = formOf('tcm_constitution_33')
  function answerAll(entry: ReturnType<typeof useFormEntry>): void {
    for (const field of form.fields.filter((each) => each.required)) {
      const value = field.options?.[0]?.value
      entry.set(field, field.type === 'choices' ? [value] : value)
    }
  }
  it('goes on from what is answered only, and comes back', () => {
    const entry = useFormEntry(form)
    const steps = useSteps(entry)
    const first = steps.steps.value.findIndex((step) => step.fields.some((field) => field.required))
    steps.at.value = first
    const [field] = steps.current.value?.fields ?? []
    if (!field) throw new Error('no field')
    expect(steps.next()).toBe(field.name)
    expect(entry.errorAt(field.name)?.code).toBe('required')
    entry.set(field, field.options?.[1]?.value)
    expect(steps.next()).toBeNull()
    expect(steps.place.value).toBe(first + 1)
    steps.back()
    expect(steps.place.value).toBe(first)
  })
  it('ends with a check, from which each answer can be changed', () => {
    const entry = useFormEntry(form)
    const steps = useSteps(entry)
    answerAll(entry)
    steps.at.value = 999
    expect(steps.current.value).toBeUndefined()
    expect(entry.submit().ok).toBe(true)
    steps.goTo('q5')
    expect(steps.current.value?.fields.map((field) => field.name)).toEqual(['q5'])
  })
  it('asks nothing that measurements have answered', () => {
    const entry = useFormEntry(form)
    const before = useSteps(entry).steps.value.length
    const [derived] = form.fields.filter((field) => field.derived?.from === 'waist')
    const waist = form.fields.find((field) => field.name === derived?.derived?.of[0])
    if (!waist) throw new Error('no waist')
    entry.set(waist, '85')
    expect(useSteps(entry).steps.value.length).toBe(before - 1)
  })
})

describe('a form that is read', () => {
  it('says what a correction changes, in the order of the form', () => {
    const form = formOf('vital_bp')
    const before = { sbp: 188, dbp: 82, pulse: 70, danger_signs: [] }
    const readings = [{ sbp: 138, dbp: 80 }, { sbp: 140, dbp: 84 }]
    expect(changesIn(form, before, { sbp: 188, dbp: 82, pulse: 70 })).toEqual([])
    expect(changesIn(form, before, { sbp: 139, dbp: 82, readings })).toEqual([
      { name: 'sbp', label: '收缩压（高压）', was: '188 mmHg', now: '139 mmHg' },
      { name: 'pulse', label: '脉搏', was: '70 次/分', now: null },
      { name: 'readings', label: '多次测量', was: null, now: '138/80、140/84' },
    ])
  })
  it('tells other photos from those that were there', () => {
    const form = formOf('pressure_injury')
    const changes = changesIn(form, { photos: ['a', 'b'] }, { photos: ['a', 'c'] })
    expect(changes.map(({ name }) => name)).toEqual(['photos'])
    expect(changesIn(form, { photos: ['a'] }, { photos: ['a'] })).toEqual([])
  })
  it('says options and sums in words', () => {
    const form = formOf('self_care')
    const values = { meal: 3, wash: 3, dress: 3, toilet: 0, move: 0 }
    const said = formInWords(form, values)
    const labels = said.flatMap((section) => section.fields).map((field) => field.value)
    expect(labels).toHaveLength(5)
    expect(labels.every((label) => /（\d+ 分）$/.test(label))).toBe(true)
    expect(sumOf(form, { fields: form.fields.map((field) => field.name) }, values)).toEqual({ points: 9, most: 37 })
  })
  it.each(forms.filter((form) => form.fields.length > 0))('$code loses no field', (form) => {
    const names = formInWords(form, Object.fromEntries(form.fields.map((field) => [field.name, 'x'])))
      .flatMap((section) => section.fields)
      .map((field) => field.name)
    expect(names.sort()).toEqual(form.fields.map((field) => field.name).sort())
  })
  it('has a gist for lists', () => {
    expect(gistOf(formOf('guidance_note'), { topics: ['diet'], text: '少盐' })).toBe('饮食调养')
  })
})

describe('a service in parts', () => {
  const resident = { id: 'r1' } as never
  const line = (service: string) =>
    ({ id: service, service, subject_id: 'r1', state: 'pending', local: null, outcome: 'declined' }) as never
  const parts = formOf('integrated_elder_service').parts ?? []
  it('leads from part to part, declined ones too being dealt with', () => {
    expect(parts).toHaveLength(6)
    const [first = '', second = '', third = ''] = parts
    const lines = { value: [line(second)] } as never
    expect(partsOf(parts, [line(second)], resident).filter((part) => part.line)).toHaveLength(1)
    expect(nextPart(parts, { lines }, resident, first)?.service).toBe(third)
    expect(nextPart(parts, { lines }, resident)?.service).toBe(first)
    expect(nextPart(parts, { lines: { value: parts.map(line) } as never }, resident, first)).toBeNull()
  })
})
