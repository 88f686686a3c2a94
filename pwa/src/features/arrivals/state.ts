import type { LedgerEntry } from '@/api/wire'
import type { IconName } from '@/ui'

export type State = 'refused' | 'given_up' | 'repaired' | 'stored'

/** Where an entry stands; one that its author gave up calls for nobody. */
export function stateOf({ outcome, dropped }: Pick<LedgerEntry, 'outcome' | 'dropped'>): State {
  return outcome === 'refused' && dropped ? 'given_up' : outcome
}

export const TONES: Readonly<Record<State, { tone: 'bad' | 'neutral' | 'accent'; icon: IconName }>> = {
  refused: { tone: 'bad', icon: 'cross' },
  given_up: { tone: 'neutral', icon: 'half' },
  repaired: { tone: 'accent', icon: 'pencil' },
  stored: { tone: 'accent', icon: 'check' },
}
