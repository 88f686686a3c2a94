import { onScopeDispose, watch, type Ref } from 'vue'

/** Keeps the height of an element in a CSS variable of the document; without the element it is 0. */
export function useHeight(element: Readonly<Ref<HTMLElement | null>>, variable: `--${string}`): void {
  const set = (height: number) => document.documentElement.style.setProperty(variable, `${String(height)}px`)
  const observer = new ResizeObserver(([entry]) => set(entry?.borderBoxSize[0]?.blockSize ?? 0))
  watch(element, (now, before) => {
    if (before) observer.unobserve(before)
    if (now) observer.observe(now)
    else set(0)
  })
  onScopeDispose(() => {
    observer.disconnect()
    set(0)
  })
}
