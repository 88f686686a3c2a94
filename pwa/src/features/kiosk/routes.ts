import type { FeatureRoute, NavEntry } from '@/app/feature'
import { startHere } from './startHere'

if (typeof location !== 'undefined') startHere()

export const routes: FeatureRoute[] = [
  { path: '/kiosk', name: 'kiosk', component: () => import('./KioskPage.vue'), meta: { open: true, bare: true } },
]

export const nav: NavEntry[] = []
