import { afterEach, describe, expect, it } from 'vitest'
import { setLocale } from './locale'
import { promiseInWords, type Promised } from './promise'

const weekly: Promised = {
  kind: 'periodic',
  scope: 'institution',
  per: 'week',
  every: 1,
  align: 'calendar',
  count: 1,
  min_gap_days: 0,
  makeup_days: 0,
  eligible: {},
}
const pressure: Promised = { ...weekly, scope: 'resident', per: 'year', count: 2, min_gap_days: 30, eligible: { min_age: 65, any_of: [] } }

afterEach(() => setLocale('zh-CN'))

describe('a promise in words', () => {
  it.each<[string, Promised]>([
    ['每周 1 次', weekly],
    ['每 2 周 1 次，周期结束后 3 天内可补', { ...weekly, every: 2, makeup_days: 3 }],
    ['每月 1 次，按协议年度计', { ...weekly, per: 'month', align: 'anniversary' }],
    ['每周 1 次', { ...weekly, align: 'anniversary' }],
    ['协议期内 4 次', { ...weekly, per: 'term', count: 4 }],
    ['65 岁及以上老人每年 2 次，两次至少间隔 30 天', pressure],
    ['高血压老人每季度 1 次', { ...pressure, per: 'quarter', count: 1, min_gap_days: 0, eligible: { any_of: ['hypertension'] } }],
    [
      '65 岁及以上的高血压、2型糖尿病老人每年 2 次',
      { ...pressure, min_gap_days: 0, eligible: { min_age: 65, any_of: ['hypertension', 'type2_diabetes'] } },
    ],
    ['每位老人每年 2 次', { ...pressure, min_gap_days: 0, eligible: {} }],
    ['每位老人入住后 1 次', { ...pressure, kind: 'once', per: null, min_gap_days: 0, eligible: {} }],
    ['按需提供，按响应时间考核', { ...weekly, kind: 'on_demand', per: null, makeup_days: 3 }],
    ['目前不要求', { ...pressure, count: 0 }],
  ])('%s', (words, commitment) => {
    expect(promiseInWords(commitment)).toBe(words)
  })

  it('is English in English', () => {
    setLocale('en')
    expect(promiseInWords(weekly)).toBe('Once a week')
    expect(promiseInWords(pressure)).toBe('Each resident of 65 or older 2 times a year, at least 30 days apart')
  })
})
