/** By itself, so that a phone without Bluetooth loads nothing else of meters. */
import type { Bluetooth } from './bluetooth'

export function bluetoothHere(): Bluetooth | null {
  return (navigator as Navigator & { bluetooth?: Bluetooth }).bluetooth ?? null
}
