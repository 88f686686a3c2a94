/** Which phones are silent, and what of them calls for somebody: a low rate beside silent phones must not be misread. */
import type { Phone } from '@/api/wire'

export const SILENT_MS = 2 * 24 * 3_600_000
/** The server takes an entry for one of the future from this difference on. */
const WRONG_CLOCK_MS = 5 * 60_000

function age(phone: Phone, now: number): number {
  return now - Date.parse(phone.last_sync_at)
}

/** Laid aside: its owner sends from another phone since, and it left nothing behind. */
export function isReplaced(phone: Phone, phones: readonly Phone[], now: number): boolean {
  if (age(phone, now) < SILENT_MS || phone.waiting) return false
  return phones.some((other) => other.account.id === phone.account.id && age(other, now) < SILENT_MS)
}

/** Not heard of for two days, and not replaced by another: what it recorded since is not counted yet. */
export function isSilent(phone: Phone, phones: readonly Phone[], now: number): boolean {
  return age(phone, now) >= SILENT_MS && !isReplaced(phone, phones, now)
}

export function silentPhones(phones: readonly Phone[], now: number): Phone[] {
  return phones.filter((phone) => isSilent(phone, phones, now))
}

/** Minutes its clock is off, positive where it is slow; null where that does no harm. */
export function clockOff(phone: Phone): number | null {
  return Math.abs(phone.offset_ms) < WRONG_CLOCK_MS ? null : Math.round(phone.offset_ms / 60_000)
}

/** Silent with nothing left to send when it was last heard of: its owner may just have had no duty since. */
export function isQuiet(phone: Phone, phones: readonly Phone[], now: number): boolean {
  return isSilent(phone, phones, now) && phone.waiting === 0
}

export interface Sorted {
  attention: Phone[]
  quiet: Phone[]
  fine: Phone[]
  replaced: Phone[]
}

/** In the order given: those that call for somebody, those not used of late, those in order, those laid aside. */
export function sorted(phones: readonly Phone[], now: number): Sorted {
  const found: Sorted = { attention: [], quiet: [], fine: [], replaced: [] }
  for (const phone of phones) {
    const quiet = isQuiet(phone, phones, now)
    const calls = (isSilent(phone, phones, now) && !quiet) || phone.refused > 0 || clockOff(phone) !== null
    if (calls) found.attention.push(phone)
    else if (quiet) found.quiet.push(phone)
    else found[isReplaced(phone, phones, now) ? 'replaced' : 'fine'].push(phone)
  }
  return found
}
