import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)

export const routes: FeatureRoute[] = [
  {
    path: '/follow-ups',
    name: 'follow-ups',
    component: () => import('./FollowUpsPage.vue'),
    meta: { permissions: ['rounds.read'], tab: 'follow-ups' },
  },
]

/** Managers have it in their navigation; on a phone it is on Today. */
export const nav: NavEntry[] = [
  { name: 'follow-ups', icon: 'clock', label: () => t('nav_follow_ups'), permission: 'ledger.repair', order: 47 },
]
