/**
 * Which institutions this phone holds, where all of them are more than it can hold. The choice is this phone's
 * own and outlives sign-out; what was made for the others is sent all the same.
 */
import { computed, readonly } from 'vue'
import type { Uuid } from '@/api/wire'
import { syncNow } from './account'
import { chooseFor } from './device'
import { chosen, current, tooMany } from './state'
import { transport, type Failed } from './transport'

export interface Sized {
  id: Uuid
  name: string
  rows: number
}

/** Rows that a phone may hold, rows there are, and of which institutions, the largest first. */
export interface Sizes {
  limit: number
  rows: number
  institutions: Sized[]
}

/** `fits`: all of it can be held here. */
export type Looked = { ok: true; sizes: Sizes | 'fits' } | { ok: false; problem: Failed }

/** Asks the server how much there is of each institution that this account serves. */
async function look(): Promise<Looked> {
  const answer = await transport.pull(undefined)
  if (answer.ok) return { ok: true, sizes: 'fits' }
  if (answer.problem !== 'too_many_rows') return answer
  return { ok: true, sizes: answer.details as unknown as Sizes }
}

/** Holds these institutions from now on, null: all; what is held of others goes with the next pull. */
async function choose(ids: readonly Uuid[] | null): Promise<void> {
  if (!current.value) return
  // A list that a screen watches cannot be kept as it is.
  const institutions = ids && [...ids]
  await chooseFor(current.value.author.id, institutions)
  chosen.value = institutions
  tooMany.value = false
  current.value.tabs.tell('rows')
  await syncNow()
}

export function useHolding() {
  return {
    chosen: readonly(chosen),
    /** Nothing new comes until some were chosen. */
    tooMany: computed(() => tooMany.value),
    look,
    choose,
  }
}
