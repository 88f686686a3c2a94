import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)

/** `/trail?tag=&actor=&day=&subject=` */
export const routes: FeatureRoute[] = [
  { path: '/trail', name: 'trail', component: () => import('./TrailPage.vue'), meta: { permissions: ['audit.read'] } },
  {
    path: '/trail/recipients',
    name: 'recipients',
    component: () => import('./RecipientsPage.vue'),
    meta: { permissions: ['heads.address'] },
  },
]

/** Managers come to the recipients from the trail; a regulator reads none. */
export const nav: NavEntry[] = [
  { name: 'trail', icon: 'lock', label: () => t('nav_trail'), permission: 'audit.read', order: 60 },
  { name: 'recipients', icon: 'lock', label: () => t('nav_recipients'), permission: 'publishing.write', order: 61 },
]
