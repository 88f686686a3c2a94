// @vitest-environment happy-dom
import { createApp, h, nextTick, type App } from 'vue'
import { RouterView, createMemoryHistory, createRouter, type Router } from 'vue-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLocale } from '@/i18n'
import { atRiskOf, group, publishedOf, standingOf, windowAtRisk } from './standing.test-data'

const can = vi.hoisted(() => vi.fn((_permission: string) => false))
vi.mock('@/app/session', () => ({ can }))

const { routes } = await import('./routes')
// The pages are loaded when they are opened; here before any test is timed.
await Promise.all([import('./StandingPage.vue'), import('./AtRiskPage.vue'), import('./PublishedPage.vue'), import('./PublishedPeriodPage.vue')])
const blank = { render: () => h('p') }
const elsewhere = ['agreements', 'agreement', 'commitment', 'window'].map((name) => ({
  path: `/${name}/:id?/:start?`,
  name,
  component: blank,
}))

let app: App
let router: Router
const answers = new Map<string, unknown>()
const asked: [string, unknown][] = []
const refusals = new Map<string, unknown>()

function refuse(start: string, code: string, details: Record<string, unknown>): void {
  refusals.set(start, { error: { code, message: '', details } })
}

beforeEach(() => {
  vi.stubGlobal('fetch', (path: string, { body }: { body?: string }) => {
    const short = path.replace('/api/v1', '')
    asked.push([short, body ? JSON.parse(body) : null])
    const [, refused] = [...refusals].find(([start]) => short.startsWith(start)) ?? []
    if (refused) return Promise.resolve(new Response(JSON.stringify(refused), { status: 422, headers: { 'Content-Type': 'application/json' } }))
    const [, found] = [...answers].reverse().find(([start]) => short.startsWith(start)) ?? []
    return Promise.resolve(new Response(JSON.stringify(found), { headers: { 'Content-Type': 'application/json' } }))
  })
})

afterEach(() => {
  app.unmount()
  answers.clear()
  refusals.clear()
  asked.length = 0
  can.mockReset()
  setLocale('zh-CN')
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function open(path: string): Promise<HTMLElement> {
  router = createRouter({ history: createMemoryHistory(), routes: [...routes, ...elsewhere] })
  await router.push(path)
  const place = document.createElement('div')
  document.body.replaceChildren(place)
  app = createApp({ render: () => h(RouterView) }).use(router)
  app.mount(place)
  await vi.waitFor(() => expect(place.querySelector('h1, h2')).not.toBeNull())
  await settled()
  return place
}

async function settled(): Promise<void> {
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0))
  for (let turn = 0; turn < 5; turn += 1) await nextTick().then(() => new Promise((resolve) => setTimeout(resolve)))
}

