import type { Round } from '@/api/wire'
import type { useFormat, ValueWords } from '@/i18n'

/** A visit as its times and length: "09:05 – 10:20", "1 小时 15 分". */
export function visitWords(round: Round, format: ReturnType<typeof useFormat>): ValueWords {
  const times = [round.checked_in_at, round.checked_out_at].filter((at) => at !== null).map(format.time)
  return { main: times.join(' – '), detail: round.minutes === null ? null : format.minutes(round.minutes) }
}
