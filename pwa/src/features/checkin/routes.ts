import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'
// Loaded with the app: it notes when a link opened it.
import { scannedAt } from './linked'

const t = useMessages(app)
const meta = { permissions: ['rounds.record'], tab: 'scan' } as const

export const routes: FeatureRoute[] = [
  { path: '/scan', name: 'scan', component: () => import('./ScanPage.vue'), meta: { ...meta, bare: true } },
  // The link in a code: any camera app opens it here, anybody's too.
  {
    path: '/q/:token',
    name: 'poster-link',
    component: () => import('./PosterLinkPage.vue'),
    meta: { tab: 'scan' },
    props: ({ params, path }) => ({ token: params['token'], scannedAt: scannedAt(path) }),
  },
  { path: '/scan/code', name: 'short-code', component: () => import('./ShortCodePage.vue'), meta },
  { path: '/scan/manual', name: 'manual-check-in', component: () => import('./ManualPage.vue'), meta },
]

export const nav: NavEntry[] = [
  { name: 'scan', icon: 'scan', label: () => t('nav_scan'), permission: 'rounds.record', order: 20 },
]
