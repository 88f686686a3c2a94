/** The conversation with a meter: connect, listen, ask a glucose meter for its last record, and leave. */
import {
  LAST_RECORD,
  Unreadable,
  controlAnswer,
  instantOf,
  readGlucose,
  readPressure,
  type GlucoseReading,
  type PressureReading,
} from '@/rules/deviceReading'
import { MeterFailure, SERVICE, type Characteristic, type GattServer, type Kind, type Meter } from './bluetooth'

export type Reading = PressureReading | GlucoseReading

const PRESSURE = 0x2a35
const GLUCOSE = 0x2a18
const CONTROL = 0x2a52
const CONNECT_MS = 20_000
/** A measurement takes up to a minute, and may still be under way. */
const PRESSURE_MS = 90_000
const GLUCOSE_MS = 20_000
/** A meter sends what it kept one after another, the newest among them. */
const QUIET_MS = 800

/** The meter's newest reading. `MeterFailure` says why there is none. `connected` is called once it listens. */
export async function readMeter(
  kind: Kind,
  meter: Meter,
  signal: AbortSignal,
  connected: () => void,
): Promise<Reading> {
  if (signal.aborted) throw new MeterFailure('cancelled')
  const talk = new AbortController()
  const gone = (why: 'went_away' | 'cancelled') => () => talk.abort(new MeterFailure(why))
  const [left, cancelled] = [gone('went_away'), gone('cancelled')]
  meter.addEventListener('gattserverdisconnected', left)
  signal.addEventListener('abort', cancelled)
  try {
    const server = await connect(meter, talk.signal)
    connected()
    return await (kind === 'pressure' ? newestPressure(server, talk.signal) : lastGlucose(server, talk.signal))
  } catch (error) {
    throw asFailure(error)
  } finally {
    meter.removeEventListener('gattserverdisconnected', left)
    signal.removeEventListener('abort', cancelled)
    meter.gatt?.disconnect()
  }
}

/** What the browser throws of a meter that is out of reach, not paired, or no meter of this kind. */
function asFailure(error: unknown): unknown {
  if (error instanceof Unreadable) return new MeterFailure('not_understood')
  if (!(error instanceof DOMException)) return error
  if (error.name === 'SecurityError' || error.name === 'NotAllowedError') return new MeterFailure('not_allowed')
  return new MeterFailure(error.name === 'NotFoundError' ? 'not_understood' : 'out_of_reach')
}

function connect(meter: Meter, signal: AbortSignal): Promise<GattServer> {
  if (!meter.gatt) throw new MeterFailure('out_of_reach')
  return until(meter.gatt.connect(), signal, CONNECT_MS, 'out_of_reach')
}

/** The promise's value, unless the signal or the time comes first. */
function until<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
  most: number,
  why: 'out_of_reach' | 'nothing_came',
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) return stop()
    const timer = setTimeout(() => reject(new MeterFailure(why)), most)
    signal.addEventListener('abort', stop)
    void promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    })
  })
}

async function listen(server: GattServer, service: number, number: number, take: (view: DataView) => void) {
  const characteristic = await (await server.getPrimaryService(service)).getCharacteristic(number)
  characteristic.addEventListener('characteristicvaluechanged', (event) => {
    const { value } = event.target as Characteristic
    if (value) take(value)
  })
  await characteristic.startNotifications()
  return characteristic
}

/** Most meters send by themselves what they kept, and leave. */
async function newestPressure(server: GattServer, signal: AbortSignal): Promise<Reading> {
  const came: DataView[] = []
  const ended = new Promise<void>((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    void listen(server, SERVICE.pressure, PRESSURE, (view) => {
      came.push(view)
      clearTimeout(timer)
      timer = setTimeout(resolve, QUIET_MS)
    }).catch((error: unknown) => resolve(Promise.reject(error as Error)))
  })
  try {
    await until(ended, signal, PRESSURE_MS, 'nothing_came')
  } catch (error) {
    const hasLeft = error instanceof MeterFailure && error.why === 'went_away'
    if (!hasLeft || came.length === 0) throw error
  }
  return newest(came)
}

/** By the meter's clock; without one what came last. The failed ones among them say nothing. */
function newest(views: readonly DataView[]): PressureReading {
  const readings = views.flatMap(soundPressure)
  const [first] = readings
  if (!first) throw new MeterFailure('not_understood')
  return readings.reduce((latest, each) => (timeOf(each) >= timeOf(latest) ? each : latest), first)
}

function timeOf(reading: PressureReading): number {
  return reading.at ? instantOf(reading.at) : 0
}

function soundPressure(view: DataView): PressureReading[] {
  try {
    return [readPressure(view)]
  } catch (error) {
    if (error instanceof Unreadable) return []
    throw error
  }
}

async function lastGlucose(server: GattServer, signal: AbortSignal): Promise<Reading> {
  let last: DataView | null = null
  const answered = new Promise<void>((resolve, reject) => {
    const ask = async () => {
      await listen(server, SERVICE.glucose, GLUCOSE, (view) => (last = view))
      const control = await listen(server, SERVICE.glucose, CONTROL, (view) => {
        const answer = controlAnswer(view)
        if (answer === 'sent') resolve()
        else if (answer) reject(new MeterFailure(answer))
      })
      await control.writeValueWithResponse(LAST_RECORD)
    }
    ask().catch(reject)
  })
  await until(answered, signal, GLUCOSE_MS, 'nothing_came')
  if (!last) throw new MeterFailure('no_records')
  const reading = readGlucose(last)
  if (reading.isControl) throw new MeterFailure('control_solution')
  return reading
}
