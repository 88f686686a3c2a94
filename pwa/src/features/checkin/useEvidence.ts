/** What a check-in would be worth now: the code as it was when it was scanned, and the place as it is known by now. */
import { computed, type ComputedRef } from 'vue'
import type { Institution } from '@/api/wire'
import { useConnection, useNow, useOutbox, useWorkingSet, type Moment } from '@/offline'
import { parseCode, reasonsUnlessForged } from '@/rules/codes'
import { previewGrade, type FixState, type GradePreview } from '@/rules/grade'
import type { RotatingToken } from '@/rules/rotatingToken'
import type { Way } from './useCheckIn'

/** Who is held up between scanning and checking in keeps the moment of the scan for so long. */
const KEPT_MS = 10 * 60_000

export interface Evidence {
  institution: Institution
  way: Way
  fix: FixState
  /** When the code was scanned; null where nothing was. */
  scannedAt: Moment | null
}

export function useEvidence(evidence: () => Evidence): {
  preview: ComputedRef<GradePreview>
  /** A rotating code that was scanned too long ago to begin a round with. */
  expired: ComputedRef<boolean>
} {
  const { reference, institutions } = useWorkingSet()
  const { skewMs } = useConnection()
  const now = useNow()
  const wasUsed = useUsedCodes()

  const preview = computed(() => {
    const { institution, way, fix, scannedAt } = evidence()
    const known = { keys: reference.value?.keys ?? [], institutions: institutions.value }
    const { method, token = null, short_code = null } = way
    const capturedAt = (scannedAt?.wall ?? now.value) + skewMs.value
    const presented = { method, token, short_code, institutionId: institution.id, capturedAt, usedBefore: wasUsed(token) }
    return previewGrade({ method, codeReasons: reasonsUnlessForged(presented, known), institution, fix })
  })
  const expired = computed(() => {
    const { way, scannedAt } = evidence()
    return way.method === 'rotating' && scannedAt !== null && now.value - scannedAt.wall > KEPT_MS
  })
  return { preview, expired }
}

/** Whether a code of the same kiosk and step already began a round from this phone, as far as it still knows. */
function useUsedCodes(): (token: string | null) => boolean {
  const { entries } = useOutbox()
  const used = computed(() => {
    const tokens = entries.value.flatMap(({ entry, state }) =>
      entry.kind === 'check_in' && state !== 'refused' ? [rotating(entry.payload.token)] : [],
    )
    return new Set(tokens.map(nameOf))
  })
  return (token) => {
    const code = rotating(token)
    return code !== null && used.value.has(nameOf(code))
  }
}

function rotating(text: string | null): RotatingToken | null {
  const code = text === null ? null : parseCode(text)
  return code?.kind === 'rotating' ? code.token : null
}

function nameOf(token: RotatingToken | null): string {
  return token ? `${token.kioskId} ${token.step}` : ''
}
