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
}

export function startStopwatch(now: MonotonicNow): Stopwatch {
  return { started: now.opened + now.since, seen: 0 }
}

/**
 * The stopwatch as this page should go on with it. Call once after loading a saved one, and before reading
 * it.
 */
export function resumeStopwatch(saved: Stopwatch, now: MonotonicNow): Stopwatch {
  const elapsed = now.opened + now.since - saved.started
  return elapsed >= saved.seen ? saved : { started: now.opened - saved.seen, seen: saved.seen }
}

export function elapsedMs(stopwatch: Stopwatch, now: MonotonicNow): number {
  return Math.max(0, Math.round(now.opened + now.since - stopwatch.started))
}
