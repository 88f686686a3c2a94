/** What a manager may file as an institution's place; the server checks the same. */
import type { Datum } from '@/api/wire'

/** A fix with more than this, in metres, says too little about where a door is. */
export const ACCURACY_LIMIT_M = 100
const FENCE_M = { least: 20, most: 5000 }

export interface Typed {
  latitude: string
  longitude: string
  datum: Datum | null
}

export interface Point {
  latitude: number
  longitude: number
  datum: Datum
}

export type Problem = 'latitude_wrong' | 'longitude_wrong' | 'swapped' | 'datum_needed'

/** The point that was typed, or what is wrong with it, by field. */
export function readPoint({ latitude, longitude, datum }: Typed): Point | Partial<Record<keyof Typed, Problem>> {
  const north = degrees(latitude)
  const east = degrees(longitude)
  // East and north of China overlap in no place: 73–135 degrees is no latitude of a care home.
  if (north !== null && east !== null && Math.abs(north) > 60 && Math.abs(east) <= 60) return { latitude: 'swapped' }
  const problems: Partial<Record<keyof Typed, Problem>> = {}
  if (north === null || Math.abs(north) > 90) problems.latitude = 'latitude_wrong'
  if (east === null || Math.abs(east) > 180) problems.longitude = 'longitude_wrong'
  if (datum === null) problems.datum = 'datum_needed'
  if (north === null || east === null || datum === null || Object.keys(problems).length) return problems
  return { latitude: north, longitude: east, datum }
}

export function isPoint(read: ReturnType<typeof readPoint>): read is Point {
  return typeof (read as Partial<Point>).longitude === 'number'
}

/** Degrees as maps print them: full-width digits and signs too, at least three decimals (a hundred metres). */
function degrees(typed: string): number | null {
  const text = typed.normalize('NFKC').trim().replace(/°$/, '')
  return /^[+-]?\d{1,3}\.\d{3,}$/.test(text) ? Number(text) : null
}

/** Metres, or null when it is no radius. */
export function readFence(typed: string): number | null {
  const text = typed.normalize('NFKC').trim()
  const metres = /^\d+$/.test(text) ? Number(text) : NaN
  return metres >= FENCE_M.least && metres <= FENCE_M.most ? metres : null
}
