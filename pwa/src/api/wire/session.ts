import type { Instant, Uuid } from './basics'

export type OrganisationKind = 'medical' | 'care' | 'regulator'

export type Role =
  | 'clinician'
  | 'care_staff'
  | 'manager'
  | 'regulator'
  | 'system_admin'
  | 'security_admin'
  | 'audit_admin'

export type Permission =
  | 'rounds.record'
  | 'rounds.read'
  | 'rounds.confirm'
  | 'fulfilment.read'
  | 'agreements.read'
  | 'agreements.write'
  | 'audit.read'
  | 'heads.address'
  | 'institutions.locate'
  | 'kiosks.manage'
  | 'ledger.repair'
  | 'demands.answer'
  | 'demands.ask'
  | 'demands.read'
  | 'disputes.rule'
  | 'posters.print'
  | 'publishing.write'
  | 'residents.read'
  | 'sync.use'

export interface Membership {
  organisation_id: Uuid
  organisation_name: string
  organisation_kind: OrganisationKind
  role: Role
}

export interface Me {
  id: Uuid
  name: string
  login: string
  server_time: Instant
  /** Those named in Permission, and others this version does not know. */
  permissions: string[]
  memberships: Membership[]
}

export interface DeviceSession {
  id: Uuid
  /** Empty where the device did not name itself. */
  device_name: string
  created_at: Instant
  last_seen_at: Instant
  current: boolean
}
