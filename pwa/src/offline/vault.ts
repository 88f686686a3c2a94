/**
 * How content lies in the database: encrypted with the account's data key, or, where the browser gives no
 * WebCrypto (plain http), as it is.
 */

/** Encrypted, or plain: what was kept before there was a key, or where there can be none. */
export type Content = { iv: Uint8Array<ArrayBuffer>; box: ArrayBuffer } | { plain: unknown }

export interface Vault {
  /** false: what is kept through it can be read by anybody who reads the browser's files. */
  encrypts: boolean
  /** `bound` names the place of the content: a box cannot be moved to another one. */
  close: (value: unknown, bound: string) => Promise<Content>
  /** @throws UnreadableError when the box was closed with another key or for another place. */
  open: (content: Content, bound: string) => Promise<unknown>
}

/** The key that closed this box is not the one at hand. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError'
}

const IV_BYTES = 12

export function vaultOf(key: CryptoKey): Vault {
  return {
    encrypts: true,
    close: async (value, bound) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
      const bytes = new TextEncoder().encode(JSON.stringify(value))
      return { iv, box: await crypto.subtle.encrypt(parametersOf(iv, bound), key, bytes) }
    },
    open: async (content, bound) => {
      if ('plain' in content) return content.plain
      const opened = await opening(content, bound, key)
      return JSON.parse(new TextDecoder().decode(opened)) as unknown
    },
  }
}

async function opening(
  { iv, box }: Exclude<Content, { plain: unknown }>,
  bound: string,
  key: CryptoKey,
): Promise<ArrayBuffer> {
  try {
    return await crypto.subtle.decrypt(parametersOf(iv, bound), key, box)
  } catch (cause) {
    throw new UnreadableError(bound, { cause })
  }
}

function parametersOf(iv: Uint8Array<ArrayBuffer>, bound: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(bound) }
}

/** Closes nothing: for browsers without WebCrypto, whose screens say so. */
export const glassVault: Vault = {
  encrypts: false,
  close: (value) => Promise.resolve({ plain: value }),
  open: (content, bound) =>
    'plain' in content ? Promise.resolve(content.plain) : Promise.reject(new UnreadableError(bound)),
}

/** Browsers give WebCrypto to pages that came over TLS, or from this very device. */
export function canEncrypt(): boolean {
  return typeof globalThis.crypto?.subtle === 'object'
}
