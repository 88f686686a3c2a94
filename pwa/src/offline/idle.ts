/** When nobody has used the app for so long that whoever picks up the phone may be somebody else. */

export const IDLE_MS = 30 * 60_000
const CHECK_MS = 15_000
/** How often the use is written down. */
const NOTE_MS = 30_000
/** A clock that was set back must not make the time longer. */
const SET_BACK_MS = 60_000

/** Both in ms of the wall clock. */
export function isIdle(usedAt: number, now: number): boolean {
  return now - usedAt >= IDLE_MS || usedAt - now > SET_BACK_MS
}

export interface UseWatch {
  note: (now: number) => Promise<void>
  /** When it was used last, here or in another tab; null where it is locked already. */
  usedAt: () => Promise<number | null>
  lock: () => Promise<void>
}

/** Watches whether the app is in use, and locks it when it is not. Returns the way to stop. */
export function watchUse({ note, usedAt, lock }: UseWatch): () => void {
  let last = Date.now()
  let noted = 0
  // The first touch after a long rest asks first: timers stand still while a phone sleeps.
  const use = () => {
    const now = Date.now()
    const rested = isIdle(last, now)
    last = now
    if (rested) return void check()
    if (Math.abs(now - noted) < NOTE_MS) return
    noted = now
    void note(now)
  }
  const check = async () => {
    const used = await usedAt()
    if (used !== null && isIdle(used, Date.now())) await lock()
  }
  const seen = () => void check()
  const events = ['pointerdown', 'keydown'] as const
  events.forEach((event) => window.addEventListener(event, use, { capture: true, passive: true }))
  document.addEventListener('visibilitychange', seen)
  const timer = setInterval(seen, CHECK_MS)
  return () => {
    events.forEach((event) => window.removeEventListener(event, use, { capture: true }))
    document.removeEventListener('visibilitychange', seen)
    clearInterval(timer)
  }
}