function wordsOf(element: Element | null | undefined): string {
  return (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()
}

function rowOf(page: HTMLElement, name: string): HTMLAnchorElement {
  const row = [...page.querySelectorAll('a')].find((link) => link.textContent.includes(name))
  if (!row) throw new Error(`no row ${name}`)
  return row
}

describe('the overview', () => {
  it('says each figure with what it counts, and names the weakest commitment with the way to it', async () => {
    answers.set('/standing', standingOf())
    const page = await open('/fulfilment?within=999901')
    const words = wordsOf(page)
    for (const said of ['83.3%', '11 份协议的平均，只计到期周期', '91.2%', '79.0%', '其中 11 份有到期周期', '截至 2026年11月22日'])
      expect(words).toContain(said)
    const weakest = rowOf(page, '最弱一条')
    expect(wordsOf(weakest)).toContain('糖尿病人血糖检测 41.6%')
    expect(weakest.getAttribute('href')).toBe('/commitment/k1?period=2026')
    expect(asked[0]?.[0]).toBe('/standing?within=999901')
  })

  it('ranks what has a rate, and keeps the rest apart', async () => {
    answers.set('/standing', standingOf())
    const page = await open('/fulfilment?within=999901')
    expect([...page.querySelectorAll('ol > li .name')].map(wordsOf)).toEqual(['青石镇', '城关街道', '溪东乡'])
    expect(wordsOf(rowOf(page, '青石镇'))).toContain('3 份协议，2 份有到期周期')
    expect([...page.querySelectorAll('ul > li .name')].map(wordsOf)).toEqual(['云岭乡'])
    expect(decodeURI(rowOf(page, '云岭乡').getAttribute('href') ?? '')).toBe('/fulfilment?within=999901&town=云岭乡')
  })

  it('never mixes counts of institutions, residents and requests', async () => {
    answers.set('/standing', standingOf())
    const page = await open('/fulfilment')
    const sections = [...page.querySelectorAll('section section')].map(wordsOf)
    expect(sections).toHaveLength(3)
    expect(sections[0]).toContain('应 52 次，确认 44 次 · 其中补访 3')
    expect(sections[1]).toContain('应 1,200 人次，确认 900 人次 · 其中补访 12 · 已免除 40 · 另有 110 待确认')
    expect(sections[2]).toContain('到期请求 10 个，按时响应 9 个')
  })

  it('shows another period when asked, keeping the place, and what it had until then', async () => {
    answers.set('/standing', standingOf())
    const page = await open('/fulfilment?within=999901')
    const select = page.querySelector('select')
    if (!select) throw new Error('no period')
    expect([...select.querySelectorAll('optgroup')].map(({ label }) => label)).toEqual(['按年', '按季度', '按月'])
    select.value = '2026-Q3'
    select.dispatchEvent(new Event('change'))
    await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({ within: '999901', period: '2026-Q3' }))
    expect(wordsOf(page)).toContain('83.3%')
    await settled()
    expect(asked[asked.length - 1]?.[0]).toBe('/standing?period=2026-Q3&within=999901')
  })

  it('says so on a past day, carries it down, and leads back to today', async () => {
    answers.set('/standing', standingOf({ as_of: '2026-03-31', groups: [group('松-1', '0.5000', { level: 'agreement', key: 'a9' })] }))
    const page = await open('/fulfilment?as_of=2026-03-31')
    expect(wordsOf(page.querySelector('[role=status]'))).toContain('您在看 2026年3月31日 的情况')
    expect(rowOf(page, '松-1').getAttribute('href')).toBe('/agreement/a9?as_of=2026-03-31&period=2026')
    page.querySelector<HTMLButtonElement>('[role=status] button')?.click()
    await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({}))
  })

  it('has a past day of many agreements computed in the background, and shows it when it is', async () => {
    answers.set('/standing/past-days', { as_of: '2026-03-31', agreements: 540, made: 0 })
    const details = { limit: 100, agreements: 540, asked: 0, made: 0 }
    refuse('/standing?', 'scope_too_large', details)
    const page = await open('/fulfilment?as_of=2026-03-31&within=999901')
    expect(wordsOf(page)).toContain('这里有 540 份协议，不能当场算出这一天')
    expect(wordsOf(page)).toContain('大约 2 分钟')
    refuse('/standing?', 'scope_too_large', { ...details, asked: 540, made: 120 })
    const [compute] = [...page.querySelectorAll('button')].filter((button) => button.textContent.includes('让后台计算'))
    compute?.click()
    await vi.waitFor(() => expect(wordsOf(page)).toContain('后台正在计算：120 / 540 份协议'))
    expect(asked).toContainEqual(['/standing/past-days', { as_of: '2026-03-31', within: '999901' }])
    expect(page.querySelector('progress')?.value).toBe(120)
    refusals.clear()
    answers.set('/standing', standingOf({ as_of: '2026-03-31', computed_at: '2026-11-22T06:30:00Z', left_out: 2 }))
    await vi.waitFor(() => expect(wordsOf(page)).toContain('由后台算于'), 6000)
    expect(wordsOf(page)).toContain('有 2 份协议没能算出')
    expect(page.querySelector('progress')).toBeNull()
  }, 10_000)

  it('says that counts are being made again, and asks again by itself', async () => {
    answers.set('/standing', standingOf({ recomputing: 3 }))
    const page = await open('/fulfilment')
    expect(wordsOf(page)).toContain('3 项正在重新计算')
    answers.set('/standing', standingOf())
    await vi.waitFor(() => expect(wordsOf(page)).not.toContain('正在重新计算'), 6000)
    expect(asked.filter(([path]) => path === '/standing')).toHaveLength(2)
  }, 10_000)

  it('says that the period is published for this region, with the rate of then', async () => {
    const shown = standingOf()
    const head = { id: 'p1', state: 'published', period: shown.period.key, region: { code: shown.place.key, name: '' }, as_of: '2026-02-01' }
    answers.set('/standing', shown)
    answers.set('/published', { published: [{ ...head, headline: { confirmed_rate: '0.1234' } }, { ...head, id: 'p2', period: '1999' }] })
    const page = await open('/fulfilment')
    expect(wordsOf(page)).toContain('这个统计期已公布：履约率 12.3%')
    expect(rowOf(page, '看公布的数').getAttribute('href')).toBe('/fulfilment/published/p1')
  })

  it('without agreements says what to do', async () => {
    answers.set('/standing', standingOf({ agreements: 0, rated: 0, groups: [], categories: [], trend: [], worst: null }))
    const page = await open('/fulfilment?within=999901')
    expect(wordsOf(page)).toContain('这里还没有签约协议')
    expect(rowOf(page, '看上一级').getAttribute('href')).toBe('/fulfilment?within=999900')
  })
})

