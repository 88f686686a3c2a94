import { describe, expect, it } from 'vitest'
import { scaled } from './drawnAnew'

describe('how large a photo is drawn', () => {
  it.each([
    [4000, 3000, 1600, 1200],
    [3000, 4000, 1200, 1600],
    [1600, 900, 1600, 900],
    [640, 480, 640, 480],
    [9000, 1, 1600, 1],
  ])('%i × %i becomes %i × %i', (width, height, wide, high) => {
    expect(scaled(width, height)).toEqual({ width: wide, height: high })
  })
})
