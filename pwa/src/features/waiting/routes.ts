import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { waiting } from '@/i18n/messages/waiting'
import { useOutbox } from '@/offline'

const t = useMessages(waiting)
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
    label: () => t('nav'),
    permission: 'sync.use',
    order: 90,
    badge: () => unsettled.value,
  },
]
