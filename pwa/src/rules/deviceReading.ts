/**
 * What blood-pressure and glucose meters send over Bluetooth, by the standard profiles: Blood Pressure Measurement
 * (0x2A35), Glucose Measurement (0x2A18) and the Record Access Control Point (0x2A52). Numbers are IEEE 11073 SFLOATs.
 */
import { rounded, type Fraction } from './exact'

/** Wall-clock time as the meter's own clock has it, without a zone; null where it was never set. */
export interface MeterTime {
  year: number
  /** 1 to 12. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

export interface PressureReading {
  kind: 'pressure'
  /** mmHg. */
  sbp: number
  dbp: number
  /** Beats a minute; null where the meter gives none. */
  pulse: number | null
  at: MeterTime | null
  /** What the meter found wrong with the measurement. */
  doubts: ('body_moved' | 'cuff_loose' | 'irregular_pulse' | 'wrong_position')[]
}

export interface GlucoseReading {
  kind: 'glucose'
  /** mmol/L with one decimal; null where it is beyond what the meter can measure. */
  mmol: string | null
  beyond: 'LO' | 'HI' | null
  at: MeterTime | null
  /** Rises by one with each measurement. */
  sequence: number
  /** Control solution is no blood. */
  isControl: boolean
}

/** The packet is shorter than its flags say, or says something that is no measurement. */
export class Unreadable extends Error {}

/** Not a number: the meter has no value, such as after a measurement that failed. */
type Special = 'none' | 'above' | 'below'

const SPECIAL = new Map<number, Special>([
  [0x07fe, 'above'],
  [0x07ff, 'none'],
  [0x0800, 'none'],
  [0x0801, 'none'],
  [0x0802, 'below'],
])

/** A 16-bit float: four bits of exponent to ten, twelve of mantissa, both signed. */
export function sfloat(raw: number): Fraction | Special {
  const special = SPECIAL.get(raw)
  if (special) return special
  const exponent = signed(raw >> 12, 4)
  const mantissa = BigInt(signed(raw & 0xfff, 12))
  const power = 10n ** BigInt(Math.abs(exponent))
  return exponent < 0 ? { over: mantissa, under: power } : { over: mantissa * power, under: 1n }
}

function signed(bits: number, width: number): number {
  return bits >= 2 ** (width - 1) ? bits - 2 ** width : bits
}

/** Reads little-endian values one after another. */
class Packet {
  #at = 0
  constructor(private readonly view: DataView) {}

