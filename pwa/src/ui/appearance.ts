/** Theme and text size: the reader's choice, else the system's. */

import { readonly, ref } from 'vue'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
/** Per cent of the browser's own size. */
export const TEXT_SIZES = [100, 125, 150, 200] as const
export type TextSize = (typeof TEXT_SIZES)[number]

const THEME_KEY = 'xunyue.theme'
const TEXT_KEY = 'xunyue.text'
const PAPER = { light: '#f2f5f6', dark: '#0e1417' }

const chosenTheme = ref<Theme>('system')
const chosenSize = ref<TextSize>(100)

export const theme = readonly(chosenTheme)
export const textSize = readonly(chosenSize)

/** Applies what was chosen earlier, and follows the system from then on. Once, before the first screen. */
export function startAppearance(): void {
  chosenTheme.value = THEMES.find((known) => known === localStorage.getItem(THEME_KEY)) ?? 'system'
  chosenSize.value = TEXT_SIZES.find((known) => String(known) === localStorage.getItem(TEXT_KEY)) ?? 100
  systemDark().addEventListener('change', apply)
  apply()
}

export function setTheme(next: Theme): void {
  chosenTheme.value = next
  localStorage.setItem(THEME_KEY, next)
  apply()
}

export function setTextSize(next: TextSize): void {
  chosenSize.value = next
  localStorage.setItem(TEXT_KEY, String(next))
  apply()
}

function systemDark(): MediaQueryList {
  return window.matchMedia('(prefers-color-scheme: dark)')
}

function apply(): void {
  const root = document.documentElement
  const shown = chosenTheme.value === 'system' ? (systemDark().matches ? 'dark' : 'light') : chosenTheme.value
  root.dataset['theme'] = shown
  root.dataset['text'] = String(chosenSize.value)
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute('content', PAPER[shown])
}
