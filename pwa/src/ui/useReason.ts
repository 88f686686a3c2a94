import { ref, type Ref } from 'vue'

/** A reason code with its words: `other` needs some; any other has them only where they are `free`. */
export function useReason<R extends string = string>(free = false) {
  const reason = ref(null) as Ref<R | null>
  const text = ref('')
  /** How often it was asked for. */
  const asked = ref(0)

  /** What to send; null while something is missing, which is then said. */
  function take(): { reason: R; reason_text: string | null } | null {
    asked.value += 1
    const words = text.value.trim()
    if (!reason.value || (reason.value === 'other' && !words)) return null
    return { reason: reason.value, reason_text: free || reason.value === 'other' ? words || null : null }
  }

  function clear(): void {
    reason.value = null
    text.value = ''
    asked.value = 0
  }

  return { reason, text, asked, take, clear }
}
