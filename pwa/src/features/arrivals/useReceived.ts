/** What was received, page by page. */
import { Refused, api } from '@/api/client'
import { usePages } from '@/api/usePages'
import type { Ledger, LedgerEntry, Received, Uuid } from '@/api/wire'

export type Query = Record<string, string>

/** The first page of what `query` asks for, and further ones with `more`. */
export function useReceived(query: () => Query) {
  const { rows, ...pages } = usePages<LedgerEntry>(query, async (before, signal) => {
    const page = await api.get<Ledger>('/ledger', { ...query(), ...(before && { before }) }, signal)
    return { rows: page.entries, next: page.next }
  })
  return { entries: rows, ...pages }
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
