import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { trail } from '@/i18n/messages/trail'

const t = useMessages(trail)

/** `/trail?tag=&actor=&day=&subject=` */
export const routes: FeatureRoute[] = [
  { path: '/trail', name: 'trail', component: () => import('./TrailPage.vue'), meta: { permissions: ['audit.read'] } },
]

export const nav: NavEntry[] = [{ name: 'trail', icon: 'lock', label: () => t('nav'), permission: 'audit.read', order: 60 }]
