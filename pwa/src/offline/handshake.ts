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
  /** Both clocks went alike since the server was heard: then it was at `notBefore`, whatever became of them later. */
  steady?: boolean
}

/** More than a second is no rounding. */
const SEEN_FROM_MS = 2_000

/** Readings of two pages have not the same beginning. */
export function isSamePage(one: MonotonicNow, other: MonotonicNow): boolean {
  return one.opened === other.opened
}

export function readingAt(wall: number, mono: MonotonicNow, last: Handshake | null): Reading {
  const heard = last && isSamePage(last.heard, mono) ? last : null
  if (!heard) return { wall, mono, notBefore: null }
  const notBefore = heard.server + (mono.since - heard.heard.since)
  return { wall, mono, notBefore, steady: Math.abs(wall + heard.skew - notBefore) <= SEEN_FROM_MS }
}

/**
 * Whether the wall clock went otherwise than the monotonic one since then: it was set, or the phone slept. Of what was
 * made in another page nobody knows.
 */
export function isDoubtful(made: Reading, wall: number, mono: MonotonicNow): boolean {
  if (!isSamePage(made.mono, mono)) return true
  return Math.abs(wall - made.wall - (mono.since - made.mono.since)) > SEEN_FROM_MS
}

/** Whether the difference that an answer told is still right: nobody set the clock since. */
export function stillHolds(told: Handshake, wall: number, mono: MonotonicNow): boolean {
  return !isDoubtful({ wall: told.server - told.skew, mono: told.heard, notBefore: null }, wall, mono)
}

/**
 * How much later than by today's difference of the clocks something was made, ms; negative: earlier, 0: no more
 * is known than the wall clock says. `others` are the readings there are of all pages: a page that is closed was open
 * at least until its last one, and what it made before is that much older.
 */
export function correctionOf(made: Reading, now: Handshake, others: readonly Reading[] = []): number {
  const said = made.wall + now.skew
  const was = made.steady && made.notBefore !== null ? made.notBefore : bounded(said, made, now, others)
  return Math.abs(was - said) > SEEN_FROM_MS ? was - said : 0
}

function bounded(said: number, made: Reading, now: Handshake, others: readonly Reading[]): number {
  const latest = now.server - ageOf(made, now, others)
  const earliest = made.notBefore ?? -Infinity
  return Math.min(Math.max(said, earliest), Math.max(latest, earliest))
}

/** How long ago it was at least, ms. */
function ageOf({ mono }: Reading, now: Handshake, others: readonly Reading[]): number {
  if (isSamePage(mono, now.asked)) return now.asked.since - mono.since
  const samePage = others.filter((other) => isSamePage(other.mono, mono))
  return Math.max(0, ...samePage.map((other) => other.mono.since - mono.since))
}

/**
 * How long the monotonic clock stood still between two answers, ms, at least: the way of a request is not counted.
 */
export function stoodStill(before: Handshake, now: Handshake): number {
  if (!isSamePage(before.asked, now.heard)) return 0
  const still = now.server - before.server - (now.heard.since - before.asked.since)
  return still > SEEN_FROM_MS ? still : 0
}
