/** Pictures out of the running camera, as small as a code can be read in. */

/** Part of a video frame, in its pixels, and the scale at which it is read. */
export interface View {
  x: number
  y: number
  width: number
  height: number
  scale: number
}

/** The part that people aim at, of the shorter side: a little more than the frame drawn on the screen. */
const AIMED_AT = 0.85
const AIMED_PX = 480
/** Larger pictures take longer to read and find nothing more at arm's length. */
const WHOLE_PX = 960
/** Of so many frames one is read whole, for a code beside the drawn frame. */
const WHOLE_EVERY = 3

/** What to read of the nth frame: mostly the middle, which takes a quarter of the time that the whole takes. */
export function viewOf(frame: { width: number; height: number }, nth: number): View {
  const { width, height } = frame
  if (nth % WHOLE_EVERY === WHOLE_EVERY - 1)
    return { x: 0, y: 0, width, height, scale: Math.min(1, WHOLE_PX / Math.max(width, height)) }
  const side = Math.round(Math.min(width, height) * AIMED_AT)
  const [x, y] = [width, height].map((length) => Math.round((length - side) / 2)) as [number, number]
  return { x, y, width: side, height: side, scale: Math.min(1, AIMED_PX / side) }
}

/** Room for every view: a canvas that changes its size gets other memory each time. */
export function canvasForViews(): HTMLCanvasElement {
  return Object.assign(document.createElement('canvas'), { width: WHOLE_PX, height: WHOLE_PX })
}

/** The nth picture of a camera that shows something; null while it shows nothing yet. */
export function grab(video: HTMLVideoElement, canvas: HTMLCanvasElement, nth: number): ImageData | null {
  if (video.readyState < video.HAVE_CURRENT_DATA || video.videoWidth === 0) return null
  const { x, y, width, height, scale } = viewOf({ width: video.videoWidth, height: video.videoHeight }, nth)
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)]
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context?.drawImage(video, x, y, width, height, 0, 0, across, down)
  return context?.getImageData(0, 0, across, down) ?? null
}

/** A hidden page is shown no frames; an old browser does not tell of them. */
const AGAIN_MS = 100

/** Resolves with the next frame of the camera, so that none is read twice; after a moment where none comes. */
export function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    // Absent before Chrome 83, Safari 15.4 and Firefox 132, whatever the types say.
    const tell = (video as Partial<HTMLVideoElement>).requestVideoFrameCallback?.bind(video)
    const timer = setTimeout(resolve, tell ? AGAIN_MS : AGAIN_MS / 2)
    tell?.(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