describe('what is at risk', () => {
  it('puts the lost first, says by when in words, and opens the period', async () => {
    answers.set('/at-risk', atRiskOf())
    const page = await open('/fulfilment/at-risk')
    const rows = [...page.querySelectorAll('li')].map(wordsOf)
    expect(rows.map((row) => row.slice(0, 4))).toEqual(['血压测量', '糖尿病人', '健康讲座'])
    expect(rows[0]).toContain('来不及了最迟本应 11月2日')
    expect(rows[1]).toContain('还欠 26 次 · 11 人')
    expect(rows[1]).toContain('最后机会最迟 11月27日')
    expect(rows[2]).toContain('落后于进度最迟 2027年1月3日')
    expect(rowOf(page, '糖尿病人').getAttribute('href')).toBe('/window/k1/2026-10-01')
  })

  it('by clinician names the institution of each period, and where nobody goes', async () => {
    const windows = [windowAtRisk()]
    const nobody = { agreement: null, clinician: null, owed: 26, first_chance: null, windows }
    const known = { ...nobody, clinician: { id: 'd1', name: '李文静' } }
    answers.set('/at-risk', atRiskOf({ by: 'clinician', total: 900, shown: 500, groups: [known, nobody] }))
    const page = await open('/fulfilment/at-risk?by=clinician')
    expect([...page.querySelectorAll('summary h2')].map(wordsOf)).toEqual(['李文静', '近 90 天没有人巡诊'])
    expect(wordsOf(page.querySelector('li'))).toContain('颐养园养老院 · 2026年第四季度')
    expect(wordsOf(page)).toContain('共 900 个周期，这里是最急的 500 个')
    expect(asked[0]?.[0]).toBe('/at-risk?by=clinician')
  })
})

describe('published periods', () => {
  it('show before and after of what changed, with the cause in words', async () => {
    answers.set('/published/p1', publishedOf())
    const page = await open('/fulfilment/published/p1')
    const words = wordsOf(page)
    expect(words).toContain('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08')
    expect(words).toContain('公布之后的调整 2')
    expect(wordsOf(rowOf(page, '记录或确认有变化'))).toContain('确认公布时2现在3')
    expect(words).toContain('现在 90.0%')
    expect(page.querySelector('a[href$="/rows"]')).toBeNull()
  })

  it('show how far one is that is being frozen, until it is published', async () => {
    const under = publishedOf({ state: 'pending', digest: '', progress: { frozen: 1200, of: 5000 }, agreements: [], adjustments: [] })
    answers.set('/published/p1', under)
    const page = await open('/fulfilment/published/p1')
    expect(wordsOf(page.querySelector('[role=status]'))).toContain('已冻结 1,200 / 5,000 份协议')
    expect(page.querySelector('progress')?.value).toBe(1200)
    answers.set('/published/p1', publishedOf())
    await vi.waitFor(() => expect(wordsOf(page)).toContain('公布之后的调整 2'), 5000)
  })

  it('say why one failed, and begin again', async () => {
    can.mockReturnValue(true)
    answers.set('/published', publishedOf({ state: 'pending' }))
    answers.set('/published/p1', publishedOf({ state: 'failed', failure: 'recomputing', digest: '' }))
    const page = await open('/fulfilment/published/p1')
    expect(wordsOf(page)).toContain('十分钟还没有重新算完')
    answers.set('/published/p1', publishedOf({ state: 'pending', progress: { frozen: 0, of: 0 } }))
    rowOfButton(page, '再公布一次').click()
    await vi.waitFor(() => expect(wordsOf(page)).toContain('马上开始冻结'))
    expect(asked).toContainEqual(['/published', { period: '2026-Q3', region: '999901' }])
  })

  it('show the original text to those who may publish', async () => {
    can.mockImplementation((permission) => permission === 'publishing.write')
    answers.set('/published/p1', publishedOf({ adjustments: [], adjustments_total: 0 }))
    const page = await open('/fulfilment/published/p1')
    expect(page.querySelector('a[href="/api/v1/published/p1/rows"]')).not.toBeNull()
    expect(wordsOf(page)).toContain('公布之后没有变化')
  })

  it('can be published by regulators alone, who are told what is frozen', async () => {
    answers.set('/published', { published: [publishedOf()] })
    expect((await open('/fulfilment/published')).querySelector('button')).toBeNull()
    app.unmount()
    can.mockReturnValue(true)
    answers.set('/standing', standingOf())
    const last = { key: '2025', first: '2025-01-01', last: '2025-12-31' }
    answers.set('/standing?period=2025', standingOf({ period: last, reported_rate: '0.8888' }))
    const page = await open('/fulfilment/published')
    rowOfButton(page, '公布一个周期').click()
    await vi.waitFor(() => expect(page.querySelector('dialog select')).not.toBeNull())
    const offered = [...page.querySelectorAll('dialog option')].map(wordsOf)
    expect(offered).toContain('2026年第二季度')
    expect(offered).not.toContain('2026年第三季度')
    expect(wordsOf(page.querySelector('dialog'))).toContain('2025年的履约率、含待确认和按时率')
    answers.set('/published', publishedOf())
    await vi.waitFor(() => expect(wordsOf(page.querySelector('dialog'))).toContain('现在含待确认 88.8%'))
    rowOfButton(page, '公布2025年').click()
    await vi.waitFor(() => expect(router.currentRoute.value.params).toEqual({ id: 'p1' }))
    expect(asked).toContainEqual(['/published', { period: '2025' }])
  })
})

function rowOfButton(page: HTMLElement, name: string): HTMLButtonElement {
  const button = [...page.querySelectorAll('button')].find((each) => wordsOf(each) === name)
  if (!button) throw new Error(`no button ${name}`)
  return button
}
