/** What a failed sign-in means to the person in front of it. */

import { Refused, Unreached } from '@/api/client'
import type { useFormat, Translate } from '@/i18n'
import type { accounts } from '@/i18n/messages/accounts'

export interface FailureWords {
  title: string
  text: string
}

type T = Translate<(typeof accounts)['zh']>

export function signInFailure(error: unknown, t: T, format: ReturnType<typeof useFormat>): FailureWords {
  if (error instanceof Unreached) return unreachedWords(error, t)
  if (!(error instanceof Refused)) throw error
  if (error.code === 'throttled') return { title: t('throttled'), text: throttledText(error, t, format) }
  if (error.code === 'sign_in_failed') return { title: t('failed'), text: t('failed_text') }
  return { title: t('refused'), text: error.message }
}

function throttledText(error: Refused, t: T, format: ReturnType<typeof useFormat>): string {
  return t('throttled_text', { time: format.minutes(Math.ceil((error.retryAfter ?? 60) / 60)) })
}

function unreachedWords(error: Unreached, t: T): FailureWords {
  if (error.reason === 'foreign_answer') return { title: t('foreign'), text: t('foreign_text') }
  if (error.reason === 'server_down') return { title: t('server_down'), text: t('server_down_text') }
  return { title: t('unreached'), text: t('unreached_text') }
}
