import type { RecordPayload } from '@/api/wire'
import { isLate } from '@/rules/late'
import { useReason } from '@/ui'

export type Lateness = Pick<RecordPayload, 'late_reason' | 'late_text'>

/**
 * The second reason, asked for only where what is said comes long after the round. `saidAt`, ms: when an
 * earlier entry that is changed or replaced was made.
 */
export function useLateReason(checkedInAt: string | undefined, saidAt = Date.now()) {
  const late = checkedInAt !== undefined && isLate(checkedInAt, saidAt)
  const { reason, text, asked, take } = useReason()

  /** Nothing to add where it is not late; null while the reason is missing. */
  function takeLate(): Lateness | null {
    if (!late) return {}
    const given = take()
    return given && { late_reason: given.reason, late_text: given.reason_text }
  }

  return { late, lateReason: reason, lateText: text, lateAsked: asked, takeLate }
}
