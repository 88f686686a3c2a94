// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { createApp, nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Form } from '@/api/wire'
import { closeAndWipe, enqueue, openFor, saveDraft, useOutbox, type LocalLine } from '@/offline'
import type { DraftMode } from '@/offline/drafts'
import { deleteDatabase, openDatabase, type AccountDatabase } from '@/offline/schema'
import { changeOutbox } from '@/offline/store'
import { line } from '@/rules/examples.test-data'
import AmendForm from './AmendForm.vue'
import { useLogging, type Target } from './useLogging'

const [form] = Object.values(
  import.meta.glob<Form>('../../../../server/catalogue/data/forms/vital_bp.json', { eager: true, import: 'default' }),
) as [Form]
const target: Target = { roundId: 'visit', service: 'blood_pressure', residentId: 'lan', who: 'Lan', formVersion: 1 }
const SAID = { form: { sbp: 138, dbp: 82 }, unusual: [] }
const { log, logQuietly, change, replace } = useLogging()
const { entries } = useOutbox()

let db: AccountDatabase
/** What lies in the database between its transactions: ids of entries that were made since, and how many drafts. */
let seen: Set<string>
let looking: Promise<void>
let isOver: boolean

beforeEach(async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
  await openFor({ id: 'lin', name: '林医生' })
  db = await openDatabase('lin')
})
afterEach(async () => {
  db.close()
  await closeAndWipe()
  await deleteDatabase('lin')
  vi.unstubAllGlobals()
})

/** Looks on as a page would that is opened after a kill: whenever nobody writes. */
function look(): void {
  seen = new Set()
  isOver = false
  const once = async () => {
    const tx = db.transaction(['outbox', 'drafts'])
    const items = await tx.objectStore('outbox').getAll()
    const drafts = await tx.objectStore('drafts').count()
    const kept = items.map(({ kind, bytes, handled }) => [kind, handled?.how, bytes].join(' '))
    seen.add(`${kept.join(', ')} | ${drafts}`)
  }
  looking = (async () => {
    while (!isOver) await once()
    await once()
  })()
}

async function states(): Promise<number> {
  isOver = true
  await looking
  return seen.size
}

const typed = (mode: DraftMode, of: string | null = null) =>
  saveDraft({ roundId: 'visit', service: 'blood_pressure', subject: 'lan', mode, target: of }, { typed: { sbp: '138' } })

describe('a kill finds what was typed either as a draft or as an entry, never as both:', () => {
  it.each([
    ['a form', log],
    ['a row', logQuietly],
  ])('%s', async (_what, keep) => {
    await typed('new')
    look()
    await keep(target, 'done', SAID)
    expect(await states()).toBe(2)
    expect(await db.count('drafts')).toBe(0)
  })
  it('a change of what waits', async () => {
    const { id } = await enqueue('note', 'visit', { text: 'x' })
    await typed('edit', id)
    look()
    await change(id, target, 'done', SAID)
    expect(await states()).toBe(2)
    expect(await db.count('drafts')).toBe(0)
  })
  it('what is sent in place of a refused entry, which is settled with it', async () => {
    const { id } = await enqueue('note', 'visit', { text: 'x' })
    await changeOutbox(db, (item) => ({ ...item, state: 'refused' as const }))
    await typed('fix', id)
    const refused = entries.value.find((item) => item.id === id)
    look()
    if (refused) await replace(refused, target, 'done', SAID)
    expect(await states()).toBe(2)
    expect((await db.get('outbox', id))?.handled?.how).toBe('replaced')
    expect(await db.count('drafts')).toBe(0)
  })
  it('a correction', async () => {
    const corrected: LocalLine = { ...line({ id: 'line', subject_id: 'lan', form: SAID.form }), local: null }
    await saveDraft(
      { roundId: corrected.round_id, service: corrected.service, subject: 'lan', mode: 'amend', target: 'line' },
      { typed: { sbp: '148', dbp: '82' }, confirmed: [], beside: { reason: 'wrong_value' } },
    )
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { template: '' } }] })
    const done = vi.fn()
    const app = createApp(AmendForm, { line: corrected, form, resident: null, onDone: done }).use(router)
    const page = document.body.appendChild(document.createElement('div'))
    app.mount(page)
    await vi.waitUntil(() => page.querySelector<HTMLInputElement>('input')?.value === '148')
    look()
    await nextTick()
    page.querySelector<HTMLButtonElement>('footer .primary')?.click()
    await vi.waitUntil(() => done.mock.calls.length)
    expect(await states()).toBe(2)
    expect(await db.count('drafts')).toBe(0)
    app.unmount()
  })
})
