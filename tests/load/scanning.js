/*
 * Reads the numbers on the camera's frames as they are presented, and when the answer was painted. A page that is busy
 * misses frames: from the number on any of them follows when the first sharp one was there.
 */
(() => {
  const BITS = 8
  const SQUARE = 40
  const seen = []
  let painted = null
  const canvas = document.createElement('canvas')
  canvas.width = BITS
  canvas.height = 1
  const context = canvas.getContext('2d', { willReadFrequently: true })

  function numberOn(video) {
    // The middle of each square becomes one pixel.
    for (let bit = 0; bit < BITS; bit += 1)
      context.drawImage(video, bit * SQUARE + SQUARE / 2 - 4, SQUARE / 2 - 4, 8, 8, bit, 0, 1, 1)
    const { data } = context.getImageData(0, 0, BITS, 1)
    let number = 0
    for (let bit = 0; bit < BITS; bit += 1) if (data[bit * 4] > 127) number |= 1 << bit
    return number
  }

  function watch(video) {
    video.requestVideoFrameCallback((_now, { presentationTime }) => {
      seen.push([numberOn(video), presentationTime])
      watch(video)
    })
  }

  new MutationObserver(() => {
    const video = document.querySelector('video')
    if (video && !video.dataset.watched) {
      video.dataset.watched = 'yes'
      watch(video)
    }
    if (painted === null && document.querySelector('[data-found]')) {
      painted = 0
      requestAnimationFrame(() => setTimeout(() => (painted = performance.now())))
    }
  }).observe(document, { childList: true, subtree: true })

  /** Milliseconds from the presentation of frame `first`, told from the frame seen nearest to it, to the answer. */
  window.sinceSharp = async (first) => {
    while (!painted) await new Promise((resolve) => setTimeout(resolve, 10))
    const distance = ([number]) => Math.abs(number - first)
    const [number, at] = seen.reduce((best, frame) => (distance(frame) < distance(best) ? frame : best))
    return painted - (at - (number - first) * period())
  }

  /** Between two frames, as they came: the median. */
  function period() {
    const steps = seen.slice(1).flatMap(([number, at], index) => {
      const [before, then] = seen[index]
      return number > before ? [(at - then) / (number - before)] : []
    })
    return steps.sort((left, right) => left - right)[Math.floor(steps.length / 2)] ?? 0
  }
})()
