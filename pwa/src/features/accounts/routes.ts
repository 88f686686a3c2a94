import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)

export const routes: FeatureRoute[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue'), meta: { open: true, bare: true } },
  { path: '/mine', name: 'mine', component: () => import('./MinePage.vue') },
]

export const nav: NavEntry[] = [{ name: 'mine', icon: 'mine', label: () => t('nav_mine'), order: 100 }]
