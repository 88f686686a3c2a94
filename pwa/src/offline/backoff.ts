const FIRST_MS = 2_000
const LONGEST_MS = 60_000

/**
 * How long to wait after the n-th failure in a row (from 1), ms; `random` in [0, 1) spreads the phones of a
 * county.
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
  return Math.round(full / 2 + (full / 2) * random)
}
