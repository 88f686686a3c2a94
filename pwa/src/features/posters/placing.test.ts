import { describe, expect, it } from 'vitest'
import { isPoint, readFence, readPoint, type Typed } from './placing'

const typed: Typed = { latitude: '30.274085', longitude: '120.155070', datum: 'GCJ-02' }
const read = (values: Partial<Typed>) => readPoint({ ...typed, ...values })

describe('typed coordinates', () => {
  it.each<[string, Partial<Typed>]>([
    ['as a map prints them', {}],
    ['with spaces and a sign of degrees', { latitude: ' 30.274085° ' }],
    ['in full-width digits', { longitude: '１２０．１５５０７０' }],
  ])('%s', (_, values) => {
    expect(read(values)).toEqual({ latitude: 30.274085, longitude: 120.15507, datum: 'GCJ-02' })
    expect(isPoint(read(values))).toBe(true)
  })
  it.each<[Partial<Typed>, object]>([
    [{ latitude: '' }, { latitude: 'latitude_wrong' }],
    [{ latitude: '30' }, { latitude: 'latitude_wrong' }],
    [{ latitude: '30.27' }, { latitude: 'latitude_wrong' }],
    [{ longitude: '210.155070' }, { longitude: 'longitude_wrong' }],
    [{ latitude: '120.155070', longitude: '30.274085' }, { latitude: 'swapped' }],
    [{ datum: null }, { datum: 'datum_needed' }],
    [{ latitude: 'x', longitude: 'y', datum: null }, { latitude: 'latitude_wrong', longitude: 'longitude_wrong', datum: 'datum_needed' }],
  ])('%j is %j', (values, problems) => {
    expect(read(values)).toEqual(problems)
    expect(isPoint(read(values))).toBe(false)
  })
})

it.each([
  ['200', 200],
  ['２００', 200],
  ['20', 20],
  ['5000', 5000],
  ['19', null],
  ['5001', null],
  ['12.5', null],
  ['', null],
])('a radius of %j is %j', (text, metres) => {
  expect(readFence(text)).toBe(metres)
})
