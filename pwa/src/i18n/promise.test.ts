import { afterEach, describe, expect, it } from 'vitest'
import { setLocale } from './locale'
import { partialInWords, promiseInWords, type Promised } from './promise'

const weekly: Promised = {
  kind: 'periodic',
  services: ['round'],
  match: 'any',
  scope: 'institution',
  per: 'week',
  every: 1,
  align: 'calendar',
  partial: 'prorate',
  min_days: 1,
  min_minutes: 0,
  min_attendees: 0,
  count: 1,
  min_gap_days: 0,
  makeup_days: 0,
  count_by: 'day',
  eligible: {},
  within_days: null,
  respond_within_minutes: null,
}
const pressure: Promised = { ...weekly, scope: 'resident', per: 'year', count: 2, min_gap_days: 30, eligible: { min_age: 65, any_of: [] } }
const bundle: Promised = { ...pressure, match: 'all', services: ['a', 'b', 'c', 'd', 'e', 'f'], min_gap_days: 0 }
const record: Promised = { ...weekly, kind: 'once', scope: 'resident', per: null, within_days: 30 }
const green: Promised = { ...weekly, kind: 'on_demand', per: null, respond_within_minutes: 30, makeup_days: 3 }

afterEach(() => setLocale('zh-CN'))

describe('a promise in words', () => {
  it.each<[string, Promised]>([
    ['每周 1 次', weekly],
    ['每 2 周 1 次，周期结束后 3 天内可补', { ...weekly, every: 2, makeup_days: 3 }],
    ['每月 1 次，周期从协议生效日起算', { ...weekly, per: 'month', align: 'anniversary' }],
    ['每年 1 次，按协议年度计', { ...weekly, per: 'year', align: 'anniversary' }],
    ['每周 1 次，周期从协议生效日起算', { ...weekly, align: 'anniversary' }],
    ['每天 1 次', { ...weekly, per: 'day', align: 'anniversary' }],
    ['协议期内 4 次', { ...weekly, per: 'term', count: 4 }],
    ['65 岁及以上老人每年 2 次，两次至少间隔 30 天', pressure],
    ['高血压老人每季度 1 次', { ...pressure, per: 'quarter', count: 1, min_gap_days: 0, eligible: { any_of: ['hypertension'] } }],
    [
      '65 岁及以上的高血压、2型糖尿病老人每年 2 次',
      { ...pressure, min_gap_days: 0, eligible: { min_age: 65, any_of: ['hypertension', 'type2_diabetes'] } },
    ],
    ['每位老人每年 2 次', { ...pressure, min_gap_days: 0, eligible: {} }],
    ['65 岁及以上老人每年 2 次，同一天完成全部 6 项', bundle],
    ['每季度 1 次，每次至少 60 分钟，每次至少 10 人参加', { ...weekly, per: 'quarter', min_minutes: 60, min_attendees: 10 }],
    ['每周 1 次，每条记录算 1 次，同一天可以有几次', { ...weekly, count_by: 'record', min_gap_days: 3 }],
    ['每年 1 次，不足整周期的，也按整周期计', { ...weekly, per: 'year', partial: 'full' }],
    ['每年 1 次，在约满 90 天就按整周期计', { ...weekly, per: 'year', partial: 'full', min_days: 90 }],
    ['每年 1 次，只算整个周期都在约的', { ...weekly, per: 'year', partial: 'whole' }],
    ['每位老人入住后 30 天内 1 次', record],
    ['失能老人入住并符合条件后 30 天内 1 次', { ...record, eligible: { any_of: ['disabled'] } }],
    ['协议生效后 30 天内 1 次', { ...record, scope: 'institution' }],
    ['按需提供，30 分钟内响应', green],
    ['按需提供，没有约定响应时限，只计次数', { ...green, respond_within_minutes: null, count: 0 }],
    ['目前不要求', { ...pressure, count: 0 }],
    ['目前不要求', { ...record, count: 0 }],
  ])('%s', (words, commitment) => {
    expect(promiseInWords(commitment)).toBe(words)
  })

  it.each<[string, Promised]>([
    ['Once a week', weekly],
    ['Each resident of 65 or older 2 times a year, at least 30 days apart', pressure],
    ['Each resident of 65 or older 2 times a year, all 6 services on one day', bundle],
    ['Each resident once within 30 days of moving in', record],
    ['Once a year, by agreement year, a period in force for 90 days is promised in full', { ...weekly, per: 'year', align: 'anniversary', partial: 'full', min_days: 90 }],
    ['On demand, answered within 30 minutes', green],
    ['Not required at present', { ...pressure, count: 0 }],
  ])('%s', (words, commitment) => {
    setLocale('en')
    expect(promiseInWords(commitment)).toBe(words)
  })

  it('says how partial periods are promised, of periodic promises only', () => {
    expect(partialInWords(weekly)).toBe('不足整周期的，按在约天数折算')
    expect(partialInWords({ ...weekly, partial: 'full', min_days: 15 })).toBe('在约满 15 天就按整周期计')
    expect(partialInWords(green)).toBeNull()
  })
})
