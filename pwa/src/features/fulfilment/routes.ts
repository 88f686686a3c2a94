import type { FeatureRoute, NavEntry } from '@/app/feature'

const meta = { permissions: ['fulfilment.read'], tab: 'fulfilment' } as const
const props = true

export const routes: FeatureRoute[] = [
  { path: '/fulfilment/agreements', name: 'agreements', component: () => import('./AgreementsPage.vue'), meta },
  {
    path: '/fulfilment/preview',
    name: 'promise-preview',
    component: () => import('./PreviewPage.vue'),
    meta: { permissions: ['agreements.write'], tab: 'fulfilment' },
  },
  {
    path: '/fulfilment/agreements/:id',
    name: 'agreement',
    component: () => import('./AgreementPage.vue'),
    meta,
    props,
  },
  {
    path: '/fulfilment/agreements/:id/changes',
    name: 'agreement-changes',
    component: () => import('./ChangesPage.vue'),
    meta,
    props,
  },
  {
    path: '/fulfilment/commitments/:id',
    name: 'commitment',
    component: () => import('./CommitmentPage.vue'),
    meta,
    props,
  },
  {
    path: '/fulfilment/commitments/:id/windows/:start',
    name: 'window',
    component: () => import('./WindowPage.vue'),
    meta,
    props,
  },
  {
    path: '/fulfilment/obligations/:id',
    name: 'obligation',
    component: () => import('./ObligationPage.vue'),
    meta,
    props,
  },
  { path: '/fulfilment/records/:id', name: 'record', component: () => import('./RecordPage.vue'), meta, props },
]

/** Entered through the overview (features/standing). */
export const nav: NavEntry[] = []
