import { describe, expect, it } from 'vitest'
import { viewOf } from './frames'

const AHEAD = 4

describe.each([
  ['a phone held upright', { width: 960, height: 1280 }],
  ['a tablet on its side', { width: 1280, height: 960 }],
  ['an old camera', { width: 640, height: 480 }],
])('%s', (_, frame) => {
  const views = Array.from({ length: AHEAD }, (_, nth) => viewOf(frame, nth))
  const inside = ({ x, y, width, height }: (typeof views)[number]) =>
    x >= 0 && y >= 0 && x + width <= frame.width && y + height <= frame.height

  it('is read in the middle, and every third time whole', () => {
    expect(views.map(({ width, height }) => width === frame.width && height === frame.height)).toEqual([
      false, false, true, false,
    ])
    expect(views.every(inside)).toBe(true)
  })
  it('is read around the centre, more of it than the drawn frame shows', () => {
    const [{ x, y, width, height }] = views as [(typeof views)[number]]
    expect([x * 2 + width, y * 2 + height]).toEqual([frame.width, frame.height])
    expect(width).toBeGreaterThan(0.7 * Math.min(frame.width, frame.height))
  })
  it('is never read larger than it is, nor than is worth it', () => {
    for (const { width, height, scale } of views) {
      expect(scale).toBeLessThanOrEqual(1)
      expect(Math.max(width, height) * scale).toBeLessThanOrEqual(960)
    }
  })
})
