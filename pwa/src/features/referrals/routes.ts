import type { FeatureRoute, NavEntry } from '@/app/feature'
import { useMessages } from '@/i18n'
import { app } from '@/i18n/messages/app'

const t = useMessages(app)
const read = { permissions: ['rounds.read'], tab: 'referrals' } as const
const ask = { permissions: ['rounds.record'], tab: 'today', bare: true } as const
const request = () => import('./RequestPage.vue')
const whom = () => import('./WhomPage.vue')

export const routes: FeatureRoute[] = [
  { path: '/referrals', name: 'referrals', component: () => import('./ReferralsPage.vue'), meta: read },
  {
    path: '/referrals/:referralId',
    name: 'referral',
    component: () => import('./ReferralPage.vue'),
    meta: read,
    props: true,
  },
  { path: '/referrals/:referralId/back', name: 'refer-back', component: request, meta: ask, props: true },
  { path: '/refer', name: 'refer-whom', component: whom, meta: ask },
  { path: '/refer/:residentId', name: 'refer-outside', component: request, meta: ask, props: true },
  { path: '/round/:roundId/refer/:residentId', name: 'refer', component: request, meta: ask, props: true },
]

/** Managers have it in their navigation; who works with patients comes from the page where the day starts. */
export const nav: NavEntry[] = [
  { name: 'referrals', icon: 'arrow', label: () => t('nav_referrals'), permission: 'ledger.repair', order: 46 },
]
