/** The shapes on the wire, as the server's contract states them. Ids are UUIDs, rates have four truncated decimals. */

export type Uuid = string
/** A calendar day, "2026-11-22", local to the institution. */
export type Day = string
/** A moment in UTC, "2026-11-22T05:06:38.123Z". */
export type Instant = string
/** "0.8333": truncated, never rounded up; null where nothing was due. */
export type Rate = string | null
/** What a form says, by field. */
export type FormData = Record<string, unknown>

export interface Named {
  id: Uuid
  name: string
}

export interface Words {
  zh: string
  en: string
}
