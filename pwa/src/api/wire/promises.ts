/** What a clause promises, before anyone signs it. */

import type { Day, Uuid, Words } from './basics'
import type { AgreementHead, Clause, Period, Term, YearPromise } from './fulfilment'

export interface PreviewWindow extends Period {
  deadline: Day
  promised: number
}

/** The clause as one reads it: `count` per unit, `units` whole ones, and `rest_days` of a last one of `rest_of`. */
export interface PlainReading {
  total: number
  per: string
  every: number
  /** Null where the count changes. */
  count: number | null
  units: number
  rest_days: number
  rest_of: number
}

export interface PreviewWarning {
  code: 'rounding_surprises'
  promised: number
  plain: number
  /** The other alignment, and what it would promise. */
  proposal: { align: string; total: number } | null
}

/** What a clause promises, without storing it. */
export interface Promises {
  /** Of one stream: the first 400 of `window_count`. */
  windows: PreviewWindow[]
  window_count: number
  years: YearPromise[]
  total: number
  /** Over the roster of the institution asked for. */
  residents: { eligible: number; total: number; years: YearPromise[] } | null
  plain: PlainReading | null
  warning: PreviewWarning | null
}

export interface CommitmentPromises extends Clause, Promises {
  id: Uuid
  key: string
  title: Words
  category: string
  count: number
  terms: Term[]
}

export interface AgreementPromises {
  agreement: AgreementHead
  commitments: CommitmentPromises[]
}
