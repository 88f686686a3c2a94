// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { nextTick, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Field, Form } from '@/api/wire'
import { closeAndWipe, draftsOf, dropDrafts, openFor, readDraft, saveDraft } from '@/offline'
import type { DraftKey, DraftMode } from '@/offline/drafts'
import { useDraft } from './useDraft'
import { useFormEntry } from './useFormEntry'
import { useNoteDraft } from './useNoteDraft'

const forms = Object.values(
  import.meta.glob<Form>('../../../../server/catalogue/data/forms/vital_bp.json', {
    eager: true,
    import: 'default',
  }),
)
const form = forms[0] as Form
const sbp = form.fields.find((field) => field.name === 'sbp') as Field
const key = (mode: DraftMode, target: string | null = null): DraftKey => ({
  roundId: 'visit',
  service: 'blood_pressure',
  subject: 'lan',
  mode,
  target,
})
/** Strokes are kept by a watcher, which runs after them. */
const settled = async () => {
  await nextTick()
  await new Promise((resolve) => setTimeout(resolve))
}

beforeEach(async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
  await openFor({ id: 'lin', name: '林医生' })
})
afterEach(async () => {
  await closeAndWipe()
  vi.unstubAllGlobals()
})

describe('a half-filled form', () => {
  it('comes back, over what it was filled with, reason and version seen included', async () => {
    const [reason, seen] = [ref<string | null>(null), ref(1)]
    const first = useFormEntry(form)
    first.fill({ sbp: 138, dbp: 82 })
    await useDraft(first, key('amend', 'line-1'), { reason, seen }).restore()
    first.set(sbp, '148')
    reason.value = 'typing_error'
    await settled()

    const [reasonAgain, seenAgain] = [ref<string | null>(null), ref(2)]
    const again = useFormEntry(form)
    again.fill({ sbp: 138, dbp: 82 })
    const beside = { reason: reasonAgain, seen: seenAgain }
    expect(await useDraft(again, key('amend', 'line-1'), beside).restore()).toBe('draft')
    expect([again.typed['sbp'], again.typed['dbp']]).toEqual(['148', '82'])
    expect([reasonAgain.value, seenAgain.value]).toEqual(['typing_error', 1])
  })
  it('is not touched by what is done with another form of the same resident and service', async () => {
    await saveDraft(key('new'), { typed: { sbp: '15' }, confirmed: [] })
    const entry = useFormEntry(form)
    const draft = useDraft(entry, key('edit', 'entry-1'))
    expect(await draft.restore()).toBeNull()
    entry.set(sbp, '160')
    await settled()
    await draft.drop()
    expect(await readDraft(key('edit', 'entry-1'))).toBeNull()
    expect(await readDraft(key('new'))).toMatchObject({ typed: { sbp: '15' } })
  })
  it('is none when a new one is emptied again', async () => {
    const entry = useFormEntry(form)
    await useDraft(entry, key('new')).restore()
    entry.set(sbp, '1')
    await settled()
    expect(await readDraft(key('new'))).not.toBeNull()
    entry.set(sbp, '')
    await settled()
    expect(await readDraft(key('new'))).toBeNull()
  })
})

describe('who types before the draft is there', () => {
  it('keeps what is typed, and gets the rest', async () => {
    await saveDraft(key('new'), { typed: { sbp: '138', dbp: '82' }, confirmed: ['sbp'] })
    const entry = useFormEntry(form)
    const restored = useDraft(entry, key('new')).restore()
    entry.set(sbp, '15')
    expect(await restored).toBe('typed')
    expect([entry.typed['sbp'], entry.typed['dbp'], entry.confirmed.size]).toEqual(['15', '82', 0])
    expect(await readDraft(key('new'))).toMatchObject({ typed: { sbp: '15', dbp: '82' } })
  })
  it('loses no stroke of it to a reload', async () => {
    const entry = useFormEntry(form)
    const restored = useDraft(entry, key('new')).restore()
    entry.set(sbp, '138')
    await restored
    expect(await readDraft(key('new'))).toMatchObject({ typed: { sbp: '138' } })
  })
  it('is not given back what was kept or dropped meanwhile', async () => {
    for (const end of ['handOver', 'drop'] as const) {
      await saveDraft(key('new'), { typed: { sbp: '138' }, confirmed: [] })
      const entry = useFormEntry(form)
      const draft = useDraft(entry, key('new'))
      const restored = draft.restore()
      await draft[end](() => Promise.resolve(true))
      await restored
      expect(entry.typed['sbp']).toBeUndefined()
    }
  })
})

describe('a form that is handed over', () => {
  it('is handed over once, and saves nothing more', async () => {
    const entry = useFormEntry(form)
    const draft = useDraft(entry, key('new'))
    await draft.restore()
    const keep = vi.fn(() => Promise.resolve(true))
    expect(await Promise.all([draft.handOver(keep), draft.handOver(keep)])).toEqual([true, false])
    entry.set(sbp, '138')
    await settled()
    expect([keep.mock.calls.length, draft.busy.value, await readDraft(key('new'))]).toEqual([1, true, null])
  })
  it.each([
    ['is not kept', () => Promise.resolve(null)],
    ['fails', () => Promise.reject(new Error('database closed'))],
  ])('goes on where it %s, with what was typed meanwhile', async (_how, keep) => {
    const entry = useFormEntry(form)
    const draft = useDraft(entry, key('new'))
    await draft.restore()
    const kept = draft.handOver(keep)
    entry.set(sbp, '138')
    await kept.catch(() => undefined)
    expect(draft.busy.value).toBe(false)
    expect(await readDraft(key('new'))).toMatchObject({ typed: { sbp: '138' } })
    expect(await draft.handOver(() => Promise.resolve(true))).toBe(true)
  })
})

it('brings the note of a check-out back', async () => {
  const { note, restored } = useNoteDraft('visit')
  await restored
  note.value = '下周复测'
  await settled()
  const again = useNoteDraft('visit')
  await again.restored
  expect(again.note.value).toBe('下周复测')
})

it('ends new records and the note with the round, and keeps corrections', async () => {
  await saveDraft(key('new'), { typed: {} })
  await saveDraft({ ...key('note'), service: '', subject: null }, { note: 'x' })
  await saveDraft(key('amend', 'line-1'), { typed: {} })
  expect(await draftsOf('visit')).toEqual([key('new')])
  await dropDrafts('visit')
  expect(await draftsOf('visit')).toEqual([])
  expect(await readDraft(key('amend', 'line-1'))).not.toBeNull()
  expect(await readDraft({ ...key('note'), service: '', subject: null })).toBeNull()
})
