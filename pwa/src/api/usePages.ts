/** A list that is read page by page, and from its beginning when what is asked for changes. */
import { onScopeDispose, shallowRef, watch, type WatchSource } from 'vue'
import { isFailure, type Failure } from './client'

export interface PageOf<Row> {
  rows: readonly Row[]
  /** Where the next page begins; null after the last. */
  next: string | null
}

/** `read` gets the page that begins at `next` of the one before, null: the first. A later question ends an earlier. */
export function usePages<Row>(
  wanted: WatchSource,
  read: (next: string | null, signal: AbortSignal) => Promise<PageOf<Row>>,
) {
  const rows = shallowRef<readonly Row[] | null>(null)
  const next = shallowRef<string | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let asking: AbortController | null = null

  async function ask(from: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    failure.value = null
    try {
      const page = await read(from, mine.signal)
      rows.value = from ? [...(rows.value ?? []), ...page.rows] : page.rows
      next.value = page.next
    } catch (error) {
      if (mine.signal.aborted) return
      if (!isFailure(error)) throw error
      failure.value = error
    }
  }

  async function reload(): Promise<void> {
    rows.value = null
    await ask(null)
  }

  watch(wanted, reload, { immediate: true })
  onScopeDispose(() => asking?.abort())
  return { rows, next, failure, reload, more: () => ask(next.value) }
}
