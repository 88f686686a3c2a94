import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)
const meta = { permissions: ['fulfilment.read'], tab: 'fulfilment' } as const
const props = true

export const routes: FeatureRoute[] = [
  { path: '/fulfilment', name: 'fulfilment', component: () => import('./AgreementsPage.vue'), meta },
  {
    path: '/fulfilment/agreements/:id',
    name: 'agreement',
    component: () => import('./AgreementPage.vue'),
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

export const nav: NavEntry[] = [
  { name: 'fulfilment', icon: 'fulfilment', label: () => t('nav_fulfilment'), permission: 'fulfilment.read', order: 30 },
]
