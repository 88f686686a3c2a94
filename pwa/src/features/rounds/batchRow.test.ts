// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { createApp, h, nextTick, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Form } from '@/api/wire'
import { closeAndWipe, openFor, readDraft, saveDraft } from '@/offline'
import { resident, round } from '@/rules/examples.test-data'
import BatchRow from './BatchRow.vue'
import { batchFields, type BatchFields } from './batch'

const [form] = Object.values(
  import.meta.glob<Form>('../../../../server/catalogue/data/forms/vital_bp.json', { eager: true, import: 'default' }),
) as [Form]
const DRAFT = { roundId: 'visit', service: 'blood_pressure', subject: 'lan', mode: 'new' as const, target: null }

let app: App
let row: HTMLElement

beforeEach(async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
  await openFor({ id: 'lin', name: '林医生' })
})
afterEach(async () => {
  app.unmount()
  await closeAndWipe()
  vi.unstubAllGlobals()
})

/** As the list shows it, of a page that was just opened. */
function open(): void {
  const blank = { render: () => h('p') }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: blank },
      { path: '/round/:roundId/log/:service/:residentId?', name: 'log', component: blank },
    ],
  })
  app = createApp(BatchRow, {
    place: { resident: resident(), line: null },
    ...{ form, round: round(), service: 'blood_pressure', common: {}, active: true, undoable: false },
    fields: batchFields(form) as BatchFields,
    keep: () => Promise.resolve(true),
  }).use(router)
  row = document.createElement('div')
  document.body.replaceChildren(row)
  app.mount(row)
}

function cell(name: string): HTMLInputElement {
  return row.querySelector(`[data-cell="${name}"]`) as HTMLInputElement
}

/** One stroke after the other, as fast as a page takes them. */
async function type(digits: string): Promise<void> {
  for (const digit of digits) {
    const input = document.activeElement as HTMLInputElement
    input.value += digit
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await nextTick()
  }
}

async function escape(): Promise<void> {
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }))
  for (let turn = 0; turn < 3; turn += 1) await nextTick()
}

async function settled(): Promise<void> {
  await nextTick()
  await new Promise((resolve) => setTimeout(resolve, 20))
}

it('takes what is typed right after it was cleared, and keeps it through a reload', async () => {
  open()
  await settled()
  cell('sbp').focus()
  await type('152')
  await escape()
  expect(cell('sbp').value).toBe('')
  await type('138')
  expect([cell('sbp').value, document.activeElement]).toEqual(['138', cell('dbp')])
  await settled()
  expect(await readDraft(DRAFT)).toMatchObject({ typed: { sbp: '138' } })
  app.unmount()
  open()
  await settled()
  expect(cell('sbp').value).toBe('138')
})

it('does not type over the strokes that are faster than what was left', async () => {
  await saveDraft(DRAFT, { typed: { sbp: '138', dbp: '82' }, confirmed: [] })
  open()
  cell('sbp').focus()
  await type('15')
  await settled()
  expect([cell('sbp').value, cell('dbp').value]).toEqual(['15', '82'])
})

it('goes on to what is missing where the cursor was faster than what was left', async () => {
  await saveDraft(DRAFT, { typed: { sbp: '138' }, confirmed: [] })
  open()
  cell('sbp').focus()
  await settled()
  expect([cell('sbp').value, document.activeElement]).toEqual(['138', cell('dbp')])
})
