/**
 * What a scanned text is, and what speaks against it as a proof of presence, by the keys and institutions held.
 * The server judges alike: both run the cases in tests/golden/presence.
 */
import type { CheckInMethod, Institution, KioskKey, Reference, Uuid } from './facts'
import { parsePosterToken, readShortCode, type PosterToken } from './posterToken'
import { parseRoundCode, type RoundCode } from './roundCode'
import { parseRotatingToken, stepOf, type RotatingToken } from './rotatingToken'

/** How many steps a code may be away from the moment it was scanned. */
const STEP_TOLERANCE = 1
const CLOCK_KNOWN_MIN = 24 * 60

/** What is wrong with the code, in the order in which both sides say it. */
export type CodeReason =
  | 'kiosk_unknown'
  | 'code_forged'
  | 'kiosk_of_another_institution'
  | 'kiosk_revoked'
  | 'kiosk_revoked_since'
  | 'code_out_of_step'
  | 'code_used_before'
  | 'kiosk_clock_old'
  | 'kiosk_clock_jumped'
  | 'poster_forged'
  | 'poster_of_another_institution'
  | 'short_code'
  | 'poster_revoked'
  | 'manual'

export interface Known {
  /** Public keys of posters. */
  keys: Reference['keys']
  institutions: readonly Institution[]
}

export type Code = { kind: 'poster'; token: PosterToken } | { kind: 'rotating'; token: RotatingToken }

/**
 * What a scanned text turned out to be. `forged` with `unknownKey`: forged, or signed with a newer key than this
 * phone has heard of. `unverifiable`: no WebCrypto here (plain http), only the server can say.
 */
export type Scanned =
  | { kind: 'foreign' }
  | { kind: 'forged'; token: string; unknownKey: boolean }
  | { kind: 'unknown_kiosk'; token: string }
  | { kind: 'not_yours'; token: string }
  | { kind: 'round'; token: string; code: RoundCode; institution: Institution }
  | { kind: 'ok' | 'revoked' | 'unverifiable'; token: string; method: Code['kind']; institution: Institution }

