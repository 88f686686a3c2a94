import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Kind } from './bluetooth'
import type { Reading } from './readMeter'
import { EmulatedMeter, bluetoothWith, glucosePacket, pressurePacket, type Behaviour } from './emulated.test-data'
import { useMeter } from './useMeter'

const NOW = new Date('2026-11-22T06:05:00Z')
const kept = new Map<string, string>()
let last = 0

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  kept.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function at(minutes: number): Date {
  return new Date(NOW.getTime() + minutes * 60_000)
}

/** A meter of its own each: `another` is what makes the browser ask, whatever was chosen before. */
async function read(kind: Kind, behaviour: Behaviour, wait = 2000) {
  const device = new EmulatedMeter(`meter-${++last}`, { name: 'OMRON', ...behaviour })
  const taken: [Reading, string][] = []
  const meter = useMeter(kind, bluetoothWith(device), (...each) => taken.push(each))
  const again = async () => {
    const started = meter.start()
    await vi.advanceTimersByTimeAsync(wait)
    await started
  }
  const started = meter.start(true)
  await vi.advanceTimersByTimeAsync(wait)
  return { ...{ device, taken, meter, started, again }, state: () => meter.state.value }
}

describe('a blood-pressure meter', () => {
  it('gives the reading it just made, and is left', async () => {
    const { taken, state, device } = await read('pressure', { measurements: [pressurePacket(138, 82, at(-1))] })
    expect(taken).toMatchObject([[{ sbp: 138, dbp: 82, pulse: 72 }, 'OMRON']])
    expect(state().at).toBe('taken')
    expect(device.disconnects).toBe(1)
  })
  it('of what it kept gives the newest by its clock', async () => {
    const measurements = [pressurePacket(150, 90, at(-60)), pressurePacket(138, 82, at(-1)), pressurePacket(160, 95, at(-30))]
    expect((await read('pressure', { measurements })).taken).toMatchObject([[{ sbp: 138 }, 'OMRON']])
  })
  it('may leave as soon as it sent', async () => {
    const { taken } = await read('pressure', { measurements: [pressurePacket(138, 82, at(0))], leaves: true })
    expect(taken).toHaveLength(1)
  })
  it('that leaves without a reading is said', async () => {
    expect((await read('pressure', { leaves: true })).state()).toEqual({ at: 'failed', why: 'went_away' })
  })
  it('that sends nothing is waited for, and then said', async () => {
    const { state, device } = await read('pressure', {})
    expect(state()).toEqual({ at: 'waiting', name: 'OMRON' })
    await vi.advanceTimersByTimeAsync(90_000)
    expect(state()).toEqual({ at: 'failed', why: 'nothing_came' })
    expect(device.disconnects).toBe(1)
  })
  it('whose measurement failed gives none', async () => {
    const { state } = await read('pressure', { measurements: [pressurePacket(0x7ff, 0x7ff, at(0))] })
    expect(state()).toEqual({ at: 'failed', why: 'not_understood' })
  })
  it.each([
    ['old', at(-11)],
    ['old', at(11)],
    ['no_clock', null],
  ])('asks about a reading that is %s', async (doubt, when) => {
    const { taken, state, meter } = await read('pressure', { measurements: [pressurePacket(138, 82, when)] })
    expect(state()).toMatchObject({ at: 'asking', doubt, reading: { sbp: 138 } })
    expect(taken).toEqual([])
    meter.answer(true)
    expect(taken).toHaveLength(1)
  })
  it('whose old reading is not wanted gives none', async () => {
    const { taken, state, meter } = await read('pressure', { measurements: [pressurePacket(138, 82, at(-11))] })
    meter.answer(false)
    expect([taken, state()]).toEqual([[], { at: 'idle' }])
  })
  it('asks before the reading of one resident becomes the next one’s, and is not chosen anew', async () => {
    const { taken, state, again } = await read('pressure', { measurements: [pressurePacket(138, 82, at(-1))] })
    await again()
    expect(state()).toMatchObject({ at: 'asking', doubt: 'taken_before' })
    expect(taken).toHaveLength(1)
  })
})

