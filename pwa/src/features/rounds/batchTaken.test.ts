// @vitest-environment happy-dom
import { createApp, h, nextTick, ref, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Form } from '@/api/wire'
import type { LocalLine } from '@/offline'
import { line, resident, round } from '@/rules/examples.test-data'
import BatchEntry from './BatchEntry.vue'
import { batchFields, type BatchFields } from './batch'

const [form] = Object.values(
  import.meta.glob<Form>('../../../../server/catalogue/data/forms/vital_bp.json', { eager: true, import: 'default' }),
) as [Form]
const theirs: LocalLine = { ...line({ id: 'theirs' }), local: null }

let app: App
let row: HTMLElement
const taken = ref<LocalLine | null>(null)
const keep = vi.fn(() => Promise.resolve(true))
const fault = vi.fn()

beforeEach(async () => {
  const blank = { render: () => h('p') }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: blank },
      { path: '/round/:roundId/log/:service/:residentId?', name: 'log', component: blank },
    ],
  })
  app = createApp({
    render: () =>
      h(BatchEntry, {
        form,
        fields: batchFields(form) as BatchFields,
        round: round(),
        service: 'blood_pressure',
        resident: resident(),
        common: {},
        active: true,
        taken: taken.value,
        keep,
        typing: false,
      }),
  }).use(router)
  app.config.errorHandler = fault
  row = document.createElement('div')
  document.body.replaceChildren(row)
  app.mount(row)
  await settled()
})

afterEach(() => {
  app.unmount()
  taken.value = null
  keep.mockClear()
  fault.mockClear()
})

async function settled(): Promise<void> {
  await nextTick()
  await new Promise((resolve) => setTimeout(resolve))
}

/** What a colleague's phone brought, or took back. */
async function record(found: LocalLine | null): Promise<void> {
  taken.value = found
  await settled()
}

function cell(name: string): HTMLInputElement {
  return row.querySelector(`[data-cell="${name}"]`) as HTMLInputElement
}

async function type(name: string, value: string): Promise<void> {
  cell(name).value = value
  cell(name).dispatchEvent(new Event('input', { bubbles: true }))
  await settled()
}

async function enter(name: string): Promise<void> {
  cell(name).dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
  await settled()
}

async function press(label: string): Promise<void> {
  const button = [...document.querySelectorAll('button')].find((each) => each.textContent.includes(label))
  button?.click()
  await settled()
}

const keepAnyway = () => press('仍然另记一条')

it('keeps a row with its last digit', async () => {
  await type('sbp', '138')
  await type('dbp', '8')
  expect(keep).not.toHaveBeenCalled()
  await type('dbp', '82')
  expect(keep).toHaveBeenCalledOnce()
})

it('keeps no second record beside that of a colleague by the enter key, only by who says so', async () => {
  await type('sbp', '138')
  await record(theirs)
  await type('dbp', '82')
  await enter('dbp')
  expect(keep).not.toHaveBeenCalled()
  await keepAnyway()
  expect(keep).toHaveBeenCalledOnce()
})

it('keeps none because a rare value is said to be so', async () => {
  await type('sbp', '138')
  await record(theirs)
  await type('dbp', '30')
  row.querySelector<HTMLInputElement>('[data-ask="dbp"]')?.click()
  await settled()
  expect(row.querySelector<HTMLInputElement>('[data-ask="dbp"]')?.checked).toBe(true)
  expect(keep).not.toHaveBeenCalled()
  await keepAnyway()
  expect(keep).toHaveBeenCalledOnce()
})

it('offers to handle an urgent value once it is not beside another record', async () => {
  await type('sbp', '185')
  await record(theirs)
  await type('dbp', '95')
  expect(row.querySelector('.urgent')).not.toBeNull()
  expect(row.querySelector('button.danger')).toBeNull()
  await record(null)
  expect(row.querySelector('button.danger')).not.toBeNull()
})

it('asks anew where a colleague was faster than the answer to an urgent value', async () => {
  await type('sbp', '185')
  await type('dbp', '95')
  await record(theirs)
  await press('请求绿色通道')
  expect(keep).not.toHaveBeenCalled()
  await keepAnyway()
  expect(keep).not.toHaveBeenCalled()
  await press('请求绿色通道')
  expect(keep).toHaveBeenCalledOnce()
})

it('is kept with the next try where the phone failed to keep it', async () => {
  keep.mockRejectedValueOnce(new Error('database closed'))
  await type('sbp', '138')
  await type('dbp', '82')
  expect(fault).toHaveBeenCalledOnce()
  expect(cell('dbp').readOnly).toBe(false)
  await enter('dbp')
  expect(keep).toHaveBeenCalledTimes(2)
  expect(cell('dbp').readOnly).toBe(true)
})