function tokenIn(scanned: string): string {
  return /\/q\/([A-Za-z0-9_-]+)\/?(?:[?#].*)?$/.exec(scanned.trim())?.[1] ?? scanned.trim()
}

/** The code in a scanned link (any host) or in a bare token; null when the text is something else. */
export function parseCode(scanned: string): Code | null {
  const text = tokenIn(scanned)
  const poster = parsePosterToken(text)
  if (poster) return { kind: 'poster', token: poster }
  const rotating = parseRotatingToken(text)
  return rotating && { kind: 'rotating', token: rotating }
}

/** Judges a scanned text. `subtle` is undefined where there is no WebCrypto. */
export async function judgeScan(scanned: string, known: Known, subtle: SubtleCrypto | undefined): Promise<Scanned> {
  const code = parseCode(scanned)
  if (!code) return judgeRoundCode(tokenIn(scanned), known)
  const token = code.token.text
  const signer = signerOf(code, known)
  if (!signer && code.kind === 'rotating') return { kind: 'unknown_kiosk', token }
  if (subtle && !(signer && (await isSigned(code, signer, subtle)))) return { kind: 'forged', token, unknownKey: !signer }
  const institution = institutionOf(code, known)
  if (!institution) return { kind: 'not_yours', token }
  return { kind: subtle ? validity(code, institution) : 'unverifiable', token, method: code.kind, institution }
}

/** A colleague's round: nobody signs its code, so that there is nothing to verify. */
function judgeRoundCode(token: string, known: Known): Scanned {
  const code = parseRoundCode(token)
  if (!code) return { kind: 'foreign' }
  const institution = known.institutions.find((each) => each.id === code.institutionId)
  return institution ? { kind: 'round', token, code, institution } : { kind: 'not_yours', token }
}

function validity(code: Code, institution: Institution): 'ok' | 'revoked' {
  return code.kind === 'rotating' || institution.poster?.version === code.token.version ? 'ok' : 'revoked'
}

function signerOf(code: Code, known: Known): JsonWebKey | undefined {
  if (code.kind === 'poster') return known.keys.find((key) => key.id === code.token.keyId)?.jwk
  return kiosksOf(kioskHolder(code.token, known)).find((kiosk) => kiosk.id === code.token.kioskId)?.jwk
}

/** Rows that an earlier version of the app kept have none. */
export function kiosksOf(institution: Institution | undefined): readonly KioskKey[] {
  return (institution as Partial<Institution> | undefined)?.kiosks ?? []
}

function kioskHolder(token: RotatingToken, known: Known): Institution | undefined {
  return known.institutions.find((each) => kiosksOf(each).some((kiosk) => kiosk.id === token.kioskId))
}

function institutionOf(code: Code, known: Known): Institution | undefined {
  if (code.kind === 'rotating') return kioskHolder(code.token, known)
  return known.institutions.find((each) => each.id === code.token.institutionId)
}

async function isSigned({ token }: Code, jwk: JsonWebKey, subtle: SubtleCrypto): Promise<boolean> {
  const key = await subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
  return subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, token.signature, token.signed)
}

/** What somebody presents at an institution. */
export interface Presented {
  method: CheckInMethod
  token: string | null
  short_code: string | null
  institutionId: Uuid
  /** When it was scanned, ms, corrected by the phone's offset. */
  capturedAt: number
  /** The clinician has another round with the same kiosk and step. */
  usedBefore: boolean
}

/** All that speaks against the code, its signature too; nothing else is said of a forged one. */
export async function codeReasons(presented: Presented, known: Known, subtle: SubtleCrypto): Promise<CodeReason[]> {
  const code = presentedCode(presented)
  const signer = code && signerOf(code, known)
  if (code && signer && !(await isSigned(code, signer, subtle))) return [forged(presented.method)]
  return reasonsUnlessForged(presented, known)
}

/** The same for a code whose signature was checked, or is left to the server. */
export function reasonsUnlessForged(presented: Presented, known: Known): CodeReason[] {
  const { method } = presented
  if (method === 'manual') return ['manual']
  if (method === 'short_code') return ['short_code', ...replacedPoster(presented, known)]
  const code = presentedCode(presented)
  if (!code) return [forged(method)]
  return code.kind === 'poster' ? posterReasons(code.token, presented, known) : rotatingReasons(code.token, presented, known)
}

function presentedCode({ method, token }: Presented): Code | null {
  const code = token === null ? null : parseCode(token)
  return code?.kind === method ? code : null
}

function forged(method: CheckInMethod): CodeReason {
  return method === 'rotating' ? 'code_forged' : 'poster_forged'
}

function replacedPoster({ institutionId, short_code }: Presented, known: Known): CodeReason[] {
  const current = known.institutions.find((each) => each.id === institutionId)?.poster?.short_code
  const isCurrent = current !== undefined && short_code !== null && readShortCode(short_code) === readShortCode(current)
  return isCurrent ? [] : ['poster_revoked']
}

function posterReasons(token: PosterToken, { institutionId }: Presented, known: Known): CodeReason[] {
  if (!known.keys.some((key) => key.id === token.keyId)) return ['poster_forged']
  if (token.institutionId !== institutionId) return ['poster_of_another_institution']
  const current = known.institutions.find((each) => each.id === institutionId)?.poster?.version
  return token.version === current ? [] : ['poster_revoked']
}

function rotatingReasons(token: RotatingToken, presented: Presented, known: Known): CodeReason[] {
  const holder = kioskHolder(token, known)
  if (!holder) return ['kiosk_unknown']
  const drift = Math.abs(token.step - stepOf(presented.capturedAt))
  const findings: [CodeReason, boolean][] = [
    ['kiosk_of_another_institution', holder.id !== presented.institutionId],
    ['code_out_of_step', drift > STEP_TOLERANCE],
    ['code_used_before', presented.usedBefore],
    ['kiosk_clock_old', token.minutesSinceKnown > CLOCK_KNOWN_MIN],
    ['kiosk_clock_jumped', token.jumped],
  ]
  return findings.filter(([, found]) => found).map(([reason]) => reason)
}
