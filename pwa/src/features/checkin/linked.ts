/**
 * A link that another camera app opened: its code was scanned when the app was opened, not when its person had
 * signed in. Kept in this page's memory only; the code itself stays in the address until the check-in replaces it.
 */
import { momentNow, type Moment } from '@/offline'

const opened = typeof location === 'undefined' ? '' : location.pathname
const openedAt = momentNow()

/** When the code of this link was scanned; now, when the link was opened inside the app. */
export function scannedAt(path: string): Moment {
  return path === opened ? openedAt : momentNow()
}
