/** What is said of a round long after it: allowed, with a reason why it comes so late. */

const LATE_AFTER_MS = 7 * 86_400_000

/** Whether something said now of a round begun at `checkedInAt` (ISO) is a late entry; the server decides. */
export function isLate(checkedInAt: string, now: number): boolean {
  return now - Date.parse(checkedInAt) > LATE_AFTER_MS
}
