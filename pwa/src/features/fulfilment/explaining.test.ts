import { describe, expect, it } from 'vitest'
import type { JudgedRecord, PromiseDays } from '@/api/wire'
import { useFormat, useMessages } from '@/i18n'
import { explanation } from '@/i18n/messages/explanation'
import { bundleDays, byCompleteness } from './bundle'
import { dayClasses, promiseSum } from './promiseDays'
import { reasonsInWords, type About } from './reasons'

const t = useMessages(explanation)
const format = useFormat()
const about: About = {
  commitment: { min_gap_days: 30, min_minutes: 60, min_attendees: 10, eligible: { min_age: 65 } },
  obligation: { promised: 2, start: '2026-01-01', end: '2026-03-31' },
}

function record(line: Partial<JudgedRecord['line']>, judged: Partial<JudgedRecord> = {}): JudgedRecord {
  const whole = { on: '2026-03-20', service: 'a', subject_id: 'r', subject_name: '王', state: 'confirmed', outcome: 'done', minutes: null, attendees: null }
  return {
    line: { ...whole, ...line } as JudgedRecord['line'],
    round: null,
    verdict: 'not_counted',
    reported_only: false,
    reasons: [],
    where: null,
    too_close_to: null,
    far_enough_on: null,
    missing: [],
    ineligible: null,
    ...judged,
  }
}

describe('why a record counts as it does', () => {
  it.each<[string, JudgedRecord]>([
    [
      '距上次计入的 3月2日 不足 30 天，4月1日 起才可计入',
      record({}, { reasons: ['too_soon'], too_close_to: '2026-03-02', far_enough_on: '2026-04-01' }),
    ],
    ['距之后已计入的 3月25日 不足 30 天', record({}, { reasons: ['too_soon'], too_close_to: '2026-03-25' })],
    ['本周期约定的 2 次已经满了，多出来的不结转', record({}, { reasons: ['surplus'] })],
    ['本周期没有要求，做了的不结转', record({ on: '2026-04-01' }, { reasons: ['surplus'] })],
    ['当天还缺 2 项：保健咨询、营养改善指导', record({}, { reasons: ['bundle_incomplete'], missing: ['health_consultation', 'nutrition_guidance'] })],
    ['约定至少 60 分钟，这次 45 分钟，约定至少 10 人，这次 8 人', record({ minutes: 45, attendees: 8 }, { reasons: ['under_minimum'] })],
    ['时长或人数没有达到约定', record({}, { reasons: ['under_minimum'] })],
    ['补访期已过', record({ on: '2027-05-20' }, { reasons: ['after_grace'] })],
    ['那天还不满 65 岁，不在约定的对象内', record({}, { reasons: ['not_eligible'], ineligible: 'age' })],
    ['已计入 2026年第一季度 那个周期', record({}, { reasons: ['counted_elsewhere'], where: { start: '2026-01-01', end: '2026-03-31' } })],
  ])('%s', (words, judged) => {
    expect(reasonsInWords(judged, about, { t, format })).toEqual([words])
  })

  it('says every reason, also one this version does not know', () => {
    const words = reasonsInWords(record({}, { reasons: ['same_day', 'unconfirmed', 'brand_new'] }), about, { t, format })
    expect(words).toEqual(['同一天只算一次', '养老机构还没有确认', '其他情况'])
  })
})

describe('a bundle by day', () => {
  const services = ['a', 'b', 'c']

  it('tells whose parts are there on which day, the newest first', () => {
    const days = bundleDays([record({}), record({ service: 'b' }), record({ service: 'a', subject_id: 's', subject_name: '李' }), record({ on: '2026-03-21' })], services)
    expect(days.map(({ on, subject, lacking }) => [on, subject, lacking])).toEqual([
      ['2026-03-21', '王', 2],
      ['2026-03-20', '李', 2],
      ['2026-03-20', '王', 1],
    ])
    expect(days[2]?.parts.map(({ service, record: there }) => [service, there !== null])).toEqual([['a', true], ['b', true], ['c', false]])
  })

  it('takes the confirmed record of a part, and none that is void, disputed or not done for done', () => {
    const parts = [record({ state: 'pending' }), record({}), record({ service: 'b', state: 'void' }), record({ service: 'c', outcome: 'declined' })]
    const [day] = bundleDays(parts, services)
    expect(day?.parts.map(({ record: there }) => there?.line.state ?? null)).toEqual(['confirmed', null, 'confirmed'])
    expect(day?.lacking).toBe(2)
  })

  it('says of a part that only a disputed record stands for it', () => {
    const [day] = bundleDays([record({}), record({ service: 'b', state: 'disputed' })], services)
    expect(day?.parts.map(({ disputed }) => disputed)).toEqual([false, true, false])
  })

  it('keeps days with less than half apart', () => {
    const days = bundleDays([record({}), record({ service: 'b' }), record({ on: '2026-03-21' })], services)
    const { near, far } = byCompleteness(days)
    expect([near.map(({ on }) => on), far.map(({ on }) => on)]).toEqual([['2026-03-20'], ['2026-03-21']])
  })
})

describe('how days make a promise', () => {
  const year: PromiseDays = {
    first: '2026-01-01',
    last: '2026-12-31',
    days: 365,
    length: 365,
    promising: 181,
    not_in_force: 100,
    suspended: 0,
    not_living_here: 84,
    not_eligible: 0,
    too_young: 0,
    without_condition: 0,
    nothing_promised: 0,
    sum: 362,
    partial: 'prorate',
    min_days: 1,
    most: 2,
    least: 0,
    promised: 1,
    counts: [{ count: 2, days: 181 }],
  }

  it.each<[string, Partial<PromiseDays>]>([
    ['365 天中 181 天在约：2 × 181 ÷ 365 = 0.99，四舍五入为 1', {}],
    ['整个周期 365 天都在约：要求 2 次', { promising: 365, sum: 730, promised: 2, counts: [{ count: 2, days: 365 }] }],
    [
      '365 天中 365 天在约，各天约定次数合计 546：546 ÷ 365 = 1.49，四舍五入为 1',
      { promising: 365, sum: 546, counts: [{ count: 1, days: 184 }, { count: 2, days: 181 }] },
    ],
    ['365 天中 181 天在约，按整周期计：要求 2 次', { partial: 'full', promised: 2 }],
    ['365 天中只有 181 天在约，不足约定的 200 天：不要求', { partial: 'full', promised: 0, min_days: 200 }],
    ['365 天中 181 天在约，约定只算整个周期都在约的：不要求', { partial: 'whole', promised: 0 }],
    ['2026年1月1日 起满 181 个在约的日子内，要求 1 次', { partial: 'once' }],
  ])('%s', (words, changes) => {
    expect(promiseSum({ ...year, ...changes }, t, format.date)).toBe(words)
  })

  it('leaves out classes without a day', () => {
    expect(dayClasses(year)).toEqual([
      { name: 'promising', days: 181 },
      { name: 'not_in_force', days: 100 },
      { name: 'not_living_here', days: 84 },
    ])
  })
})
