/** The cases that the server's rules run too: tests/golden/presence. */
import { describe, expect, it } from 'vitest'
import { codeReasons, parseCode, type Known } from './codes'
import { institution } from './examples.test-data'
import type { CheckInMethod, Institution, KioskKey, Uuid } from './facts'
import { previewGrade, type FixState } from './grade'
import poster from '../../../tests/golden/presence/poster.json'
import rotating from '../../../tests/golden/presence/rotating.json'
import tokens from '../../../tests/golden/presence/tokens.json'

interface Case {
  name: string
  institution_id: Uuid
  method: string
  token: string | null
  short_code: string | null
  captured_at: string
  used_before: boolean
  position: { latitude: number; longitude: number; accuracy_m: number } | null
  expected: { grade: string; reasons: string[]; distance_m: number | null }
  /** Where the phone cannot know what the server knows. */
  phone?: { grade: string; reasons: string[] }
}

interface Golden {
  institutions: { id: Uuid; location: unknown; fence_m: number; poster: Institution['poster'] }[]
  kiosks: (KioskKey & { institution_id: Uuid; revoked_at: string | null })[]
  keys: Known['keys']
  cases: Case[]
}

/** What the working set brings to a phone: of kiosks, those that are not revoked. */
function knownOf({ institutions, kiosks, keys }: Golden): Known {
  return {
    keys,
    institutions: institutions.map(({ id, location, fence_m, poster: current }) =>
      institution({
        id,
        location: location as Institution['location'],
        fence_m,
        poster: current,
        kiosks: kiosks.filter((kiosk) => kiosk.institution_id === id && kiosk.revoked_at === null),
      }),
    ),
  }
}

async function graded(golden: Golden, each: Case) {
  const known = knownOf(golden)
  const method = each.method as CheckInMethod
  const { token, short_code, institution_id: institutionId, used_before: usedBefore } = each
  const capturedAt = Date.parse(each.captured_at)
  const reasons = await codeReasons({ method, token, short_code, institutionId, capturedAt, usedBefore }, known, crypto.subtle)
  const fix: FixState = each.position ? { kind: 'fixed', fix: each.position } : { kind: 'failed', problem: 'timeout' }
  const at = known.institutions.find(({ id }) => id === institutionId) ?? institution()
  const preview = previewGrade({ method, codeReasons: reasons, institution: at, fix })
  const distance_m = preview.distance_m === null ? null : Math.round(preview.distance_m)
  return { grade: preview.grade, reasons: preview.reasons, distance_m }
}

describe.each<[string, Golden]>([
  ['rotating', rotating],
  ['poster', poster],
])('check-ins by %s', (_, golden) => {
  it.each(golden.cases)('$name', async (each) => {
    expect(await graded(golden, each)).toEqual({ ...each.expected, ...each.phone })
  })
})

describe('what a code says', () => {
  it.each(tokens.cases)('$name', async ({ text, parts, jwk, signed }) => {
    const code = parseCode(text)
    expect(code && said(code)).toEqual(parts)
    if (!code || !jwk) return
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
    const { signature, signed: bytes } = code.token
    expect(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, bytes)).toBe(signed)
  })
})

function said(code: NonNullable<ReturnType<typeof parseCode>>) {
  if (code.kind === 'poster') {
    const { keyId, institutionId, version } = code.token
    return { kind: 'poster', key_id: keyId, institution_id: institutionId, version }
  }
  const { kioskId, step, jumped, minutesSinceKnown } = code.token
  return { kind: 'rotating', kiosk_id: kioskId, step, jumped, clock_age_min: minutesSinceKnown }
}
