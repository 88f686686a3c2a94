/**
 * The time of a kiosk, which may be offline for days: the server's at the last handshake, and what the device's
 * monotonic clock counted since. That clock may stand still while a device sleeps and never runs ahead, so where it
 * and the wall clock disagree, the one that went further is believed, and the disagreement is said: it goes into
 * every code until the next handshake.
 */

/** Two clocks of the device at one moment, ms. */
export interface Reading {
  wall: number
  /** `performance.timeOrigin + performance.now()`. */
  mono: number
}

export interface KioskClock extends Reading {
  /** The moment of the reading as the server would say it, ms. */
  at: number
  /** `at` of the last handshake. */
  knownAt: number
  /** The clocks disagreed since then. */
  jumped: boolean
  /**
   * The page was closed for a while since then. Only the wall clock says for how long, and whoever holds the device
   * may have set it in between: nothing on it could tell. Absent in what older versions kept.
   */
  unwatched?: boolean
  /** Disagreements since enrolment; the handshake reports them. */
  jumps: number
}

export const TOLERANCE_MS = 2_000
/** A page keeps its clock at every step: one that is opened again after less was only loaded again. */
const UNWATCHED_MS = 90_000
/** Cheap quartz drifts up to this part of the time that passed. */
const DRIFT = 0.0002

/** What a handshake said: the server's time, and how long the answer took. */
export interface Heard {
  server: number
  roundTrip: number
}

/** The clock after a handshake; `before` is null at enrolment. Half of the round trip is the way back. */
export function known(heard: Heard, reading: Reading, before: KioskClock | null): KioskClock {
  const at = heard.server + heard.roundTrip / 2
  const jumps = before ? before.jumps + (isDrift(before, at, reading, heard.roundTrip) ? 0 : 1) : 0
  return { ...reading, at, knownAt: at, jumped: false, unwatched: false, jumps }
}

/** Whether what the kiosk believed can be explained by a clock that runs a little wrong. */
function isDrift(before: KioskClock, at: number, reading: Reading, roundTrip: number): boolean {
  const believed = advance(before, reading).at
  const allowed = TOLERANCE_MS + roundTrip / 2 + DRIFT * Math.max(0, at - before.knownAt)
  return before.jumped || Math.abs(believed - at) <= allowed
}

/** The clock a moment later in the life of one page. */
export function advance(clock: KioskClock, reading: Reading): KioskClock {
  const wall = reading.wall - clock.wall
  const mono = Math.max(0, reading.mono - clock.mono)
  if (Math.abs(wall - mono) <= TOLERANCE_MS) return { ...clock, ...reading, at: clock.at + mono }
  return { ...clock, ...reading, at: clock.at + Math.max(wall, mono), jumped: true, jumps: clock.jumps + 1 }
}

/**
 * The clock in a page that was opened anew. The browser may have been closed, and then its monotonic clock has
 * another base: the wall clock says how long it was, as long as it did not go back.
 */
export function resume(clock: KioskClock, reading: Reading): KioskClock {
  const wall = reading.wall - clock.wall
  const agrees = Math.abs(wall - (reading.mono - clock.mono)) <= TOLERANCE_MS && wall >= 0
  const next = { ...clock, ...reading, at: clock.at + Math.max(0, wall) }
  if (!agrees) return { ...next, jumped: true, jumps: clock.jumps + 1 }
  return wall > UNWATCHED_MS ? { ...next, unwatched: true } : next
}

/** Whether its codes say that the clock may be wrong. */
export function isDoubtful({ jumped, unwatched }: KioskClock): boolean {
  return jumped || unwatched === true
}

/** Whole minutes since the last handshake. */
export function minutesSinceKnown(clock: KioskClock): number {
  return Math.max(0, Math.floor((clock.at - clock.knownAt) / 60_000))
}
