/** Meters as a test has them: what they send, when, and what goes wrong. Packets are those of the standard. */
import type { Bluetooth, Characteristic, Meter } from './bluetooth'

export function word(value: number): [number, number] {
  return [value & 255, (value >> 8) & 255]
}

export function float(mantissa: number, exponent = 0): [number, number] {
  return word(((exponent & 15) << 12) | (mantissa & 0xfff))
}

/** As a meter in China has it on its clock. */
export function clock(at: Date): number[] {
  const there = new Date(at.getTime() + 8 * 3_600_000)
  return [
    ...word(there.getUTCFullYear()),
    ...[there.getUTCMonth() + 1, there.getUTCDate(), there.getUTCHours(), there.getUTCMinutes(), there.getUTCSeconds()],
  ]
}

export function pressurePacket(sbp: number, dbp: number, at: Date | null, status = 0): number[] {
  const time = at ? clock(at) : []
  return [at ? 0x16 : 0x14, ...float(sbp), ...float(dbp), ...float(100), ...time, ...float(72), ...word(status)]
}

export function glucosePacket(tenths: number, at: Date, sample = 0x11): number[] {
  return [6, ...word(1), ...clock(at), ...float(tenths, -4), sample]
}

/** `measurements` are sent when the meter is listened to, or asked; `control` is what its control point answers. */
export interface Behaviour {
  name?: string
  measurements?: number[][]
  control?: number[]
  /** Leaves after it sent. */
  leaves?: boolean
  connecting?: () => Promise<void>
}

class Emulated extends EventTarget implements Characteristic {
  value: DataView | undefined
  written: number[][] = []
  onListen: () => void = () => undefined
  onWrite: () => void = () => undefined

  startNotifications(): Promise<void> {
    setTimeout(() => this.onListen(), 1)
    return Promise.resolve()
  }

  writeValueWithResponse(value: Uint8Array): Promise<void> {
    this.written.push([...value])
    setTimeout(() => this.onWrite(), 1)
    return Promise.resolve()
  }

  send(bytes: number[]): void {
    this.value = new DataView(Uint8Array.from(bytes).buffer)
    this.dispatchEvent(new Event('characteristicvaluechanged'))
  }
}

export class EmulatedMeter extends EventTarget implements Meter {
  readonly gatt
  readonly control = new Emulated()
  readonly measurement = new Emulated()
  disconnects = 0

  constructor(
    readonly id: string,
    readonly behaviour: Behaviour,
  ) {
    super()
    this.measurement.onListen = () => this.#send([0x35])
    this.control.onWrite = () => this.#send([0x18])
    this.gatt = {
      connect: async () => {
        await behaviour.connecting?.()
        return this.gatt
      },
      disconnect: () => void this.disconnects++,
      getPrimaryService: (service: number) =>
        Promise.resolve({
          getCharacteristic: (number: number) => {
            this.#asked = service === 0x1810 ? 0x35 : 0x18
            return Promise.resolve(number === 0x2a52 ? this.control : this.measurement)
          },
        }),
    }
  }

  get name(): string | undefined {
    return this.behaviour.name
  }

  #asked = 0

  /** A pressure meter sends when it is listened to, a glucose meter when it is asked. */
  #send(of: number[]): void {
    if (!of.includes(this.#asked)) return
    for (const packet of this.behaviour.measurements ?? []) this.measurement.send(packet)
    if (this.behaviour.control) this.control.send(this.behaviour.control)
    if (this.behaviour.leaves) this.dispatchEvent(new Event('gattserverdisconnected'))
  }
}

export interface EmulatedBluetooth extends Bluetooth {
  asked: number
}

/** A browser that offers this meter in its list; `refuses` is what it throws instead. */
export function bluetoothWith(meter: Meter, refuses: Error | null = null): EmulatedBluetooth {
  const bluetooth: EmulatedBluetooth = {
    asked: 0,
    requestDevice: () => {
      bluetooth.asked++
      return refuses ? Promise.reject(refuses) : Promise.resolve(meter)
    },
  }
  return bluetooth
}
