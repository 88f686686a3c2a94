/**
 * UUIDv7 (RFC 9562) made on the phone: 48 bits of milliseconds, then a 12-bit counter so that ids of one
 * millisecond, or of a clock set back, still sort in the order they were made.
 */
import { toUuid } from './bytes'

const COUNTER_LIMIT = 0x1000

export interface Uuid7Source {
  now: () => number
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>
}

export interface Uuid7Generator {
  (): string
  /** From now on ids sort after this one too: made before a restart, perhaps by a clock that was ahead. */
  after: (id: string) => void
}

/** A generator of ids in strictly rising order. */
export function uuid7Generator({ now, random }: Uuid7Source): Uuid7Generator {
  let time = -1
  let counter = 0
  const next = () => {
    const current = now()
    if (current > time) {
      time = current
      counter = 0
    } else if (++counter === COUNTER_LIMIT) {
      time += 1
      counter = 0
    }
    return toUuid(layout(time, counter, random(new Uint8Array(16))))
  }
  const after = (id: string) => {
    const made = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
    if (made < time) return
    time = made
    counter = COUNTER_LIMIT - 1
  }
  return Object.assign(next, { after })
}

function layout(time: number, counter: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const view = new DataView(bytes.buffer)
  view.setUint16(0, Math.floor(time / 0x1_0000_0000))
  view.setUint32(2, time % 0x1_0000_0000)
  view.setUint16(6, 0x7000 | counter)
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f))
  return bytes
}

export const newId = uuid7Generator({
  now: () => Date.now(),
  random: (bytes) => crypto.getRandomValues(bytes),
})
