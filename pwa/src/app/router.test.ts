// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { pathAfterSignIn } from './router'

describe('the page after sign-in', () => {
  it.each([
    ['/q/abc?x=1', '/q/abc?x=1'],
    ['/', '/'],
    [undefined, '/'],
    [['/a', '/b'], '/'],
    ['//evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
  ])('%s leads to %s', (next, path) => {
    expect(pathAfterSignIn(next)).toBe(path)
  })
})
