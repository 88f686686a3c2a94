/** What was received, page by page. */
import { onScopeDispose, shallowRef, watch } from 'vue'
import { Refused, api, isFailure, type Failure } from '@/api/client'
import type { Ledger, LedgerEntry, Received, Uuid } from '@/api/wire'

export type Query = Record<string, string>

/** The first page of what `query` asks for, and further ones with `more`. */
export function useReceived(query: () => Query) {
  const entries = shallowRef<LedgerEntry[] | null>(null)
  const next = shallowRef<string | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let asking: AbortController | null = null

  async function read(before: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    failure.value = null
    try {
      const page = await api.get<Ledger>('/ledger', { ...query(), ...(before && { before }) }, mine.signal)
      entries.value = before ? [...(entries.value ?? []), ...page.entries] : page.entries
      next.value = page.next
    } catch (error) {
      if (mine.signal.aborted) return
      if (!isFailure(error)) throw error
      failure.value = error
    }
  }

  async function reload(): Promise<void> {
    entries.value = null
    await read(null)
  }

  watch(query, reload, { immediate: true })
  onScopeDispose(() => asking?.abort())
  return { entries, next, failure, reload, more: () => read(next.value) }
}

/** One of them, with what took its place or what it was mended from; null where it is not there for this reader. */
export async function findReceived(id: Uuid): Promise<Received | null> {
  try {
    return await api.get<Received>(`/ledger/${id}`)
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null
    throw error
  }
}
