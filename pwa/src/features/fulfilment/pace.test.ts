import { describe, expect, it } from 'vitest'
import type { CommitmentFulfilment, DemandRow, Obligation } from '@/api/wire'
import { useFormat, useMessages } from '@/i18n'
import { fulfilment } from '@/i18n/messages/fulfilment'
import { dayFrom } from './asOf'
import { onceGroups } from './figures'
import { openOf, paceInWords, paceNotes, type Open } from './pace'
import { demandWords, minutesInWords, shareOfLimit } from './requests'

const t = useMessages(fulfilment)
const format = useFormat()
const open: Open = { reported: 9, confirmed: 7, owed: 3, owing: 2, expected: 8, last_chance: '2026-03-12', risk: 'behind' }

describe('the day in the address', () => {
  it('is a calendar day or nothing', () => {
    expect(dayFrom('2026-03-31')).toBe('2026-03-31')
    expect(['2026-02-30', '2026-3-1', 'today', undefined, ['2026-03-31']].map(dayFrom)).toEqual([null, null, null, null, null])
  })
})

describe('the pace of open windows', () => {
  it('says what is to be done, reported and owed, and by when', () => {
    expect(paceInWords(open, t, format)).toBe('本周期应 12 次 · 已报 9 · 还欠 3 · 最迟 2026年3月12日')
    expect(paceInWords({ ...open, windows: 2, owed: 0 }, t, format)).toBe('2 个周期进行中：应 9 次 · 已报 9 · 还欠 0')
  })

  it('notes who owes only where there are people', () => {
    expect(paceNotes(open, t)).toEqual(['已报的当中确认了 7 次', '2 人还欠', '按天数，到这一天应有 8 次'])
    expect(paceNotes(openOf(open, 'institution'), t)).not.toContain('2 人还欠')
  })

})

describe('requests on demand', () => {
  const row = { minutes: 15, asked_at: '2026-02-01T03:10:00Z', answered_at: '2026-02-01T03:25:00Z' } as DemandRow

  it('sets the minutes against the limit', () => {
    expect(minutesInWords(row, 30, t, format)).toBe('15\u00a0分钟，时限 30\u00a0分钟')
    expect(minutesInWords({ ...row, answered_at: null }, 30, t, format)).toBe('已等 15\u00a0分钟，时限 30\u00a0分钟')
    expect(minutesInWords(row, null, t, format)).toBe('15\u00a0分钟')
    expect(minutesInWords({ ...row, minutes: 9_500 }, null, t, format)).toBe('6\u00a0天')
    expect([shareOfLimit(row, 30), shareOfLimit(row, 10), shareOfLimit(row, null)]).toEqual([0.5, 1, null])
  })

  it('gives the rate as met of due, and none without a limit', () => {
    const demand = { requests: 5, open_requests: 1, due: 4, met: 3 }
    const commitment = { respond_within_minutes: 30, demand } as CommitmentFulfilment
    expect(demandWords(commitment, t)).toBe('到期的 4 次请求中 3 次按时响应 · 共 5 次请求 · 1 次等待中')
    expect(demandWords({ ...commitment, respond_within_minutes: null }, t)).toMatch(/^没有约定响应时限/)
    expect(demandWords({ ...commitment, demand: { ...demand, due: 0 } }, t)).toMatch(/^还没有到期的请求/)
  })
})

describe('what is promised once', () => {
  it('lists those still waiting by their end, then those done, the latest first', () => {
    const one = (end: string, status: string) => ({ end, status }) as Obligation
    const { waiting, settled } = onceGroups([one('03', 'met'), one('02', 'open'), one('01', 'missed'), one('04', 'excused')])
    expect([waiting.map(({ end }) => end), settled.map(({ end }) => end)]).toEqual([['01', '02'], ['04', '03']])
  })
})
