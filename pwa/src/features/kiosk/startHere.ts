/**
 * A device that is a kiosk opens as one: after a restart its icon leads to the app's start, where nobody is to sign
 * in. Local storage, because the answer is needed before the first page; IndexedDB has the kiosk itself.
 */
const KEY = 'xunyue.kiosk'

export function opensHere(isKiosk: boolean): void {
  if (isKiosk) localStorage.setItem(KEY, '1')
  else localStorage.removeItem(KEY)
}

export function startHere(): void {
  if (location.pathname === '/' && localStorage.getItem(KEY)) history.replaceState(null, '', '/kiosk')
}
