import type { CommitmentFulfilment } from '@/api/wire'
import type { Translate } from '@/i18n'
import type { fulfilment } from '@/i18n/messages/fulfilment'
import { dueFigures } from './figures'
import { demandWords } from './requests'

/** The counts behind a commitment's rate as one line: what was owed, confirmed, late, excused, and what still waits. */
export function dueWords(commitment: CommitmentFulfilment, t: Translate<(typeof fulfilment)['zh']>): string {
  if (commitment.kind === 'on_demand') return demandWords(commitment, t)
  const { owed, confirmed, late, excused, pending } = dueFigures(commitment)
  if (owed + excused === 0) return t('nothing_due')
  return [
    t('due', { owed, confirmed }),
    ...(late ? [t('of_late', { n: late })] : []),
    ...(excused ? [t('of_excused', { n: excused })] : []),
    ...(pending ? [t('pending_more', { n: pending })] : []),
  ].join(' · ')
}
