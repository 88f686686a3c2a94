import { describe, expect, it } from 'vitest'
import { Unreadable, controlAnswer, instantOf, isToAskAbout, readGlucose, readPressure, sfloat } from './deviceReading'

function packet(...bytes: number[]): DataView {
  return new DataView(Uint8Array.from(bytes).buffer)
}
function word(value: number): [number, number] {
  return [value & 255, (value >> 8) & 255]
}
/** An SFLOAT of whole numbers. */
function float(mantissa: number, exponent = 0): [number, number] {
  return word(((exponent & 15) << 12) | (mantissa & 0xfff))
}
const TIME = [...word(2026), 11, 22, 14, 5, 30]
const AT = { year: 2026, month: 11, day: 22, hour: 14, minute: 5, second: 30 }

describe('a 16-bit float', () => {
  it('has a signed exponent to ten and a signed mantissa', () => {
    expect(sfloat(138)).toEqual({ over: 138n, under: 1n })
    expect(sfloat(0xf0b8)).toEqual({ over: 184n, under: 10n })
    expect(sfloat(0x2001)).toEqual({ over: 100n, under: 1n })
    expect(sfloat(0x0fff)).toEqual({ over: -1n, under: 1n })
  })
  it('has words for what is no number', () => {
    expect([0x7ff, 0x800, 0x801, 0x7fe, 0x802].map(sfloat)).toEqual(['none', 'none', 'none', 'above', 'below'])
  })
  it('is what every mantissa and exponent say', () => {
    for (let exponent = -8; exponent < 8; exponent++)
      for (let mantissa = -2000; mantissa < 2000; mantissa += 37) {
        const [low, high] = float(mantissa, exponent)
        const value = sfloat((high << 8) | low)
        if (typeof value === 'string') throw new Error(`${mantissa}e${exponent} is no number`)
        expect(Number(value.over) / Number(value.under)).toBeCloseTo(mantissa * 10 ** exponent, 6)
      }
  })
})

describe('a blood pressure', () => {
  it('is read with its time, pulse, user and status', () => {
    const given = packet(0x1e, ...float(138), ...float(82), ...float(100), ...TIME, ...float(720, -1), 1, ...word(0b100101))
    expect(readPressure(given)).toEqual({
      ...{ kind: 'pressure', sbp: 138, dbp: 82, pulse: 72, at: AT },
      doubts: ['body_moved', 'irregular_pulse', 'wrong_position'],
    })
  })
  it('is read without any of these', () => {
    const given = readPressure(packet(0, ...float(138), ...float(82), ...float(0x7ff)))
    expect(given).toEqual({ kind: 'pressure', sbp: 138, dbp: 82, pulse: null, at: null, doubts: [] })
  })
  it('in kPa is mmHg, rounded', () => {
    const { sbp, dbp } = readPressure(packet(1, ...float(184, -1), ...float(109, -1), ...float(133, -1)))
    expect([sbp, dbp]).toEqual([138, 82])
  })
  it('in kPa is what a division says, over the whole range', () => {
    for (let tenths = 67; tenths <= 400; tenths++) {
      const { sbp } = readPressure(packet(1, ...float(tenths, -1), ...float(60, -1), ...float(80, -1)))
      expect(Math.abs(sbp - tenths / 10 / 0.133322)).toBeLessThan(0.51)
    }
  })
  it('of a measurement that failed is none', () => {
    expect(() => readPressure(packet(0, ...float(0x7ff), ...float(0x7ff), ...float(0x7ff)))).toThrow(Unreadable)
    expect(() => readPressure(packet(0, ...float(0), ...float(82), ...float(90)))).toThrow(Unreadable)
    expect(() => readPressure(packet(0, ...float(-5), ...float(82), ...float(90)))).toThrow(Unreadable)
  })
  it('without a pulse that could be counted has none', () => {
    expect(readPressure(packet(4, ...float(138), ...float(82), ...float(90), ...float(0x7ff))).pulse).toBeNull()
  })
  it('of a meter whose clock was never set has no time', () => {
    const unset = [0, 0, 0, 0, 0, 0, 0]
    expect(readPressure(packet(2, ...float(138), ...float(82), ...float(90), ...unset)).at).toBeNull()
  })
})

