import { ref } from 'vue'

/** A reason code with its words: `other` needs some. */
export function useReason() {
  const reason = ref<string | null>(null)
  const text = ref('')
  const asked = ref(false)

  /** What to send; null while something is missing, which is then said. */
  function take(): { reason: string; reason_text: string | null } | null {
    asked.value = true
    const words = text.value.trim()
    if (!reason.value || (reason.value === 'other' && !words)) return null
    return { reason: reason.value, reason_text: reason.value === 'other' ? words : null }
  }

  return { reason, text, asked, take }
}
