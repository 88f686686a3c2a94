/** What we use of Web Bluetooth, which not every browser has, and which meter is ours. */

export interface Characteristic extends EventTarget {
  readonly value?: DataView | undefined
  startNotifications(): Promise<unknown>
  writeValueWithResponse(value: Uint8Array<ArrayBuffer>): Promise<void>
}

export interface GattServer {
  connect(): Promise<GattServer>
  disconnect(): void
  getPrimaryService(service: number): Promise<{ getCharacteristic(characteristic: number): Promise<Characteristic> }>
}

/** Says `gattserverdisconnected` when it goes. */
export interface Meter extends EventTarget {
  readonly id: string
  readonly name?: string | undefined
  readonly gatt?: GattServer | undefined
}

export interface Bluetooth {
  requestDevice(options: { filters: { services: number[] }[] }): Promise<Meter>
  getDevices?(): Promise<Meter[]>
  getAvailability?(): Promise<boolean>
}

export type Kind = 'pressure' | 'glucose'

export const SERVICE: Record<Kind, number> = { pressure: 0x1810, glucose: 0x1808 }

export type Why =
  | ('off' | 'not_chosen' | 'not_allowed' | 'out_of_reach' | 'went_away' | 'nothing_came')
  | ('no_records' | 'refused' | 'not_understood' | 'control_solution' | 'cancelled')

/** Why there is no reading. */
export class MeterFailure extends Error {
  constructor(readonly why: Why) {
    super(why)
  }
}

/** Meters that were chosen since the app was opened: not every browser gives them back. */
const chosen = new Map<Kind, Meter>()

function keyOf(kind: Kind): string {
  return `xunyue.meter.${kind}`
}

/** The meter that was used last, or the one that is chosen now in the browser's own list. */
export async function meterOf(kind: Kind, bluetooth: Bluetooth, another: boolean): Promise<Meter> {
  if ((await bluetooth.getAvailability?.()) === false) throw new MeterFailure('off')
  const known = another ? null : (chosen.get(kind) ?? (await remembered(kind, bluetooth)))
  const meter = known ?? (await choose(kind, bluetooth))
  chosen.set(kind, meter)
  localStorage.setItem(keyOf(kind), meter.id)
  return meter
}

async function remembered(kind: Kind, bluetooth: Bluetooth): Promise<Meter | null> {
  const id = localStorage.getItem(keyOf(kind))
  if (!id || !bluetooth.getDevices) return null
  return (await bluetooth.getDevices()).find((meter) => meter.id === id) ?? null
}

async function choose(kind: Kind, bluetooth: Bluetooth): Promise<Meter> {
  try {
    return await bluetooth.requestDevice({ filters: [{ services: [SERVICE[kind]] }] })
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotFoundError' || name === 'AbortError') throw new MeterFailure('not_chosen')
    if (name === 'SecurityError' || name === 'NotAllowedError') throw new MeterFailure('not_allowed')
    throw error
  }
}

export function nameOf(meter: Meter): string {
  return meter.name?.trim() || 'Bluetooth'
}
