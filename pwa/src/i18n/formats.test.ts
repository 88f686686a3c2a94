import { describe, expect, it } from 'vitest'
import {
  dayOf,
  formatAgo,
  formatBetween,
  formatDate,
  formatDateTime,
  formatDayNear,
  formatDayWithWeekday,
  formatDistance,
  formatMinutes,
  formatMoment,
  formatMonth,
  formatPeriod,
  formatRate,
  formatSpan,
  rateFraction,
  rateOf,
} from './formats'

describe('days and moments', () => {
  it('are written the Chinese way, with the weekday', () => {
    expect(formatDayWithWeekday('zh-CN', '2026-11-22')).toBe('11月22日 周日')
    expect(formatDate('zh-CN', '2026-01-05')).toBe('2026年1月5日')
    expect(formatMonth('zh-CN', '2026-11')).toBe('2026年11月')
  })

  it('are written the English way, day first', () => {
    expect(formatDayWithWeekday('en', '2026-11-22')).toBe('Sun 22 Nov')
    expect(formatDate('en', '2026-01-05')).toBe('5 Jan 2026')
  })

  it('say the year only where it is another one', () => {
    expect(formatDayNear('zh-CN', '2026-03-12', '2026-11-22')).toBe('3月12日')
    expect(formatDayNear('zh-CN', '2027-03-12', '2026-11-22')).toBe('2027年3月12日')
  })

  it('belong to Chinese time, whatever the machine believes', () => {
    expect(dayOf('2026-11-22T16:30:00Z')).toBe('2026-11-23')
    expect(formatMoment('zh-CN', '2026-11-22T16:30:00Z')).toBe('11月23日 00:30')
    expect(formatDateTime('zh-CN', '2026-12-31T16:30:00Z')).toBe('2027年1月1日 00:30')
  })

  it('say the year of a span once where it is one year', () => {
    expect(formatSpan('zh-CN', '2026-11-16', '2026-11-22')).toBe('2026年11月16日 – 22日')
    expect(formatSpan('zh-CN', '2026-10-26', '2026-11-01')).toBe('2026年10月26日 – 11月1日')
    expect(formatSpan('zh-CN', '2026-12-28', '2027-01-03')).toBe('2026年12月28日 – 2027年1月3日')
    expect(formatSpan('zh-CN', '2026-12-28', '2026-12-28')).toBe('2026年12月28日')
    expect(formatSpan('en', '2026-11-16', '2026-11-22')).toBe('16 – 22 Nov 2026')
  })

  it.each([
    ['2026-11-01', '2026-11-30', '2026年11月', 'Nov 2026'],
    ['2026-10-01', '2026-12-31', '2026年第四季度', 'Q4 2026'],
    ['2026-07-01', '2026-12-31', '2026年下半年', 'H2 2026'],
    ['2028-02-01', '2028-02-29', '2028年2月', 'Feb 2028'],
    ['2026-01-01', '2026-12-31', '2026年', '2026'],
    ['2026-02-01', '2026-04-30', '2026年2月1日 – 4月30日', '1 Feb – 30 Apr 2026'],
    ['2028-02-01', '2028-02-28', '2028年2月1日 – 28日', '1 – 28 Feb 2028'],
    ['2026-10-01', '2027-12-31', '2026年10月1日 – 2027年12月31日', '1 Oct 2026 – 31 Dec 2027'],
  ])('are named where %s to %s is a calendar period', (start, end, chinese, english) => {
    expect([formatPeriod('zh-CN', start, end), formatPeriod('en', start, end)]).toEqual([chinese, english])
  })
})

describe('ages', () => {
  const now = new Date('2026-11-22T05:00:00Z')

  it.each([
    ['2026-11-22T04:59:30Z', '刚刚'],
    ['2026-11-22T05:00:20Z', '刚刚'],
    ['2026-11-22T04:57:00Z', '3 分钟前'],
    ['2026-11-22T02:00:00Z', '3 小时前'],
    ['2026-11-21T04:00:00Z', '昨天'],
    ['2026-11-12T04:00:00Z', '10 天前'],
  ])('%s is %s', (instant, words) => {
    expect(formatAgo('zh-CN', instant, now)).toBe(words)
  })

  it('are English in English', () => {
    expect(formatAgo('en', '2026-11-22T04:57:00Z', now)).toBe('3 minutes ago')
  })
})

describe('lengths', () => {
  it('of time', () => {
    expect(formatMinutes('zh-CN', 75)).toBe('1\u00a0小时\u00a015\u00a0分')
    expect(formatMinutes('zh-CN', 45)).toBe('45\u00a0分钟')
    expect(formatMinutes('zh-CN', 120)).toBe('2\u00a0小时')
    expect(formatMinutes('en', 75)).toBe('1\u00a0h\u00a015\u00a0min')
  })

  it('between two moments', () => {
    expect(formatBetween('zh-CN', '2026-11-22T05:00:00Z', '2026-11-22T05:00:40Z')).toBe('不到 1 分钟')
    expect(formatBetween('zh-CN', '2026-11-22T05:00:00Z', '2026-11-22T07:05:00Z')).toBe('2\u00a0小时\u00a05\u00a0分')
    expect(formatBetween('zh-CN', '2026-11-19T05:00:00Z', '2026-11-22T07:05:00Z')).toBe('3\u00a0天')
  })

  it('of the way', () => {
    expect(formatDistance('zh-CN', 46.4)).toBe('46 米')
    expect(formatDistance('zh-CN', 1234)).toBe('1.2 公里')
  })
})

describe('rates', () => {
  it.each([
    ['0.8333', '83.3%'],
    ['0.8339', '83.3%'],
    ['0.9999', '99.9%'],
    ['1.0000', '100.0%'],
    ['0.0009', '0.0%'],
    ['0.2890', '28.9%'],
    ['0.0000', '0.0%'],
  ])('%s is cut to %s, never rounded up', (rate, words) => {
    expect(formatRate('zh-CN', rate)).toBe(words)
  })

  it('that do not exist are not 100 %', () => {
    expect(formatRate('zh-CN', null)).toBe('不适用')
    expect(formatRate('en', null)).toBe('n/a')
    expect(rateFraction(null)).toBe(0)
  })

  it('from counts are cut to four decimals', () => {
    expect(rateOf(5, 6)).toBe('0.8333')
    expect(rateOf(2, 3)).toBe('0.6666')
    expect(rateOf(6, 6)).toBe('1.0000')
    expect(rateOf(1, 3000)).toBe('0.0003')
    expect(rateOf(0, 0)).toBeNull()
  })
})
