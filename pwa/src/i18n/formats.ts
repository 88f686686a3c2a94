/** Dates, ages, counts and rates in words. Pure: the language and the present are arguments. */

import type { Day, Instant, Rate, Words } from '@/api/wire'
import type { Locale } from './locale'

/** Everyone here works on Chinese time, whatever the phone believes. */
export const ZONE = 'Asia/Shanghai'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const cache = new Map<string, Intl.DateTimeFormat>()

function dateFormat(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options)
  const known = cache.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'zh-CN', options)
  cache.set(key, made)
  return made
}

function noon(day: Day): Date {
  return new Date(`${day}T12:00:00Z`)
}

/** The local calendar day of a moment. */
export function dayOf(instant: Instant | Date, zone = ZONE): Day {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date(instant))
}

/** "11月22日", "22 Nov". */
export function formatDay(locale: Locale, day: Day): string {
  return dateFormat(locale, { timeZone: 'UTC', month: locale === 'en' ? 'short' : 'long', day: 'numeric' }).format(
    noon(day),
  )
}

/** "周日", "Sun". */
export function formatWeekday(locale: Locale, day: Day): string {
  return dateFormat(locale, { timeZone: 'UTC', weekday: 'short' }).format(noon(day))
}

/** "11月22日 周日", "Sun 22 Nov". */
export function formatDayWithWeekday(locale: Locale, day: Day): string {
  const [date, weekday] = [formatDay(locale, day), formatWeekday(locale, day)]
  return locale === 'en' ? `${weekday} ${date}` : `${date} ${weekday}`
}

/** "2026年11月22日", "22 Nov 2026". */
export function formatDate(locale: Locale, day: Day): string {
  const month = locale === 'en' ? 'short' : 'long'
  return dateFormat(locale, { timeZone: 'UTC', year: 'numeric', month, day: 'numeric' }).format(noon(day))
}

/** The day, with its year where that is not the year of `present`: "3月12日", "2027年3月12日". */
export function formatDayNear(locale: Locale, day: Day, present: Day): string {
  return day.slice(0, 4) === present.slice(0, 4) ? formatDay(locale, day) : formatDate(locale, day)
}

/** "2026年11月", "Nov 2026"; `month` is "2026-11". */
export function formatMonth(locale: Locale, month: string): string {
  const style = locale === 'en' ? 'short' : 'long'
  return dateFormat(locale, { timeZone: 'UTC', year: 'numeric', month: style }).format(noon(`${month}-15`))
}

/** "11月", "Nov": for the axis of a chart. */
export function formatMonthShort(locale: Locale, month: string): string {
  return dateFormat(locale, { timeZone: 'UTC', month: 'short' }).format(noon(`${month}-15`))
}

/** "13:06". */
export function formatTime(locale: Locale, instant: Instant, zone = ZONE): string {
  const options = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return dateFormat(locale, options).format(new Date(instant))
}

/** "11月22日 13:06", "22 Nov 13:06". */
export function formatMoment(locale: Locale, instant: Instant, zone = ZONE): string {
  return `${formatDay(locale, dayOf(instant, zone))} ${formatTime(locale, instant, zone)}`
}

/** "2026年11月22日 13:06", "22 Nov 2026 13:06". */
export function formatDateTime(locale: Locale, instant: Instant, zone = ZONE): string {
  return `${formatDate(locale, dayOf(instant, zone))} ${formatTime(locale, instant, zone)}`
}

/** "2026年11月16日 – 22日": year and month are said once where they are the same. */
export function formatSpan(locale: Locale, start: Day, end: Day): string {
  if (start === end) return formatDate(locale, start)
  if (start.slice(0, 4) !== end.slice(0, 4)) return `${formatDate(locale, start)} – ${formatDate(locale, end)}`
  const sameMonth = start.slice(0, 7) === end.slice(0, 7)
  if (locale === 'en') return `${sameMonth ? dayOfMonth(start) : formatDay(locale, start)} – ${formatDate(locale, end)}`
  return `${formatDate(locale, start)} – ${sameMonth ? `${dayOfMonth(end)}日` : formatDay(locale, end)}`
}

function dayOfMonth(day: Day): string {
  return String(Number(day.slice(8)))
}

const PERIODS: readonly { months: number; name: (locale: Locale, year: string, number: number) => string }[] = [
  { months: 3, name: (locale, year, n) => (locale === 'en' ? `Q${String(n)} ${year}` : `${year}年第${'一二三四'.charAt(n - 1)}季度`) },
  { months: 6, name: (locale, year, n) => (locale === 'en' ? `H${String(n)} ${year}` : `${year}年${n === 1 ? '上' : '下'}半年`) },
  { months: 12, name: (locale, year) => (locale === 'en' ? year : `${year}年`) },
]

