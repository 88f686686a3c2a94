import { computed } from 'vue'
import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'
import { useWorkingSet } from '@/offline'
import { sortedOut } from './rules'

const t = useMessages(app)
const { rounds, lines } = useWorkingSet()
const open = computed(() => sortedOut(rounds.value, lines.value).open.length)
const meta = { permissions: ['rounds.confirm'], tab: 'confirm' } as const

export const routes: FeatureRoute[] = [
  { path: '/confirm', name: 'confirm', component: () => import('./ToConfirmPage.vue'), meta },
  { path: '/confirm/:id', name: 'confirm-round', component: () => import('./ConfirmRoundPage.vue'), meta, props: true },
]

export const nav: NavEntry[] = [
  {
    name: 'confirm',
    icon: 'confirm',
    label: () => t('nav_confirm'),
    permission: 'rounds.confirm',
    order: 20,
    badge: () => open.value,
  },
]
