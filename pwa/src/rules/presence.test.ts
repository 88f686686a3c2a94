import { beforeAll, describe, expect, it } from 'vitest'
import { toBase64Url, toHex } from './bytes'
import { judgeScan } from './codes'
import { distanceMetres } from './distance'
import { institution } from './examples.test-data'
import { previewGrade, type CheckInSoFar, type FixState } from './grade'
import { institutionByShortCode, parsePosterToken, readShortCode } from './posterToken'

const HOME_ID = '0193a5b0-1234-7abc-8def-0123456789ab'
const home = institution({ id: HOME_ID, poster: { version: 3, short_code: 'HKMN-2345' } })
const idBytes = (HOME_ID.replace(/-/g, '').match(/../g) ?? []).map((pair) => parseInt(pair, 16))
const KEY_ID = [0xde, 0xad, 0xbe, 0xef]

let pair: CryptoKeyPair
let keys: { id: string; jwk: JsonWebKey }[]
beforeAll(async () => {
  pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  keys = [{ id: toHex(Uint8Array.from(KEY_ID)), jwk: await crypto.subtle.exportKey('jwk', pair.publicKey) }]
})

async function token({ version = 3, kind = 1, key = KEY_ID, id = idBytes } = {}): Promise<string> {
  const signed = Uint8Array.from([kind, ...key, ...id, version >> 8, version & 255])
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, signed)
  return toBase64Url(Uint8Array.from([...signed, ...new Uint8Array(signature)]))
}
const judge = (text: string, subtle: SubtleCrypto | undefined = crypto.subtle, held = [home]) =>
  judgeScan(text, { keys, institutions: held }, subtle)

describe('poster token', () => {
  it('reads every field', async () => {
    expect(parsePosterToken(await token({ version: 0x0102 }))).toMatchObject({
      keyId: 'deadbeef',
      institutionId: HOME_ID,
      version: 0x0102,
    })
  })
  it('accepts a link of any host and a bare token', async () => {
    const text = await token()
    for (const scanned of [
      text,
      ` ${text}\n`,
      `https://a.example/q/${text}`,
      `http://127.0.0.1:8000/q/${text}?x=1`,
    ])
      expect(await judge(scanned)).toMatchObject({ kind: 'ok', token: text, institution: { id: HOME_ID } })
  })
  it.each(['', 'https://weixin.qq.com/r/abc', 'hello', 'AQ', '二维码', 'https://a.example/q/'])(
    'calls %j foreign',
    async (text) => {
      expect(await judge(text)).toEqual({ kind: 'foreign' })
    },
  )
  it('calls another kind of code foreign', async () => {
    expect(await judge(await token({ kind: 2 }))).toEqual({ kind: 'foreign' })
  })
  it('finds any changed byte', async () => {
    const text = await token()
    for (const place of [10, 29, 60, 110]) {
      const changed = text.slice(0, place) + (text[place] === 'A' ? 'B' : 'A') + text.slice(place + 1)
      expect(await judge(changed)).toMatchObject({ kind: 'forged', unknownKey: false })
    }
  })
  it('trusts no unknown key', async () => {
    expect(await judge(await token({ key: [1, 2, 3, 4] }))).toMatchObject({
      kind: 'forged',
      unknownKey: true,
    })
  })
  it('says when the place is not served by this account', async () => {
    expect((await judge(await token(), crypto.subtle, [])).kind).toBe('not_yours')
  })
  it('says when the poster was replaced', async () => {
    expect(await judge(await token({ version: 2 }))).toMatchObject({ kind: 'revoked', method: 'poster' })
  })
  it('does not judge the signature without WebCrypto', async () => {
    const text = await token()
    expect(await judgeScan(text, { keys, institutions: [home] }, undefined)).toMatchObject({
      kind: 'unverifiable',
      token: text,
    })
  })
})

describe('short code', () => {
  it.each([
    ['hkmn2345', 'HKMN-2345'],
    [' HKMN-2345 ', 'HKMN-2345'],
    ['HKMN 234', null],
    ['HKMO-2345', null],
    ['HKM0-2345', null],
    ['', null],
  ])('%j reads as %j', (typed, code) => {
    expect(readShortCode(typed)).toBe(code)
  })
  it('finds the institution', () => {
    expect(institutionByShortCode('HKMN-2345', [institution({ poster: null }), home])?.id).toBe(HOME_ID)
    expect(institutionByShortCode('AAAA-2222', [home])).toBeUndefined()
  })
})

