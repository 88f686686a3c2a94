/** What a feature hands to the shell: its routes, and its entries in the tab bar or side navigation. */

import type { RouteRecordRaw } from 'vue-router'
import type { Permission } from '@/api/wire'
import type { IconName } from '@/ui/icons'

declare module 'vue-router' {
  interface RouteMeta {
    /** Who may open it: one of these permissions; everyone signed in where it is absent. */
    permissions?: readonly Permission[]
    /** Opens without a session (sign-in). */
    open?: boolean
    /** Full screen without app bar and tabs (the scanner, a printed page). */
    bare?: boolean
    /** The nav entry that is lit while this route is open: the entry's route name. */
    tab?: string
  }
}

export type FeatureRoute = RouteRecordRaw

export interface NavEntry {
  /** Name of the route it opens. */
  name: string
  icon: IconName
  label: () => string
  /** Shown to those who have it; to everyone signed in where it is absent. */
  permission?: Permission
  /** Position; the lowest the actor may see is home. */
  order: number
  /** A count shown on the entry, such as what waits to be sent; 0 shows nothing. */
  badge?: () => number
}

export interface Feature {
  routes: FeatureRoute[]
  nav: NavEntry[]
}
