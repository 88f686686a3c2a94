import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)

/** `?institution_id=&medical_id=&service=` narrows the list: the way here from a commitment. */
export const routes: FeatureRoute[] = [
  {
    path: '/calls',
    name: 'calls',
    component: () => import('./CallsPage.vue'),
    meta: { permissions: ['demands.read'], tab: 'calls' },
  },
]

/** For those who ask or answer; regulators come by a commitment. */
export const nav: NavEntry[] = [
  { name: 'calls', icon: 'phone', label: () => t('nav_calls'), permission: 'demands.answer', order: 45 },
]