  byte(): number {
    return this.view.getUint8(this.#step(1))
  }

  word(): number {
    return this.view.getUint16(this.#step(2), true)
  }

  minutes(): number {
    return this.view.getInt16(this.#step(2), true)
  }

  time(): MeterTime | null {
    const year = this.word()
    const [month, day, hour, minute, second] = [this.byte(), this.byte(), this.byte(), this.byte(), this.byte()]
    const isThere = year >= 1582 && month >= 1 && month <= 12 && day >= 1 && day <= 31
    return isThere && hour < 24 && minute < 60 && second < 60 ? { year, month, day, hour, minute, second } : null
  }

  #step(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.view.byteLength) throw new Unreadable('too short')
    return at
  }
}

/** 1 kPa = 7.50062 mmHg. */
const MMHG_OF_KPA: Fraction = { over: 750_062n, under: 100_000n }
const ONE: Fraction = { over: 1n, under: 1n }

/** `Unreadable` where there is no pressure in it. */
export function readPressure(view: DataView): PressureReading {
  const packet = new Packet(view)
  const flags = packet.byte()
  const unit = flags & 1 ? MMHG_OF_KPA : ONE
  const [sbp, dbp] = [whole(sfloat(packet.word()), unit), whole(sfloat(packet.word()), unit)]
  packet.word() // the mean arterial pressure
  const at = flags & 2 ? packet.time() : null
  const pulse = flags & 4 ? whole(sfloat(packet.word()), ONE) : null
  if (flags & 8) packet.byte() // whose memory of the meter it is
  const status = flags & 16 ? packet.word() : 0
  if (sbp === null || dbp === null) throw new Unreadable('no pressure')
  return { kind: 'pressure', sbp, dbp, pulse, at, doubts: doubtsOf(status) }
}

function doubtsOf(status: number): PressureReading['doubts'] {
  const bits = [
    [1, 'body_moved'],
    [2, 'cuff_loose'],
    [4, 'irregular_pulse'],
    [32, 'wrong_position'],
  ] as const
  return bits.filter(([bit]) => status & bit).map(([, doubt]) => doubt)
}

function whole(value: Fraction | Special, unit: Fraction): number | null {
  if (typeof value === 'string' || value.over <= 0n) return null
  return Number(rounded(times(value, unit), undefined))
}

function times(left: Fraction, right: Fraction): Fraction {
  return { over: left.over * right.over, under: left.under * right.under }
}

/** 1 mmol/L = 18 mg/dL, as meters in China count: 1 kg/L = 100 000 mg/dL. */
const MMOL_OF_KG: Fraction = { over: 100_000n, under: 18n }
const MMOL_OF_MOL: Fraction = { over: 1000n, under: 1n }
const CONTROL_TYPE = 0xa
const CONTROL_PLACE = 4
const RESULT_TOO_HIGH = 1 << 5
const RESULT_TOO_LOW = 1 << 6

/** `Unreadable` where there is no glucose in it. */
export function readGlucose(view: DataView): GlucoseReading {
  const packet = new Packet(view)
  const flags = packet.byte()
  const sequence = packet.word()
  const base = packet.time()
  const shift = flags & 1 ? packet.minutes() : 0
  const value = flags & 2 ? sfloat(packet.word()) : 'none'
  const sample = flags & 2 ? packet.byte() : 0
  const status = flags & 8 ? packet.word() : 0
  const beyond = beyondOf(value, status)
  const mmol = beyond ? null : mmolOf(value, flags & 4 ? MMOL_OF_MOL : MMOL_OF_KG)
  if (!beyond && mmol === null) throw new Unreadable('no glucose')
  const isControl = (sample & 15) === CONTROL_TYPE || sample >> 4 === CONTROL_PLACE
  return { kind: 'glucose', mmol, beyond, at: base && later(base, shift), sequence, isControl }
}

function beyondOf(value: Fraction | Special, status: number): 'LO' | 'HI' | null {
  if (value === 'above' || status & RESULT_TOO_HIGH) return 'HI'
  return value === 'below' || status & RESULT_TOO_LOW ? 'LO' : null
}

function mmolOf(value: Fraction | Special, unit: Fraction): string | null {
  if (typeof value === 'string' || value.over <= 0n) return null
  return String(rounded(times(value, unit), 1))
}

/** The user's time is the base time and an offset in minutes, which the meter keeps beside it. */
function later(time: MeterTime, minutes: number): MeterTime {
  const moved = new Date(Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute + minutes, time.second))
  return {
    ...{ year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() },
    ...{ hour: moved.getUTCHours(), minute: moved.getUTCMinutes(), second: moved.getUTCSeconds() },
  }
}

/** "Report stored records: the last one", as the Record Access Control Point takes it. */
export const LAST_RECORD = Uint8Array.of(1, 6)

/** What the control point answered to it; null where this is no answer to it. */
export function controlAnswer(view: DataView): 'sent' | 'no_records' | 'refused' | null {
  if (view.byteLength < 4 || view.getUint8(0) !== 6 || view.getUint8(2) !== 1) return null
  const code = view.getUint8(3)
  return code === 1 ? 'sent' : code === 6 ? 'no_records' : 'refused'
}

/** Hours that China's clocks are ahead of UTC, the whole year; the meters are set to them. */
const AHEAD = 8

/** Milliseconds since 1970 of a meter's wall-clock time. */
export function instantOf(at: MeterTime): number {
  return Date.UTC(at.year, at.month - 1, at.day, at.hour - AHEAD, at.minute, at.second)
}

/** Before, or wrongly after now, by more than this a measurement is not taken without a question. */
export const OLD_MS = 10 * 60_000

/** A meter without a clock cannot say that it is the measurement just made. */
export function isToAskAbout(at: MeterTime | null, now: number): boolean {
  return at === null || Math.abs(now - instantOf(at)) > OLD_MS
}
