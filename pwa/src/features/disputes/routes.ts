import type { FeatureRoute, NavEntry } from '@/app/feature'

export const routes: FeatureRoute[] = [
  {
    path: '/my-disputes',
    name: 'my-disputes',
    component: () => import('./MyDisputesPage.vue'),
    meta: { permissions: ['rounds.record'], tab: 'today' },
  },
  {
    path: '/disputes',
    name: 'disputes',
    component: () => import('./CasesPage.vue'),
    meta: { permissions: ['disputes.rule'], tab: 'fulfilment' },
  },
]

export const nav: NavEntry[] = []
