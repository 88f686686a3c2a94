/**
 * Time since check-in on the browser's monotonic clock (`performance.timeOrigin + performance.now()`), which
 * one browser keeps across reloads. After the browser itself was closed the clock may have another base: then
 * the time that was last seen goes on from the moment the page was opened, so that a clock set back never
 * shortens a round.
 */
export interface MonotonicNow {
  /** `performance.timeOrigin`: when this page was opened, ms. */
  opened: number
  /** `performance.now()`: ms since then. */
  since: number
}

export interface Stopwatch {
  /** Monotonic reading at the start, ms. */
  started: number
  /** Elapsed time when it was last saved, ms. */
  seen: number
  /** What else was known of the time at the start. */
  began?: Witness
}

/** What tells whether the wall clock was set between two moments. */
export interface Witness {
  /** The phone's wall clock, ms. */
  wall: number
  /** How far it was ahead of the position's own time, ms; null without a fix. Satellites have a time of their own. */
  ahead: number | null
  /** The server's clock minus the phone's at their last contact, ms. */
  skew: number
}

export function startStopwatch(now: MonotonicNow, began?: Witness): Stopwatch {
  return { started: now.opened + now.since, seen: 0, ...(began && { began }) }
}

/**
 * The stopwatch as this page should go on with it. Call once after loading a saved one, and before reading
 * it.
 */
export function resumeStopwatch(saved: Stopwatch, now: MonotonicNow): Stopwatch {
  const elapsed = now.opened + now.since - saved.started
  return elapsed >= saved.seen ? saved : { ...saved, started: now.opened - saved.seen }
}

export function elapsedMs(stopwatch: Stopwatch, now: MonotonicNow): number {
  return Math.max(0, Math.round(now.opened + now.since - stopwatch.started))
}

/** Two witnesses agree that nobody set the clock, ms: fixes take a while to arrive. */
const AGREE_MS = 60_000

/**
 * How long a visit lasted, ms. The monotonic clock of some phones stands still while they sleep: where the positions at
 * both ends agree that nobody set the wall clock in between, the longer of the two counts. Without two positions, or
 * where anything speaks of a clock that was set, the visit is too short rather than too long.
 */
export function visitMs(stopwatch: Stopwatch, now: MonotonicNow, ended: Witness): number {
  const counted = elapsedMs(stopwatch, now)
  const { began } = stopwatch
  return began && isUnset(began, ended) ? Math.max(counted, Math.round(ended.wall - began.wall)) : counted
}

function isUnset(began: Witness, ended: Witness): boolean {
  if (began.ahead === null || ended.ahead === null) return false
  return Math.abs(ended.ahead - began.ahead) <= AGREE_MS && Math.abs(ended.skew - began.skew) <= AGREE_MS
}
