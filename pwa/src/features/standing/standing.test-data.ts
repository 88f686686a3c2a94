/** Answers of a server for tests: a county of four towns, what is at risk in it, and a published quarter. */

import type { AgreementHead, AtRisk, CategoryCounts, PublishedPeriod, RegionStanding, StandingGroup, WindowAtRisk, Worst } from '@/api/wire'

const hospital = { id: 'm1', name: '云溪县城关社区卫生服务中心' }
const home = { id: 'c1', name: '颐养园养老院' }
export const agreement: AgreementHead = { id: 'a1', number: '云卫签〔2026〕01号', medical: hospital, care: home }

export const worst: Worst = {
  agreement_id: 'a1',
  commitment_id: 'k1',
  title: { zh: '糖尿病人血糖检测', en: 'Glucose of residents with diabetes' },
  confirmed_rate: '0.4166',
  medical: hospital,
  care: home,
}

export function group(name: string, rate: string | null, given: Partial<StandingGroup> = {}): StandingGroup {
  return {
    level: 'town',
    key: name,
    name,
    agreements: 3,
    rated: rate === null ? 0 : 3,
    confirmed_rate: rate,
    reported_rate: rate === null ? null : '0.9120',
    on_time_rate: rate,
    worst: rate === null ? null : worst,
    ...given,
  }
}

function counts(zh: string, scope: CategoryCounts['scope'], share: string, given: Partial<CategoryCounts> = {}): CategoryCounts {
  return {
    category: `${zh} ${scope}`,
    name: { zh, en: zh },
    scope,
    promised: 1240,
    excused: 40,
    confirmed: 900,
    confirmed_late: 12,
    reported: 1010,
    reported_excused: 40,
    share,
    reported_share: '0.8416',
    ...given,
  }
}

export function standingOf(given: Partial<RegionStanding> = {}): RegionStanding {
  return {
    as_of: '2026-11-22',
    period: { key: '2026', first: '2026-01-01', last: '2026-12-31' },
    periods: ['2026', '2025', '2026-Q4', '2026-Q3', '2026-Q2', '2026-11', '2026-10', '2026-09'],
    place: {
      level: 'county',
      key: '999901',
      name: '云溪县',
      path: [
        { level: 'city', key: '999900', name: '云溪市' },
        { level: 'county', key: '999901', name: '云溪县' },
      ],
    },
    recomputing: 0,
    computed_at: null,
    left_out: 0,
    agreements: 14,
    rated: 11,
    confirmed_rate: '0.8333',
    reported_rate: '0.9120',
    on_time_rate: '0.7901',
    worst,
    categories: [
      counts('基本公共卫生服务', 'resident', '0.7500'),
      counts('巡诊服务', 'institution', '0.8461', { promised: 52, excused: 0, confirmed: 44, confirmed_late: 3, reported: 44 }),
      counts('绿色通道', 'demand', '0.9000', { promised: 10, excused: 0, confirmed: 9, confirmed_late: 0, reported: 9, reported_share: '0.9000' }),
    ],
    groups: [
      group('青石镇', '0.7012', { rated: 2 }),
      group('城关街道', '0.8333', { agreements: 8, rated: 8 }),
      group('溪东乡', '1.0000', { agreements: 1, rated: 1, reported_rate: '1.0000' }),
      group('云岭乡', null, { agreements: 2 }),
    ],
    trend: ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11'].map((month, index) => ({
      period: `2026-${month}`,
      agreements: 12,
      rated: index === 0 ? 0 : 11,
      confirmed_rate: index === 0 ? null : `0.${String(70 + index * 2)}00`,
      reported_rate: index === 0 ? null : `0.${String(74 + index * 2)}00`,
    })),
    ...given,
  }
}

export function windowAtRisk(given: Partial<WindowAtRisk> = {}): WindowAtRisk {
  return {
    commitment_id: 'k1',
    title: { zh: '糖尿病人血糖检测', en: 'Glucose of residents with diabetes' },
    agreement,
    start: '2026-10-01',
    end: '2026-12-31',
    deadline: '2026-12-31',
    promised: 48,
    reported: 20,
    confirmed: 15,
    excused: 2,
    expected: 27,
    owed: 26,
    owing: 11,
    last_chance: '2026-11-27',
    risk: 'last_chance',
    ...given,
  }
}

export function atRiskOf(given: Partial<AtRisk> = {}): AtRisk {
  const windows = [
    windowAtRisk({ commitment_id: 'k3', title: { zh: '健康讲座', en: 'Health lecture' }, risk: 'behind', last_chance: '2027-01-03', owed: 1, owing: 1 }),
    windowAtRisk(),
    windowAtRisk({ commitment_id: 'k2', title: { zh: '血压测量', en: 'Blood pressure' }, risk: 'lost', last_chance: '2026-11-02', owed: 4, owing: 2 }),
  ]
  return {
    as_of: '2026-11-22',
    by: 'agreement',
    total: 3,
    shown: 3,
    groups: [{ agreement, clinician: null, owed: 31, first_chance: '2026-11-27', windows }],
    ...given,
  }
}

export function publishedOf(given: Partial<PublishedPeriod> = {}): PublishedPeriod {
  const rates = { confirmed_rate: '0.8333', reported_rate: '0.9120', on_time_rate: '0.7901' }
  const figures = { promised: 4, confirmed: 2, confirmed_late: 0, confirmed_excused: 0, reported: 3, reported_excused: 0 }
  return {
    id: 'p1',
    region: { code: '999901', name: '云溪县' },
    period: '2026-Q3',
    first: '2026-07-01',
    last: '2026-09-30',
    as_of: '2026-10-15',
    published_at: '2026-10-15T02:30:00Z',
    published_by: '林海涛',
    state: 'published',
    failure: null,
    progress: null,
    digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    headline: { ...rates, agreements: 14, rated: 11, categories: [] },
    agreements: [
      { agreement: { ...agreement, id: 'a2', care: { id: 'c2', name: '松鹤日间照料中心' } }, frozen: rates, now: rates, changed: false },
      { agreement, frozen: rates, now: { ...rates, confirmed_rate: '0.9000' }, changed: true },
    ],
    agreements_total: 2,
    adjustments_total: 2,
    adjustments: [
      {
        agreement,
        commitment_id: 'k1',
        title: { zh: '糖尿病人血糖检测', en: 'Glucose of residents with diabetes' },
        kind: 'periodic',
        start: '2026-07-01',
        end: '2026-09-30',
        frozen: figures,
        now: { ...figures, confirmed: 3 },
        cause: 'changed',
      },
      {
        agreement,
        commitment_id: 'k2',
        title: { zh: '血压测量', en: 'Blood pressure' },
        kind: 'periodic',
        start: '2026-07-01',
        end: '2026-09-30',
        frozen: null,
        now: figures,
        cause: 'new',
      },
    ],
    ...given,
  }
}
