import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)
const meta = { permissions: ['posters.print'], tab: 'posters' } as const

export const routes: FeatureRoute[] = [
  { path: '/posters', name: 'posters', component: () => import('./PostersPage.vue'), meta },
  { path: '/posters/:id', name: 'poster', component: () => import('./PosterPage.vue'), meta, props: true },
  {
    path: '/posters/:id/kiosks',
    name: 'kiosks',
    component: () => import('./KiosksPage.vue'),
    meta: { ...meta, permissions: ['kiosks.manage'] },
    props: true,
  },
  {
    path: '/posters/:id/place',
    name: 'place',
    component: () => import('./PlacePage.vue'),
    meta: { ...meta, permissions: ['institutions.locate'] },
    props: true,
  },
]

export const nav: NavEntry[] = [
  { name: 'posters', icon: 'poster', label: () => t('nav_posters'), permission: 'posters.print', order: 40 },
]
