/** A clause as labelled facts: what its sentence leaves out. Pure. */

import type { CommitmentFulfilment } from '@/api/wire'
import { categoryName, partialInWords, serviceName, type Translate, type useFormat } from '@/i18n'
import type { fulfilment } from '@/i18n/messages/fulfilment'

interface Fact {
  label: string
  value: string
}

export function clauseFacts(
  commitment: CommitmentFulfilment,
  t: Translate<(typeof fulfilment)['zh']>,
  format: ReturnType<typeof useFormat>,
): Fact[] {
  const { services, match, terms, promised_by_year: years, weight, category } = commitment
  const partial = partialInWords(commitment)
  const fact = (label: string, values: string[]) => (values.length ? [{ label, value: values.join(' · ') }] : [])
  return [
    { label: t('category'), value: categoryName(category) },
    { label: t(match === 'all' ? 'clause_services_all' : 'clause_services'), value: services.map(serviceName).join(' · ') },
    // One count from the first day on says no more than the sentence does.
    ...fact(t('clause_terms'), terms.length > 1 ? terms.map((term) => termInWords(term, t, format)) : []),
    ...fact(t('clause_years'), years.map(({ year, promised }) => t('promised_in', { year, n: promised }))),
    ...(partial === null ? [] : [{ label: t('clause_partial'), value: partial }]),
    { label: t('clause_weight'), value: weight },
  ]
}

function termInWords(
  { from, count }: CommitmentFulfilment['terms'][number],
  t: Translate<(typeof fulfilment)['zh']>,
  format: ReturnType<typeof useFormat>,
): string {
  const date = format.date(from)
  return count > 0 ? t('clause_term', { date, n: count }) : t('clause_term_none', { date })
}
