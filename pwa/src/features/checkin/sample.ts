import { generate } from 'lean-qr'

const SCALE = 4
const QUIET = 4

/** A small code as a picture, to read once before it matters: a decoder's first code takes ten times as long. */
export function samplePicture(): ImageData {
  const code = generate('xunyue')
  const side = (code.size + 2 * QUIET) * SCALE
  const picture = new ImageData(side, side)
  for (let at = 0; at < side * side; at += 1) {
    const x = Math.floor((at % side) / SCALE) - QUIET
    const y = Math.floor(at / side / SCALE) - QUIET
    picture.data.fill(code.get(x, y) ? 0 : 255, at * 4, at * 4 + 3)
    picture.data[at * 4 + 3] = 255
  }
  return picture
}
