import { describe, expect, it } from 'vitest'
import { formatRate } from '@/i18n/formats'
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

  it.each([
    [7, 8, 87.5, '87.5%'],
    [2, 3, 66.6, '66.6%'],
    [29, 100, 29, '29.0%'],
    [1, 1, 100, '100.0%'],
  ])('says of %i in %i what the table beside it says', (confirmed, promised, percent, inTable) => {
    const [bar] = monthBars([{ month: '2026-10', promised, confirmed, reported: confirmed, excused: 0 }])
    expect([bar?.percent, formatRate('zh-CN', bar?.confirmedRate ?? null)]).toEqual([percent, inTable])
  })
})
