/**
 * Exact arithmetic on what was measured. Decimals are whole numbers of their smallest place, never floats: the
 * server counts with fractions, and both must round alike.
 */

export type Numeric = string | number

/** A fraction of two whole numbers; the lower one is positive. */
export interface Fraction {
  over: bigint
  under: bigint
}

/** An integer, or a decimal as text. */
export function fraction(number: Numeric): Fraction {
  const text = String(number)
  const places = placesOf(text)
  return { over: BigInt(text.replace('.', '')), under: 10n ** BigInt(places) }
}

export function placesOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0
}

export function compare(left: Numeric, right: Numeric): number {
  return compareFractions(fraction(left), fraction(right))
}

export function compareFractions(left: Fraction, right: Fraction): number {
  const difference = left.over * right.under - right.over * left.under
  return difference === 0n ? 0 : difference > 0n ? 1 : -1
}

/** left − right. */
export function minus(left: Numeric, right: Numeric): Fraction {
  const [from, less] = [fraction(left), fraction(right)]
  return { over: from.over * less.under - less.over * from.under, under: from.under * less.under }
}

/** The mean of numbers of one field, rounded half up to its places; integers have none. */
export function mean(numbers: readonly Numeric[], places: number | undefined): Numeric {
  const sum = numbers.map(fraction).reduce((total, each) => ({
    over: total.over * each.under + each.over * total.under,
    under: total.under * each.under,
  }))
  return rounded({ over: sum.over, under: sum.under * BigInt(numbers.length) }, places)
}

/** A number as a field with these places has it: text with them, or an integer without. */
export function rounded({ over, under }: Fraction, places: number | undefined): Numeric {
  if (places === undefined) return Number(halfUp({ over, under }))
  const digits = String(halfUp({ over: over * 10n ** BigInt(places), under })).padStart(places + 1, '0')
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** The nearest whole number of one that is not negative; halves go up. */
export function halfUp({ over, under }: Fraction): bigint {
  return (2n * over + under) / (2n * under)
}
