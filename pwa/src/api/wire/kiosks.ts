import type { Grade } from './workingSet'
import type { Instant, Named, Uuid } from './basics'

/** One kiosk as its managers see it. */
export interface KioskRow extends Named {
  institution: Named
  device_name: string
  enrolled_at: Instant
  /** Its last handshake. */
  last_seen_at: Instant
  /** How often its clock was set, as it says. */
  jumps: number
  revoked_at: Instant | null
  revoked_for: RevokedFor | null
}

/** `replaced`: whoever revokes it has the device at hand, so that nobody else makes codes with its key. */
export type RevokedFor = 'replaced' | 'lost'

export interface KioskList {
  kiosks: KioskRow[]
}

export interface KioskInvitation {
  /** `ABCD-2345`, told this once. */
  code: string
  expires_at: Instant
}

export interface Enrolled {
  kiosk: { id: Uuid; name: string }
  institution: Named
  server_time: Instant
}

export type CertificateCategory = 'physician' | 'nurse' | 'pharmacist' | 'technician'

/** Somebody who checked in at the kiosk. */
export interface CheckedIn {
  at: Instant
  surname: string
  /** A category of certificates; null without one on file. */
  title: string | null
  grade: Grade
}

export interface HandshakeReply extends Enrolled {
  recent: CheckedIn[]
  revoked: boolean
}

/** How the coordinates of a place are meant. */
export type Datum = 'WGS-84' | 'GCJ-02' | 'BD-09'

/** An organisation with its place as it was entered. */
export interface PlacedOrganisation extends Named {
  kind: string
  region: string
  town: string
  address: string
  location: { latitude: number; longitude: number; datum: Datum } | null
  fence_m: number
  uscc: string | null
  warnings: { path: string; code: string }[]
}
