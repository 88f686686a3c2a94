import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'
import { useOutbox } from '@/offline'

const t = useMessages(app)
const { unsettled } = useOutbox()

export const routes: FeatureRoute[] = [
  {
    path: '/waiting',
    name: 'waiting',
    component: () => import('./WaitingPage.vue'),
    meta: { permissions: ['sync.use'], tab: 'waiting' },
  },
]

export const nav: NavEntry[] = [
  {
    name: 'waiting',
    icon: 'waiting',
    label: () => t('nav_waiting'),
    permission: 'sync.use',
    order: 90,
    badge: () => unsettled.value,
  },
]
