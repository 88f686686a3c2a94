import type { FeatureRoute, NavEntry } from '@/app/feature'

export const routes: FeatureRoute[] = [
  {
    path: '/holding',
    name: 'holding',
    component: () => import('./HoldingPage.vue'),
    meta: { permissions: ['sync.use'], tab: 'mine' },
  },
]

export const nav: NavEntry[] = []
