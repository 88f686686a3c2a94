import { readonly, ref } from 'vue'

export type Locale = 'zh-CN' | 'en'

export const LOCALES: readonly Locale[] = ['zh-CN', 'en']

const KEY = 'xunyue.locale'
const current = ref<Locale>(chosen())

/** The language of the screens, reactive. Chinese unless the reader chose otherwise. */
export const locale = readonly(current)

export function activeLocale(): Locale {
  return current.value
}

export function setLocale(next: Locale): void {
  current.value = next
  if (typeof localStorage !== 'undefined') localStorage.setItem(KEY, next)
  if (typeof document !== 'undefined') document.documentElement.lang = next
}

function chosen(): Locale {
  const stored = typeof localStorage === 'undefined' ? null : localStorage.getItem(KEY)
  return LOCALES.find((candidate) => candidate === stored) ?? 'zh-CN'
}
