import type { Instant } from './basics'

/** The one link by which somebody's rounds to come are subscribed to. */
export interface CalendarLink {
  made_at: Instant
  last_used_at: Instant | null
}

export interface MadeCalendarLink extends CalendarLink {
  /** Where the calendar is, on this server's address; told this once. */
  path: string
}
