/** Reads the code in a photo: where the live camera is refused, the phone's own camera app takes one. */
import { readCode } from './reader'

/** Sides in pixels: small enough to be read at once, and, where that finds nothing, all a phone of today has. */
const SIDES = [1600, 4096]

/** The text of the code; null where none can be read, or the file is no picture. */
export async function readPhoto(photo: Blob): Promise<string | null> {
  const url = URL.createObjectURL(photo)
  try {
    const image = await load(url)
    if (!image) return null
    for (const side of SIDES) {
      const text = await readCode(pictureOf(image, side), true)
      if (text !== null || Math.max(image.naturalWidth, image.naturalHeight) <= side) return text
    }
    return null
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** Decoded by the browser: it knows the formats of its phone (HEIC), which the reader of codes does not. */
async function load(url: string): Promise<HTMLImageElement | null> {
  const image = new Image()
  image.src = url
  try {
    await image.decode()
    return image
  } catch {
    return null
  }
}

function pictureOf(image: HTMLImageElement, side: number): ImageData {
  const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale))
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale))
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('this browser draws nothing')
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}
