import type { FieldError } from '@/api/client'
import { phraseOr } from '@/i18n'
import { knows } from '@/i18n/catalogue'
import { preview } from '@/i18n/messages/preview'

/** A refusal at a field of the form, in words. */
export function errorInWords(error: FieldError | undefined): string | null {
  if (!error) return null
  const key = `error_${error.code}`
  return phraseOr(preview, knows(preview, key) ? key : 'error_other')
}
