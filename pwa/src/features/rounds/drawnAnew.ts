/**
 * A camera's picture drawn anew: at most 1600 px and 300 kB, and with nothing of where, when and by what it was
 * taken, which a canvas does not have.
 */
export const LONGEST_SIDE = 1600
export const MAX_BYTES = 300 * 1024
const QUALITIES = [0.82, 0.7, 0.55, 0.4]
const SMALLER = 0.7

/** The picture is of a kind that this browser cannot draw. */
export class NotAPicture extends Error {
  override readonly name = 'NotAPicture'
}

/** How large to draw what is so large. */
export function scaled(width: number, height: number, longest = LONGEST_SIDE): { width: number; height: number } {
  const by = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) }
}

/** @throws NotAPicture */
export async function drawnAnew(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file).catch(() => null)
  if (!picture) throw new NotAPicture()
  try {
    for (let longest = LONGEST_SIDE; longest > 100; longest *= SMALLER) {
      const found = await small(draw(picture, longest))
      if (found) return found
    }
    throw new NotAPicture()
  } finally {
    picture.close()
  }
}

function draw(picture: ImageBitmap, longest: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, scaled(picture.width, picture.height, longest))
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return canvas
}

async function small(canvas: HTMLCanvasElement): Promise<Blob | null> {
  for (const quality of QUALITIES) {
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality))
    if (made && made.size <= MAX_BYTES) return made
  }
  return null
}
