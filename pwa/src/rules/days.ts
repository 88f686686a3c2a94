/** Calendar days as text, so that no time zone can move them. */
import type { Day } from './facts'

const MS_PER_DAY = 86_400_000

/** The local calendar day of an instant (milliseconds since 1970) in an IANA time zone. */
export function dayIn(timezone: string, at: number): Day {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at)
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

function ordinal(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY
}

/** Days from one day to another, negative when it lies before. */
export function daysBetween(from: Day, to: Day): number {
  return ordinal(to) - ordinal(from)
}

export function addDays(day: Day, days: number): Day {
  return new Date((ordinal(day) + days) * MS_PER_DAY).toISOString().slice(0, 10)
}

/** Completed years; someone born on 29 February has the birthday on 1 March in common years. */
export function ageOn(born: Day, on: Day): number {
  const years = Number(on.slice(0, 4)) - Number(born.slice(0, 4))
  return on.slice(5) >= born.slice(5) ? years : years - 1
}
