import { correction, generate } from 'lean-qr'
import { expect, it } from 'vitest'
import { QUIET, qrPath } from './qr'

/** The dark modules that a path draws, as "x,y"; the light around the code is counted in. */
function drawn(d: string): Set<string> {
  const dark = new Set<string>()
  for (const [, x, y, width] of d.matchAll(/M(\d+) (\d+)h(\d+)v1H\1z/g))
    for (let step = 0; step < Number(width); step += 1) dark.add(`${Number(x) + step},${Number(y)}`)
  return dark
}

// That phones read it, the browser tests show, with a camera.
it('draws every dark module once, and the light around the code', () => {
  const text = 'https://xunyue.example.cn/q/' + 'Ag'.repeat(59) + 'A'
  const code = generate(text, { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M })
  const expected = new Set<string>()
  for (let y = 0; y < code.size; y += 1)
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) expected.add(`${x + QUIET},${y + QUIET}`)
  const { size, d } = qrPath(text)
  expect(size).toBe(code.size + 8)
  expect(drawn(d)).toEqual(expected)
})
