/** What is written of a referral, in words. */
import type { Form, FormData, Referral, ReferralStep } from '@/api/wire'
import { phraseOr, useFormat, useMessages } from '@/i18n'
import { forms } from '@/i18n/messages/forms'
import { referrals } from '@/i18n/messages/referrals'
import { isDay } from '@/rules/formFields'

/** What a form asks that the choice of the hospital says already. */
export const HIDDEN: ReadonlySet<string> = new Set(['destination', 'destination_name', 'from_name'])

/** What these say, as far as the form asks for it; `named` is a hospital of the list. */
export function placesOf(form: Form, hospital: string, from: string, named: boolean): FormData {
  const said: FormData = {
    destination: named ? 'partner_emergency' : 'nearest_emergency',
    destination_name: hospital,
    from_name: from,
  }
  const asked = new Set(form.fields.map(({ name }) => name))
  return Object.fromEntries(Object.entries(said).filter(([name]) => asked.has(name)))
}

/** The receiving hospital's name, also of one outside this product; null where none is written. */
export function hospitalOf({ receiver, form }: Pick<Referral, 'receiver' | 'form'>): string | null {
  const written = form['destination_name']
  return receiver?.name ?? (typeof written === 'string' && written ? written : null)
}

export function useReferralWords() {
  const t = useMessages(referrals)
  const tf = useMessages(forms)
  const format = useFormat()

  /** The fields of the form that were filled in, in its order. */
  function factsOf(form: Form | undefined, values: FormData): { label: string; value: string }[] {
    return (form?.fields ?? []).flatMap((field) => {
      const said = HIDDEN.has(field.name) ? [] : [values[field.name]].flat()
      const words = said
        .filter((each) => typeof each === 'string' && each !== '')
        .map((each) => {
          const option = field.options?.find(({ value }) => value === each)
          if (option) return format.words(option.label)
          return field.type === 'date' && isDay(each) ? format.date(each) : String(each)
        })
      return words.length ? [{ label: format.words(field.label), value: words.join(tf('join')) }] : []
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
