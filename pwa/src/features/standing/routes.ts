import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)
const meta = { permissions: ['fulfilment.read'], tab: 'fulfilment' } as const

export const routes: FeatureRoute[] = [
  { path: '/fulfilment', name: 'fulfilment', component: () => import('./StandingPage.vue'), meta },
  { path: '/fulfilment/at-risk', name: 'at-risk', component: () => import('./AtRiskPage.vue'), meta },
  { path: '/fulfilment/published', name: 'published', component: () => import('./PublishedPage.vue'), meta },
  {
    path: '/fulfilment/published/:id',
    name: 'published-period',
    component: () => import('./PublishedPeriodPage.vue'),
    meta,
    props: true,
  },
]

export const nav: NavEntry[] = [
  { name: 'fulfilment', icon: 'fulfilment', label: () => t('nav_fulfilment'), permission: 'fulfilment.read', order: 30 },
]
