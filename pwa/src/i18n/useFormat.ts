import type { Day, Instant, Rate, Words } from '@/api/wire'
import * as formats from './formats'
import { activeLocale } from './locale'

/** The formats bound to the language of the screen; used in a template or a computed they follow its switch. */
export function useFormat() {
  return {
    day: (day: Day) => formats.formatDay(activeLocale(), day),
    weekday: (day: Day) => formats.formatWeekday(activeLocale(), day),
    dayWithWeekday: (day: Day) => formats.formatDayWithWeekday(activeLocale(), day),
    date: (day: Day) => formats.formatDate(activeLocale(), day),
    near: (day: Day, present: Day) => formats.formatDayNear(activeLocale(), day, present),
    month: (month: string) => formats.formatMonth(activeLocale(), month),
    monthShort: (month: string) => formats.formatMonthShort(activeLocale(), month),
    time: (instant: Instant) => formats.formatTime(activeLocale(), instant),
    moment: (instant: Instant) => formats.formatMoment(activeLocale(), instant),
    dateTime: (instant: Instant) => formats.formatDateTime(activeLocale(), instant),
    span: (start: Day, end: Day) => formats.formatSpan(activeLocale(), start, end),
    period: (start: Day, end: Day) => formats.formatPeriod(activeLocale(), start, end),
    ago: (instant: Instant, now = new Date()) => formats.formatAgo(activeLocale(), instant, now),
    between: (from: Instant, to: Instant) => formats.formatBetween(activeLocale(), from, to),
    minutes: (minutes: number) => formats.formatMinutes(activeLocale(), minutes),
    distance: (metres: number) => formats.formatDistance(activeLocale(), metres),
    number: (value: number) => formats.formatNumber(activeLocale(), value),
    rate: (rate: Rate) => formats.formatRate(activeLocale(), rate),
    words: (words: Words) => formats.wordsIn(activeLocale(), words),
  }
}
