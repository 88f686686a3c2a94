import { ref } from 'vue'
import type { RecordPayload } from '@/api/wire'
import { isLate } from '@/rules/late'

export type Lateness = Pick<RecordPayload, 'late_reason' | 'late_text'>

/** A reason code with its words: `other` needs some. */
export function useReason() {
  const reason = ref<string | null>(null)
  const text = ref('')
  /** How often it was asked for. */
  const asked = ref(0)

  /** What to send; null while something is missing, which is then said. */
  function take(): { reason: string; reason_text: string | null } | null {
    asked.value += 1
    const words = text.value.trim()
    if (!reason.value || (reason.value === 'other' && !words)) return null
    return { reason: reason.value, reason_text: reason.value === 'other' ? words : null }
  }

  return { reason, text, asked, take }
}

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
