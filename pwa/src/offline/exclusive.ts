/**
 * One tab at a time. Where there are no web locks (plain http, old browsers) at least one task of this tab at
 * a time.
 */
const tails = new Map<string, Promise<unknown>>()

export function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
  const locks = lockManager()
  if (locks) return locks.request(name, task) as Promise<T>
  const before = tails.get(name) ?? Promise.resolve()
  const run = before.then(task, task)
  tails.set(name, run)
  return run
}

function lockManager(): LockManager | null | undefined {
  return typeof navigator === 'undefined' ? null : (navigator as { locks?: LockManager | null }).locks
}
