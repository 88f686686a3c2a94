/** What is written of a referral, in words. */
import type { Form, FormData, Referral, ReferralStep } from '@/api/wire'
import { phraseOr, useFormat, useMessages } from '@/i18n'
import { referrals } from '@/i18n/messages/referrals'

/** What the form of the service asks that the receiver's field asks already. */
export const HIDDEN: ReadonlySet<string> = new Set(['destination', 'destination_name', 'family_told'])

/** The receiving hospital's name, also of one outside this product; null where none is written. */
export function hospitalOf({ receiver, form }: Pick<Referral, 'receiver' | 'form'>): string | null {
  const written = form['destination_name']
  return receiver?.name ?? (typeof written === 'string' && written ? written : null)
}

export function useReferralWords() {
  const t = useMessages(referrals)
  const format = useFormat()

  /** The fields of the form that were filled in, in its order. */
  function factsOf(form: Form | undefined, values: FormData): { label: string; value: string }[] {
    return (form?.fields ?? []).flatMap((field) => {
      const value = HIDDEN.has(field.name) ? undefined : values[field.name]
      if (typeof value !== 'string' || !value) return []
      const option = field.options?.find((each) => each.value === value)
      return [{ label: format.words(field.label), value: option ? format.words(option.label) : value }]
    })
  }

  function stepWords({ act, reason, outcome, name, relation }: ReferralStep): string {
    if (act === 'decline') return t('did_decline', { reason: phraseOr(referrals, `reason_${reason ?? 'other'}`) })
    if (act === 'close') return t('did_close', { outcome: phraseOr(referrals, `outcome_${outcome ?? ''}`) })
    if (act === 'family') return t('did_family', { who: relation ? `${name ?? ''}(${relation})` : (name ?? '') })
    return t(`did_${act}`)
  }

  return { factsOf, stepWords }
}
