import { describe, expect, it } from 'vitest'
import { HEIGHT, monthBars } from './trend'

describe('the monthly chart', () => {
  it('draws confirmed within reported, of what was owed', () => {
    const [bar] = monthBars([{ month: '2026-10', promised: 5, confirmed: 2, reported: 3, excused: 1 }])
    expect(bar).toMatchObject({ confirmedRate: '0.5000', reportedRate: '0.7500', confirmedHeight: HEIGHT / 2, pendingHeight: HEIGHT / 4, percent: 50 })
  })

  it('has no bar, and no rate, for a month in which nothing was owed', () => {
    const [bar] = monthBars([{ month: '2026-10', promised: 1, confirmed: 0, reported: 0, excused: 1 }])
    expect(bar).toMatchObject({ confirmedRate: null, confirmedHeight: 0, percent: null })
  })
})
