/** Going back keeps one's place, though a page is short until its figures have arrived. */

const PATIENCE_MS = 3000

/** Resolves when the page is long enough to be scrolled to `top`, or when waiting for it makes no sense any more. */
export function longEnough(top: number): Promise<void> {
  const room = () => document.documentElement.scrollHeight - window.innerHeight
  if (room() >= top) return Promise.resolve()
  return new Promise((resolve) => {
    const growth = new ResizeObserver(() => {
      if (room() >= top) done()
    })
    const timer = setTimeout(done, PATIENCE_MS)
    function done(): void {
      growth.disconnect()
      clearTimeout(timer)
      resolve()
    }
    growth.observe(document.body)
  })
}
