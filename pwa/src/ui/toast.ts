import { readonly, shallowRef } from 'vue'

export interface Toast {
  text: string
  /** Such as undo; the toast goes when it is taken. */
  action?: { label: string; run: () => void }
  seconds?: number
}

const shown = shallowRef<Toast | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

export const currentToast = readonly(shown)

/** Shows one line at the foot of the screen for `seconds` (5, or 10 with an action). The newest replaces the last. */
export function showToast(toast: Toast): void {
  shown.value = toast
  clearTimeout(timer)
  timer = setTimeout(hideToast, (toast.seconds ?? (toast.action ? 10 : 5)) * 1000)
}

export function hideToast(): void {
  clearTimeout(timer)
  shown.value = null
}