/** A span by its name where it is a whole calendar month, quarter, half-year or year, else from day to day. */
export function formatPeriod(locale: Locale, start: Day, end: Day): string {
  const [year, first, last] = [start.slice(0, 4), Number(start.slice(5, 7)), Number(end.slice(5, 7))]
  if (year !== end.slice(0, 4) || !start.endsWith('-01') || !isLastOfMonth(end)) return formatSpan(locale, start, end)
  const months = last - first + 1
  if (months === 1) return formatMonth(locale, start.slice(0, 7))
  const period = PERIODS.find((known) => known.months === months && (first - 1) % months === 0)
  return period ? period.name(locale, year, (first - 1) / months + 1) : formatSpan(locale, start, end)
}

function isLastOfMonth(day: Day): boolean {
  return new Date(noon(day).getTime() + DAY).getUTCDate() === 1
}

/** "刚刚", "3 分钟前", "昨天": how long ago. A clock that is ahead of the server's gives "刚刚". */
export function formatAgo(locale: Locale, instant: Instant, now: Date): string {
  const past = now.getTime() - new Date(instant).getTime()
  if (past < MINUTE) return locale === 'en' ? 'just now' : '刚刚'
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: past < DAY ? 'always' : 'auto' })
  return spaced(relative.format(...largestUnit(-past)))
}

function largestUnit(ms: number): [number, Intl.RelativeTimeFormatUnit] {
  if (Math.abs(ms) < HOUR) return [Math.trunc(ms / MINUTE), 'minute']
  if (Math.abs(ms) < DAY) return [Math.trunc(ms / HOUR), 'hour']
  return [Math.trunc(ms / DAY), 'day']
}

/** Chinese typesetting puts a space between a figure and the words around it; Intl does not. */
function spaced(text: string): string {
  return text.replace(/(\d)(?=[\u3400-\u9fff])/g, '$1 ').replace(/([\u3400-\u9fff])(?=\d)/g, '$1 ')
}

/** A figure and its unit stay on one line. */
function together(text: string): string {
  return text.replaceAll(' ', '\u00a0')
}

/** "75" minutes → "1 小时 15 分", "1 h 15 min". */
export function formatMinutes(locale: Locale, minutes: number): string {
  const whole = Math.max(0, Math.floor(minutes))
  const [hours, rest] = [Math.floor(whole / 60), whole % 60]
  const [h, min, onlyMin] = locale === 'en' ? ['h', 'min', 'min'] : ['小时', '分', '分钟']
  if (!hours) return together(`${String(rest)} ${onlyMin}`)
  return together(rest ? `${String(hours)} ${h} ${String(rest)} ${min}` : `${String(hours)} ${h}`)
}

/** The time between two moments, in the largest unit that says something: "不到 1 分钟", "2 小时 5 分", "3 天". */
export function formatBetween(locale: Locale, from: Instant, to: Instant): string {
  const ms = new Date(to).getTime() - new Date(from).getTime()
  if (ms < MINUTE) return locale === 'en' ? 'less than a minute' : '不到 1 分钟'
  if (ms < 2 * DAY) return formatMinutes(locale, ms / MINUTE)
  const days = Math.floor(ms / DAY)
  return together(locale === 'en' ? `${String(days)} days` : `${String(days)} 天`)
}

/** "46 米", "1.2 公里"; "46 m", "1.2 km". */
export function formatDistance(locale: Locale, metres: number): string {
  const [m, km] = locale === 'en' ? ['m', 'km'] : ['米', '公里']
  return metres < 1000
    ? `${String(Math.round(metres))} ${m}`
    : `${formatNumber(locale, Math.round(metres / 100) / 10)} ${km}`
}

export function formatNumber(locale: Locale, value: number): string {
  return new Intl.NumberFormat(locale).format(value)
}

/** "0.8333" → "83.3%": cut, never rounded up, so that 100.0% means complete. null → "不适用". */
export function formatRate(locale: Locale, rate: Rate): string {
  if (rate === null) return locale === 'en' ? 'n/a' : '不适用'
  const tenThousandths = rateParts(rate)
  const tenths = Math.floor(tenThousandths / 10)
  return `${String(Math.floor(tenths / 10))}.${String(tenths % 10)}%`
}

/** A rate as a number from 0 to 1, for the length of a bar; 0 where there is none. */
export function rateFraction(rate: Rate): number {
  return rate === null ? 0 : Math.min(1, rateParts(rate) / 10_000)
}

/** The rate in whole ten-thousandths, read digit by digit: 0.2899999 must not come out of a binary fraction. */
function rateParts(rate: string): number {
  const [whole = '0', decimals = ''] = rate.split('.')
  return Number(whole) * 10_000 + Number(decimals.padEnd(4, '0').slice(0, 4))
}

/** counted / (promised − excused) as a wire rate: cut to four decimals, null when nothing was owed. */
export function rateOf(counted: number, owed: number): Rate {
  if (owed <= 0) return null
  const parts = Math.floor((counted * 10_000) / owed)
  return `${String(Math.floor(parts / 10_000))}.${String(parts % 10_000).padStart(4, '0')}`
}

export function wordsIn(locale: Locale, words: Words): string {
  return locale === 'en' ? words.en : words.zh
}
