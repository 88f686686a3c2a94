import type { FeatureRoute, NavEntry } from '@/app/feature'

const meta = { permissions: ['rounds.record'], tab: 'today' } as const
/** Forms have the screen to themselves: with the keyboard open there is no room for tabs. */
const form = { ...meta, bare: true }

export const routes: FeatureRoute[] = [
  { path: '/round/:roundId', name: 'round', component: () => import('./RoundPage.vue'), meta, props: true },
  {
    path: '/round/:roundId/resident/:residentId',
    name: 'round-resident',
    component: () => import('./ResidentPage.vue'),
    meta,
    props: true,
  },
  {
    path: '/round/:roundId/log/:service/:residentId?',
    name: 'log',
    component: () => import('./LogPage.vue'),
    meta: form,
    props: true,
  },
  {
    path: '/round/:roundId/batch/:service',
    name: 'batch',
    component: () => import('./BatchPage.vue'),
    meta: form,
    props: true,
  },
  {
    path: '/round/:roundId/lines',
    name: 'round-lines',
    component: () => import('./LinesPage.vue'),
    meta,
    props: true,
  },
  {
    path: '/round/:roundId/line/:lineId',
    name: 'round-line',
    component: () => import('./LinePage.vue'),
    meta,
    props: true,
  },
  {
    path: '/round/:roundId/check-out',
    name: 'check-out',
    component: () => import('./CheckOutPage.vue'),
    meta: form,
    props: true,
  },
  {
    path: '/round/:roundId/team',
    name: 'round-team',
    component: () => import('./TeamPage.vue'),
    meta,
    props: true,
  },
  {
    path: '/round/:roundId/summary',
    name: 'round-summary',
    component: () => import('./SummaryPage.vue'),
    meta,
    props: true,
  },
]

export const nav: NavEntry[] = []
