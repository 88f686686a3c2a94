import { computed, onScopeDispose, ref } from 'vue'

/** Full screen where the browser has it; iPhones do not, and an app from the home screen is full already. */
export function useFullScreen() {
  const isFull = ref(document.fullscreenElement !== null)
  const look = () => (isFull.value = document.fullscreenElement !== null)
  document.addEventListener('fullscreenchange', look)
  onScopeDispose(() => document.removeEventListener('fullscreenchange', look))
  return {
    offered: computed(() => document.fullscreenEnabled && !isFull.value),
    enter: () => document.documentElement.requestFullscreen(),
  }
}
