/**
 * Unlocking by fingerprint, face or the phone's own code: WebAuthn's PRF extension gives a secret that the
 * authenticator alone can make, after it has seen its person. No server takes part; it works offline.
 */
import { randomBytes, type Bytes } from './dataKey'

const TIMEOUT_MS = 60_000

/** What was enrolled: a credential, and the secret it says to `salt`. */
export interface Enrolled {
  credential: Bytes
  salt: Bytes
  secret: Bytes
}

/** Whether this browser has an authenticator of its own that could be asked; whether it has PRF shows then. */
export async function hasAuthenticator(): Promise<boolean> {
  if (typeof PublicKeyCredential === 'undefined') return false
  // Credentials are of a domain: an address in numbers has none.
  if (/^[\d.]+$|:/.test(location.hostname)) return false
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()
}

/** Enrols this device's authenticator; null when the person declined, or it has no PRF. */
export async function enrol(account: { id: string; name: string; login: string }): Promise<Enrolled | null> {
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { name: document.title },
        user: {
          id: new TextEncoder().encode(account.id),
          name: account.login,
          displayName: account.name,
        },
        challenge: randomBytes(32),
        pubKeyCredParams: [
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -257 },
        ],
        authenticatorSelection: {
          authenticatorAttachment: 'platform',
          residentKey: 'preferred',
          userVerification: 'required',
        },
        timeout: TIMEOUT_MS,
        extensions: { prf: {} },
      },
    }),
  )
  if (!made?.getClientExtensionResults().prf?.enabled) return null
  const credential = new Uint8Array(made.rawId)
  const salt = randomBytes(32)
  const secret = await secretOf(credential, salt)
  return secret && { credential, salt, secret }
}

/** What the enrolled authenticator says to `salt`; null when its person declined. */
export async function secretOf(credential: Bytes, salt: Bytes): Promise<Bytes | null> {
  const answered = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(32),
        allowCredentials: [{ type: 'public-key', id: credential }],
        userVerification: 'required',
        timeout: TIMEOUT_MS,
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  )
  const first = answered?.getClientExtensionResults().prf?.results?.first
  if (!first) return null
  return ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer as ArrayBuffer, first.byteOffset, first.byteLength)
    : new Uint8Array(first)
}

/** Declining, waiting too long and an authenticator that was removed are one error, and no fault. */
async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await ask()) as PublicKeyCredential | null
  } catch (error) {
    const declined = ['NotAllowedError', 'InvalidStateError', 'NotSupportedError', 'AbortError']
    if (error instanceof DOMException && declined.includes(error.name)) return null
    throw error
  }
}
