// @vitest-environment happy-dom
import { computed, createApp, h } from 'vue'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createMemoryHistory, createRouter, RouterView, type Router } from 'vue-router'
import { owed, resident } from '@/rules/examples.test-data'
import { worklist } from '@/rules/worklist'
import { useGoingOn } from './useGoingOn'
import type { RoundView } from './useRound'

const people = [resident({ id: 'a', bed: '1' }), resident({ id: 'b', bed: '2' })]
const tasks = worklist({
  institutionId: 'home',
  today: '2026-11-22',
  owed: people.map(({ id }) => owed({ id: `bp-${id}`, subject_id: id })),
  residents: people,
  lines: [],
  canLog: () => true,
})
const view = { tasks: computed(() => tasks), lines: computed(() => []) } as unknown as RoundView

let router: Router
let going: ReturnType<typeof useGoingOn>
let unmount: () => void
/** The page one goes back to: its file takes its time. */
let loaded: () => void

const Log = {
  setup() {
    going = useGoingOn('visit', view, 'blood_pressure', people[0] ?? null)
    return () => h('p')
  },
}
const Nothing = { render: () => h('p') }

beforeEach(async () => {
  const loading = new Promise<void>((resolve) => (loaded = resolve))
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/round/:roundId', name: 'round', component: () => loading.then(() => Nothing) },
      { path: '/round/:roundId/resident/:residentId', name: 'round-resident', component: Nothing },
      { path: '/round/:roundId/batch/:service', name: 'batch', component: Nothing },
      { path: '/round/:roundId/log/:service/:residentId?', name: 'log', component: Log },
    ],
  })
  await router.push('/round/visit/log/blood_pressure/a')
  const app = createApp(RouterView).use(router)
  app.mount(document.createElement('div'))
  unmount = () => app.unmount()
})
afterEach(() => unmount())

const here = () => router.currentRoute.value.fullPath

it('goes on to the next resident', async () => {
  await going.goOn()
  expect(here()).toBe('/round/visit/log/blood_pressure/b')
})

it('carries nobody along who went back while it was being saved', async () => {
  const back = router.push('/round/visit')
  await new Promise((resolve) => setTimeout(resolve))
  await going.goOn()
  loaded()
  await back
  expect(here()).toBe('/round/visit')
})

it('still goes on where going elsewhere failed', async () => {
  router.beforeEach((to) => to.name !== 'round')
  await router.push('/round/visit')
  await going.goOn()
  expect(here()).toBe('/round/visit/log/blood_pressure/b')
})

it('leads back to the list and the row it was opened from', async () => {
  loaded()
  await router.push('/round/visit')
  await router.push('/round/visit/log/blood_pressure/a?batch=1')
  await going.goOn()
  expect(here()).toBe('/round/visit/batch/blood_pressure?at=a')
})