describe('a glucose meter', () => {
  const SENT = [6, 0, 1, 1]

  it('is asked for its last record', async () => {
    const { taken, device } = await read('glucose', { measurements: [glucosePacket(61, at(-2))], control: SENT })
    expect(device.control.written).toEqual([[1, 6]])
    expect(taken).toMatchObject([[{ mmol: '6.1' }, 'OMRON']])
  })
  it.each([
    ['no_records', { control: [6, 0, 1, 6] }],
    ['refused', { control: [6, 0, 1, 2] }],
    ['no_records', { control: SENT }],
    ['control_solution', { control: SENT, measurements: [glucosePacket(61, at(0), 0x4a)] }],
    ['not_understood', { control: SENT, measurements: [[6, 1]] }],
  ])('%s is said', async (why, behaviour: Behaviour) => {
    const { state, taken } = await read('glucose', behaviour)
    expect([state(), taken]).toEqual([{ at: 'failed', why }, []])
  })
})

describe('a meter that is not there', () => {
  const never = () => new Promise<void>(() => undefined)
  const refusing = (name: string) => () => Promise.reject(new DOMException('', name))

  it.each([
    ['out_of_reach', refusing('NetworkError')],
    ['not_allowed', refusing('SecurityError')],
    ['not_understood', refusing('NotFoundError')],
  ])('is said: %s', async (why, connecting) => {
    expect((await read('pressure', { connecting })).state()).toEqual({ at: 'failed', why })
  })
  it('is waited for twenty seconds', async () => {
    const { state } = await read('pressure', { connecting: never })
    expect(state()).toEqual({ at: 'connecting', name: 'OMRON' })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(state()).toEqual({ at: 'failed', why: 'out_of_reach' })
  })
  it('need not be waited for', async () => {
    const { state, meter, device, started } = await read('pressure', { connecting: never })
    meter.cancel()
    await started
    expect(state()).toEqual({ at: 'failed', why: 'cancelled' })
    expect(device.disconnects).toBe(1)
  })
  it('what is wrong with the app itself is not hidden', async () => {
    const device = new EmulatedMeter('broken', { connecting: () => Promise.reject(new TypeError('a mistake')) })
    await expect(useMeter('pressure', bluetoothWith(device), () => undefined).start(true)).rejects.toThrow('a mistake')
  })
})

describe('choosing a meter', () => {
  const device = new EmulatedMeter('kept', { measurements: [pressurePacket(138, 82, at(0))] })
  const meterWith = (bluetooth: ReturnType<typeof bluetoothWith>) => useMeter('pressure', bluetooth, () => undefined)

  it('that is not done, or not allowed, is said', async () => {
    for (const [name, why] of [['NotFoundError', 'not_chosen'], ['SecurityError', 'not_allowed']] as const) {
      const meter = meterWith(bluetoothWith(device, new DOMException('', name)))
      await meter.start(true)
      expect(meter.state.value).toEqual({ at: 'failed', why })
    }
  })
  it('needs Bluetooth to be on', async () => {
    const meter = meterWith({ ...bluetoothWith(device), getAvailability: () => Promise.resolve(false) })
    await meter.start()
    expect(meter.state.value).toEqual({ at: 'failed', why: 'off' })
  })
  it('is not asked for again after a reload, where the browser gives the meter back', async () => {
    vi.resetModules()
    const { meterOf } = await import('./bluetooth')
    const bluetooth = { ...bluetoothWith(device), getDevices: () => Promise.resolve([device]) }
    kept.set('xunyue.meter.pressure', 'kept')
    const requested = vi.spyOn(bluetooth, 'requestDevice')
    expect(await meterOf('pressure', bluetooth, false)).toBe(device)
    expect(requested).not.toHaveBeenCalled()
    expect(await meterOf('pressure', bluetooth, true)).toBe(device)
    expect(requested).toHaveBeenCalledOnce()
  })
})
