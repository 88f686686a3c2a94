/** Saying the next step of a referral: an entry like any other, kept on the phone and sent when it can be. */
import type { Kind, Payloads, Uuid } from '@/api/wire'
import { useMessages } from '@/i18n'
import { referrals } from '@/i18n/messages/referrals'
import { enqueue } from '@/offline'
import { useKeep } from '../rounds/useKeep'

type StepKind = Extract<Kind, `referral_${string}`>
type Words<K extends StepKind> = Omit<Payloads[K], 'referral_id' | 'text'> & { text?: string | null }

export function useSaying(referralId: () => Uuid) {
  const t = useMessages(referrals)
  const { keep } = useKeep()

  /** Keeps the step and says so; false where the phone is full. */
  async function say<K extends Exclude<StepKind, 'referral_request'>>(
    kind: K,
    what: string,
    words: Words<K>,
  ): Promise<boolean> {
    const id = referralId()
    const payload = { referral_id: id, text: null, ...words } as unknown as Payloads[K]
    const kept = await keep(
      () => enqueue(kind, id, payload),
      t('said', { what }),
      (entry) => entry.id,
    )
    return kept !== null
  }

  return { say }
}
