import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteLocationRaw } from 'vue-router'
import type { NavEntry } from './feature'
import { navEntries, routes } from './features'
import { longEnough } from './scroll'
import { can, canAny, expired, signedIn } from './session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: () => import('./NothingHere.vue'), beforeEnter: () => homeOf() ?? true },
    ...routes,
    { path: '/:rest(.*)*', name: 'not-found', component: () => import('./NotFound.vue'), meta: { open: true } },
  ],
  scrollBehavior: async (to, _from, saved) => {
    if (!saved) return { top: 0 }
    await longEnough(saved.top)
    // Who went on while the page was filling is not pulled about on the next one.
    return router.currentRoute.value.fullPath === to.fullPath && saved
  },
})

router.beforeEach(guard)
router.afterEach((_to, from) => {
  if (from.matched.length) void nextTick(focusPage)
})

/** Keyboards and screen readers go on at the new page, unless the page itself put the focus somewhere. */
function focusPage(): void {
  if (document.activeElement === document.body) document.getElementById('content')?.focus({ preventScroll: true })
}

/** The entries that the signed-in account may see. */
export function allowedNav(): NavEntry[] {
  return navEntries.filter((entry) => !entry.permission || can(entry.permission))
}

/** Where this account starts: its first entry that asks for a permission. */
export function homeOf(): RouteLocationRaw | null {
  const first = allowedNav().find((entry) => entry.permission)
  return first ? { name: first.name } : null
}

/** A path of this app to go to after sign-in; anything else (another host, a scheme) becomes home. */
export function pathAfterSignIn(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

function guard(to: RouteLocationNormalized): true | RouteLocationRaw {
  if (to.name === 'sign-in' && signedIn.value && !expired.value) return { name: 'home' }
  if (to.meta.open) return true
  if (!signedIn.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (to.meta.permissions && !canAny(to.meta.permissions)) return { name: 'home' }
  return true
}
