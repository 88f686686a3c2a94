/**
 * Whom the account looked at: the server sees no read of what the phone holds, so the phone tells it, once for a
 * resident and an hour, as soon as there is a network.
 */
import type { Uuid } from '@/api/wire'
import { exclusively } from './exclusive'
import { readMeta, type AccountDatabase, type View } from './schema'
import type { Transport } from './transport'

const HOUR_MS = 3_600_000
/** As many as the server takes at once. */
const AT_ONCE = 500

/** Notes that the resident was shown. */
export async function keepView(db: AccountDatabase, resident_id: Uuid, now: number): Promise<void> {
  const at = new Date(Math.floor(now / HOUR_MS) * HOUR_MS).toISOString()
  const tx = db.transaction('meta', 'readwrite')
  const seen = ((await tx.store.get('views')) as readonly View[] | undefined) ?? []
  if (!seen.some((each) => each.resident_id === resident_id && each.at === at))
    await tx.store.put([...seen, { resident_id, at }], 'views')
  await tx.done
}

/** Tells the server; what it did not take is told with the next sync, or when the account returns to this phone. */
export function sendViews(
  db: AccountDatabase,
  account: Uuid,
  { tellViews }: Pick<Transport, 'tellViews'>,
  signal?: AbortSignal,
): Promise<void> {
  return exclusively(`xunyue-views-${account}`, async () => {
    if (signal?.aborted) return
    const told = ((await readMeta(db, 'views')) ?? []).slice(0, AT_ONCE)
    if (told.length === 0 || !(await tellViews(account, told, signal)).ok) return
    await forget(db, told)
  })
}

async function forget(db: AccountDatabase, told: readonly View[]): Promise<void> {
  const known = new Set(told.map(keyOf))
  const tx = db.transaction('meta', 'readwrite')
  const now = ((await tx.store.get('views')) as readonly View[] | undefined) ?? []
  await tx.store.put(
    now.filter((view) => !known.has(keyOf(view))),
    'views',
  )
  await tx.done
}

function keyOf({ resident_id, at }: View): string {
  return `${resident_id}|${at}`
}
