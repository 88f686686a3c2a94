/**
 * What the server said of the time, held against this page's monotonic clock. That clock never runs fast, and may
 * stand still while the phone sleeps; the wall clock goes on meanwhile, and may be set. So the monotonic clock
 * bounds from both sides when something was, and the wall clock decides within the bounds.
 */
import type { MonotonicNow } from '@/rules/elapsed'

/** The server's clock at one answer, ms; `asked` and `heard` are this page's clock around it. */
export interface Handshake {
  server: number
  /** The server's clock minus the phone's, ms. */
  skew: number
  asked: MonotonicNow
  heard: MonotonicNow
}

/** By which clocks something was made. */
export interface Reading {
  wall: number
  mono: MonotonicNow
  /** Not before this by the server's clock, ms; null where it had not been heard since the page was opened. */
  notBefore: number | null
}

/** More than a second is no rounding. */
const SEEN_FROM_MS = 2_000

/** Readings of two pages have not the same beginning. */
export function isSamePage(one: MonotonicNow, other: MonotonicNow): boolean {
  return one.opened === other.opened
}

export function readingAt(wall: number, mono: MonotonicNow, last: Handshake | null): Reading {
  const heard = last && isSamePage(last.heard, mono) ? last : null
  return { wall, mono, notBefore: heard && heard.server + (mono.since - heard.heard.since) }
}

/**
 * Whether the wall clock went otherwise than the monotonic one since then: it was set, or the phone slept. What was
 * made in another page is doubtful where it is still to come.
 */
export function isDoubtful(made: Reading, wall: number, mono: MonotonicNow): boolean {
  if (!isSamePage(made.mono, mono)) return made.wall > wall + SEEN_FROM_MS
  return Math.abs(wall - made.wall - (mono.since - made.mono.since)) > SEEN_FROM_MS
}

/**
 * How much later than by today's difference of the clocks something was made, ms; negative: earlier, 0: no more
 * is known than the wall clock says.
 */
export function correctionOf(made: Reading, now: Handshake): number {
  const said = made.wall + now.skew
  const age = isSamePage(made.mono, now.asked) ? now.asked.since - made.mono.since : 0
  const latest = now.server - age
  const earliest = made.notBefore ?? -Infinity
  const was = Math.min(Math.max(said, earliest), Math.max(latest, earliest))
  return Math.abs(was - said) > SEEN_FROM_MS ? was - said : 0
}

/**
 * How long the monotonic clock stood still between two answers, ms, at least: the way of a request is not counted.
 */
export function stoodStill(before: Handshake, now: Handshake): number {
  if (!isSamePage(before.asked, now.heard)) return 0
  const still = now.server - before.server - (now.heard.since - before.asked.since)
  return still > SEEN_FROM_MS ? still : 0
}
