import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)
const meta = { permissions: ['rounds.record'], tab: 'today' } as const

export const routes: FeatureRoute[] = [
  { path: '/today', name: 'today', component: () => import('./TodayPage.vue'), meta },
  {
    path: '/today/:institutionId',
    name: 'institution',
    component: () => import('./InstitutionPage.vue'),
    meta,
    props: true,
  },
]

export const nav: NavEntry[] = [
  { name: 'today', icon: 'today', label: () => t('nav_today'), permission: 'rounds.record', order: 10 },
]
