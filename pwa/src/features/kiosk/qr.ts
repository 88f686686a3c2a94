/** QR codes as one SVG path, a unit for each module. */
import { correction, generate } from 'lean-qr'

/** Light around the code, in modules, as the standard asks for. */
export const QUIET = 4

export interface QrPath {
  /** Modules on a side, with the light around them. */
  size: number
  d: string
}

/** Correction level M: a screen has no dirt, but it has reflections. */
export function qrPath(text: string): QrPath {
  const code = generate(text, { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M })
  let d = ''
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (!code.get(x, y)) continue
      const from = x
      while (code.get(x + 1, y)) x += 1
      d += `M${from + QUIET} ${y + QUIET}h${x - from + 1}v1H${from + QUIET}z`
    }
  }
  return { size: code.size + 2 * QUIET, d }
}