describe('a glucose', () => {
  const head = (flags: number) => [flags, ...word(7), ...TIME]

  it('in mol/L is mmol/L with one decimal', () => {
    expect(readGlucose(packet(...head(6), ...float(61, -4), 0x11))).toEqual({
      ...{ kind: 'glucose', mmol: '6.1', beyond: null, at: AT, sequence: 7, isControl: false },
    })
  })
  it('in kg/L is mmol/L, 18 mg/dL each', () => {
    const mmol = (mg: number) => readGlucose(packet(...head(2), ...float(mg, -5), 0x11)).mmol
    expect([mmol(126), mmol(70), mmol(300)]).toEqual(['7.0', '3.9', '16.7'])
    for (let mg = 11; mg <= 600; mg++) expect(Math.abs(Number(mmol(mg)) - mg / 18)).toBeLessThan(0.0501)
  })
  it('is at the base time and its offset, over midnight too', () => {
    const moved = readGlucose(packet(...head(7), ...word(-15 * 60), ...float(61, -4), 0x11))
    expect(moved.at).toEqual({ ...AT, day: 21, hour: 23 })
  })
  it('beyond what the meter can measure is LO or HI', () => {
    const beyond = (value: number, status: number) =>
      readGlucose(packet(...head(14), ...word(value), 0x11, ...word(status)))
    expect([beyond(0x7fe, 0), beyond(0x802, 0)].map((each) => each.beyond)).toEqual(['HI', 'LO'])
    expect(beyond(0x7ff, 1 << 5)).toMatchObject({ beyond: 'HI', mmol: null })
    expect(beyond(0x7ff, 1 << 6)).toMatchObject({ beyond: 'LO', mmol: null })
  })
  it('of control solution is none of a person', () => {
    expect(readGlucose(packet(...head(6), ...float(61, -4), 0x1a)).isControl).toBe(true)
    expect(readGlucose(packet(...head(6), ...float(61, -4), 0x41)).isControl).toBe(true)
  })
  it('without a value is none', () => {
    expect(() => readGlucose(packet(...head(0)))).toThrow(Unreadable)
    expect(() => readGlucose(packet(...head(6), ...float(0x7ff), 0x11))).toThrow(Unreadable)
  })
})

describe('a broken packet', () => {
  const whole = [
    [readPressure, [0x1e, ...float(138), ...float(82), ...float(100), ...TIME, ...float(72), 1, ...word(0)]],
    [readGlucose, [0x0f, ...word(7), ...TIME, ...word(60), ...float(61, -4), 0x11, ...word(0)]],
  ] as const

  it('is refused wherever it was cut off', () => {
    for (const [read, bytes] of whole) {
      expect(() => read(packet(...bytes))).not.toThrow()
      for (let length = 0; length < bytes.length; length++)
        expect(() => read(packet(...bytes.slice(0, length)))).toThrow(Unreadable)
    }
  })
  it('of any bytes is refused or is a reading of sound numbers', () => {
    let seed = 42
    const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) >> 16
    let readings = 0
    for (let run = 0; run < 3000; run++) {
      const bytes = packet(...Array.from({ length: random() % 22 }, () => random() & 255))
      for (const [read] of whole)
        try {
          const reading = read(bytes)
          readings++
          if (reading.kind === 'pressure') expect(Number.isSafeInteger(reading.sbp) && reading.sbp >= 0).toBe(true)
          else expect(reading.beyond ?? reading.mmol).toMatch(/^(LO|HI|\d+\.\d)$/)
        } catch (error) {
          expect(error).toBeInstanceOf(Unreadable)
        }
    }
    expect(readings).toBeGreaterThan(50)
  })
})

describe('the control point', () => {
  it('says whether the last record came', () => {
    const answers = [packet(6, 0, 1, 1), packet(6, 0, 1, 6), packet(6, 0, 1, 2), packet(6, 0, 4, 1), packet(5, 0, 1)]
    expect(answers.map(controlAnswer)).toEqual(['sent', 'no_records', 'refused', null, null])
  })
})

describe('the time of a measurement', () => {
  it('is asked about when it is more than ten minutes from now, or not known', () => {
    const now = instantOf(AT)
    expect([0, 10, -10].map((minutes) => isToAskAbout(AT, now + minutes * 60_000))).toEqual([false, false, false])
    expect([11, -11].map((minutes) => isToAskAbout(AT, now + minutes * 60_000))).toEqual([true, true])
    expect(isToAskAbout(null, now)).toBe(true)
  })
})
