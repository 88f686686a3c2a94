/** On which days the rounds that are still owed are proposed: the same as server/calendar/rules.py. Pure. */
import { addDays, daysBetween } from './days'
import type { Day } from './facts'

/** The latest rounds decide on which weekday one comes. */
const HABIT = 8
const SATURDAY = 5

/** Rounds promised from `start` to `end`, of which `owed` are still to be done; late ones count until `deadline`. */
export interface RoundsWindow {
  start: Day
  end: Day
  deadline: Day
  promised: number
  owed: number
}

/** The `number`-th of the rounds that a window promises, and the day proposed for it. */
export interface Planned<W extends RoundsWindow> {
  window: W
  number: number
  on: Day
}

/** What a clause asks of visits: its windows still owed, and its gap. */
export interface RoundsClause<W extends RoundsWindow> {
  windows: readonly W[]
  gap: number
}

/** One visit: a round counts for every clause that asks for its day. */
export interface Visit<W extends RoundsWindow, C extends RoundsClause<W>> {
  on: Day
  asked: { clause: C; planned: Planned<W> }[]
}

/** The weekday (Monday is 0) of most of the latest rounds, of several the one used last; null of none. */
export function habit(rounds: readonly Day[]): number | null {
  const counts = new Map<number, number>()
  for (const day of [...new Set(rounds)].sort().reverse().slice(0, HABIT))
    counts.set(weekday(day), (counts.get(weekday(day)) ?? 0) + 1)
  const most = Math.max(...counts.values())
  return [...counts].find(([, count]) => count === most)?.[0] ?? null
}

/**
 * The owed rounds of a commitment in order; of those that no longer fit into a window none. `gap` is the least
 * number of days between two that count (0: several of one day do), `rounds` are the days of earlier ones.
 */
export function plan<W extends RoundsWindow>(
  windows: readonly W[],
  gap: number,
  rounds: readonly Day[],
  today: Day,
): Planned<W>[] {
  const usual = habit(rounds)
  let earliest = latest(today, ...rounds.map((day) => addDays(day, gap)))
  return [...windows]
    .sort((left, right) => daysBetween(right.start, left.start))
    .flatMap((window) => {
      const days = daysIn(window, earliest, usual, gap)
      earliest = latest(earliest, ...days.map((day) => addDays(day, gap)))
      return days.map((on, place) => ({ window, number: window.promised - window.owed + 1 + place, on }))
    })
}

/**
 * The visits that all clauses between two parties ask for, one a day, the next first; a day's clauses are in the
 * order given.
 */
export function visits<W extends RoundsWindow, C extends RoundsClause<W>>(
  clauses: readonly C[],
  rounds: readonly Day[],
  today: Day,
): Visit<W, C>[] {
  const byDay = new Map<Day, Visit<W, C>>()
  for (const clause of clauses)
    for (const planned of plan<W>(clause.windows, clause.gap, rounds, today)) {
      const visit = byDay.get(planned.on) ?? { on: planned.on, asked: [] }
      visit.asked.push({ clause, planned })
      byDay.set(planned.on, visit)
    }
  return [...byDay.values()].sort((left, right) => daysBetween(right.on, left.on))
}

/** As many days as are owed and fit, none before `earliest`. */
function daysIn(window: RoundsWindow, earliest: Day, usual: number | null, gap: number): Day[] {
  let first = latest(window.start, earliest)
  const last = first <= window.end ? window.end : window.deadline
  const days: Day[] = []
  for (const wish of wishes(window, first, last, usual)) {
    const on = latest(wish, first)
    if (on > last) break
    days.push(on)
    first = latest(first, addDays(on, gap))
  }
  return days
}

/** The days stay as they are until one has passed: then what is left is spread from the next possible day on. */
function wishes(window: RoundsWindow, first: Day, last: Day, usual: number | null): Day[] {
  const wished = shares(window.start, window.end, window.promised).map((share) => nearTheMiddle(share, usual))
  const left = wished.slice(-window.owed)
  const passed = left[0] !== undefined && left[0] < first
  return passed ? shares(first, last, window.owed).map(firstWorking) : left
}

/** The days from first to last cut into `count` parts of equal length, each of a day at least. */
function shares(first: Day, last: Day, count: number): Day[][] {
  const length = Math.max(daysBetween(first, last) + 1, 1)
  const begins = (part: number) => Math.floor((length * part) / count)
  return Array.from({ length: count }, (_, part) => {
    const days = Math.max(begins(part + 1) - begins(part), 1)
    return Array.from({ length: days }, (_day, place) => addDays(first, begins(part) + place))
  })
}

/** On the habitual weekday where the share has one, else on a working day. */
function nearTheMiddle(share: readonly Day[], usual: number | null): Day {
  const middle = share[Math.floor((share.length - 1) / 2)] ?? ''
  const habitual = share.filter((day) => weekday(day) === usual)
  const working = share.filter((day) => weekday(day) < SATURDAY)
  const choice = [habitual, working, share].find((days) => days.length > 0) ?? []
  const far = (day: Day) => Math.abs(daysBetween(middle, day))
  return choice.reduce((nearest, day) => (far(day) < far(nearest) ? day : nearest), choice[0] ?? middle)
}

function firstWorking(share: readonly Day[]): Day {
  return share.find((day) => weekday(day) < SATURDAY) ?? share[0] ?? ''
}

function weekday(day: Day): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
}

function latest(...days: Day[]): Day {
  return days.reduce((left, right) => (left < right ? right : left))
}