describe('distance', () => {
  it('is about 111.2 km for a degree of latitude and nothing for the same place', () => {
    expect(distanceMetres({ latitude: 30, longitude: 120 }, { latitude: 31, longitude: 120 })).toBeCloseTo(
      111195,
      -1,
    )
    expect(distanceMetres({ latitude: 30, longitude: 120 }, { latitude: 30, longitude: 120 })).toBe(0)
  })
  it('shrinks with the cosine of the latitude', () => {
    expect(distanceMetres({ latitude: 60, longitude: 0 }, { latitude: 60, longitude: 1 })).toBeCloseTo(
      55597,
      -1,
    )
  })
})

describe('grade so far', () => {
  const at = (metres: number, accuracy_m = 20): FixState => ({
    kind: 'fixed',
    fix: { latitude: 30 + metres / 111195.08, longitude: 120, accuracy_m },
  })
  const base: CheckInSoFar = {
    method: 'poster',
    codeReasons: [],
    institution: institution(),
    fix: at(10),
  }
  const preview = (values: Partial<CheckInSoFar>) => {
    const { grade, reasons, raise } = previewGrade({ ...base, ...values })
    return [grade, reasons, raise]
  }
  it.each<[string, Partial<CheckInSoFar>, unknown[]]>([
    ['poster inside', {}, ['C', ['poster_inside_fence'], []]],
    ['at the fence', { fix: at(199.9) }, ['C', ['poster_inside_fence'], []]],
    ['accuracy at its limit', { fix: at(10, 100) }, ['C', ['poster_inside_fence'], []]],
    ['outside', { fix: at(201) }, ['D', ['outside_fence'], ['move_closer']]],
    ['far outside by a rough fix', { fix: at(5000, 101) }, ['D', ['outside_fence'], ['go_outside', 'move_closer']]],
    ['inaccurate', { fix: at(10, 101) }, ['D', ['inaccurate_fix'], ['go_outside']]],
    ['still asking', { fix: { kind: 'asking' } }, ['D', ['no_fix'], ['wait_for_fix']]],
    ['refused', { fix: { kind: 'failed', problem: 'denied' } }, ['D', ['no_fix'], ['allow_location']]],
    ['timeout', { fix: { kind: 'failed', problem: 'timeout' } }, ['D', ['no_fix'], ['retry_location']]],
    ['unsupported', { fix: { kind: 'failed', problem: 'unsupported' } }, ['D', ['no_fix'], ['open_encrypted']]],
    [
      'no place on file',
      { institution: institution({ location: null }) },
      ['D', ['no_location_on_file'], []],
    ],
    ['revoked', { codeReasons: ['poster_revoked'] }, ['D', ['poster_revoked'], ['scan_new_poster']]],
    ['short code', { method: 'short_code', codeReasons: ['short_code'] }, ['D', ['short_code'], ['scan_poster']]],
    [
      'manual, far away',
      { method: 'manual', codeReasons: ['manual'], fix: at(500) },
      ['D', ['manual', 'outside_fence'], ['scan_poster', 'move_closer']],
    ],
    ['rotating, refused', { method: 'rotating', fix: { kind: 'failed', problem: 'denied' } }, ['B', ['no_fix'], ['allow_location']]],
    [
      'a photograph of the screen',
      { method: 'rotating', codeReasons: ['code_out_of_step'] },
      ['D', ['code_out_of_step'], ['scan_current_code']],
    ],
    [
      'the same code again, after a jump of the clock',
      { method: 'rotating', codeReasons: ['code_used_before', 'kiosk_clock_jumped'] },
      ['D', ['code_used_before', 'kiosk_clock_jumped'], ['scan_next_code', 'kiosk_online']],
    ],
    [
      'a poster where a kiosk stands',
      { institution: institution({ kiosks: [{ id: 'kiosk', jwk: { kty: 'EC', crv: 'P-256', x: '', y: '' } }] }) },
      ['C', ['poster_inside_fence'], ['scan_kiosk']],
    ],
  ])('%s', (_, values, expected) => {
    expect(preview(values)).toEqual(expected)
  })
  it('tells the distance', () => {
    expect(previewGrade(base).distance_m).toBeCloseTo(10, 1)
    expect(previewGrade({ ...base, fix: { kind: 'asking' } }).distance_m).toBeNull()
  })
})
