import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)
const meta = { permissions: ['ledger.repair'], tab: 'sync-health' } as const

/** `/arrivals/entries?show=refused|repaired|all&author=` */
export const routes: FeatureRoute[] = [
  { path: '/arrivals', name: 'sync-health', component: () => import('./HealthPage.vue'), meta },
  { path: '/arrivals/entries', name: 'received', component: () => import('./ReceivedPage.vue'), meta },
  { path: '/arrivals/import', name: 'import', component: () => import('./ImportPage.vue'), meta },
  { path: '/arrivals/entries/:id', name: 'received-entry', component: () => import('./EntryPage.vue'), meta, props: true },
]

export const nav: NavEntry[] = [
  { name: 'sync-health', icon: 'device', label: () => t('nav_sync'), permission: 'ledger.repair', order: 50 },
]
