/**
 * The account's data key: 256 random bits that encrypt what is kept. The bits themselves exist only while a
 * key is made or unwrapped; in use it is a CryptoKey that gives them to nobody. At rest it lies wrapped: by the
 * password, by a fingerprint's secret where one was enrolled, each together with a key of this device. The
 * *session copy* is the CryptoKey itself, kept until the phone is locked.
 */
import { deviceKey } from './device'

export type Bytes = Uint8Array<ArrayBuffer>

export interface Wrap {
  by: 'password' | 'prf'
  salt: Bytes
  iv: Bytes
  box: ArrayBuffer
  /** PBKDF2's iterations, for a password. */
  iterations: number
  /** The credential whose secret wraps, for `prf`. */
  credential: Bytes | null
}

/** What an account's database keeps of its key. */
export interface KeptKey {
  session: CryptoKey | null
  /** When the person last used the app, ms by the wall clock. */
  used_at: number
  wraps: Wrap[]
}

const ITERATIONS = 600_000
const KEY_BYTES = 32
const IV_BYTES = 12
const INFO = new TextEncoder().encode('xunyue data key v1')
const AES = { name: 'AES-GCM', length: 256 } as const

export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length))
}

export function newKeyBits(): Bytes {
  return randomBytes(KEY_BYTES)
}

/** The key in use: it encrypts and decrypts, and nobody reads its bits back. */
export function keyOf(bits: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bits, AES, false, ['encrypt', 'decrypt'])
}

export async function wrapByPassword(bits: Bytes, password: string): Promise<Wrap> {
  const salt = randomBytes(16)
  const secret = await stretched(password, salt, ITERATIONS)
  return wrap(bits, secret, { by: 'password', salt, iterations: ITERATIONS, credential: null })
}

/** `secret` is what the authenticator's PRF says to `salt`. */
export function wrapByPrf(bits: Bytes, secret: Bytes, salt: Bytes, credential: Bytes): Promise<Wrap> {
  return wrap(bits, secret, { by: 'prf', salt, iterations: 0, credential })
}

/** The bits of the key; null where the password is another one. */
export async function unwrapByPassword(wraps: readonly Wrap[], password: string): Promise<Bytes | null> {
  const found = wraps.find(({ by }) => by === 'password')
  return found ? unwrap(found, await stretched(password, found.salt, found.iterations)) : null
}

export async function unwrap(wrapped: Wrap, secret: Bytes): Promise<Bytes | null> {
  const wrapping = await wrappingKey(secret, wrapped.salt)
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv: wrapped.iv }, wrapping, wrapped.box),
    )
  } catch (error) {
    if (error instanceof Error && error.name === 'OperationError') return null
    throw error
  }
}

async function wrap(
  bits: Bytes,
  secret: Bytes,
  rest: Pick<Wrap, 'by' | 'salt' | 'iterations' | 'credential'>,
): Promise<Wrap> {
  const iv = randomBytes(IV_BYTES)
  const wrapping = await wrappingKey(secret, rest.salt)
  return { ...rest, iv, box: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, wrapping, bits) }
}

async function stretched(password: string, salt: Bytes, iterations: number): Promise<Bytes> {
  const material = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, [
    'deriveBits',
  ])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, material, 256))
}

/** Neither the secret nor the device alone is enough: a copied database says nothing to who has the password. */
async function wrappingKey(secret: Bytes, salt: Bytes): Promise<CryptoKey> {
  const ofDevice = new Uint8Array(await crypto.subtle.sign('HMAC', await deviceKey(), salt))
  const both = new Uint8Array([...secret, ...ofDevice])
  const material = await crypto.subtle.importKey('raw', both, 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info: INFO }, material, AES, false, [
    'encrypt',
    'decrypt',
  ])
}
