/** The answers a field offers, whatever its type. */
import type { Field, FieldOption, Words } from '@/api/wire'
import { useMessages } from '@/i18n'
import { rounds } from '@/i18n/messages/rounds'

export interface Answer {
  value: string | number | boolean
  label: Words | string
}

const t = useMessages(rounds)

export function answersOf(field: Field): Answer[] {
  if (field.type !== 'boolean') return field.options ?? ([] as FieldOption[])
  return [true, false].map((value) => ({ value, label: t(value ? 'yes' : 'no') }))
}
