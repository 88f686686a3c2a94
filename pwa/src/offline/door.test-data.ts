/** The server's door, for tests of what phones send. */
import type { Entry, Result, SyncRequest } from '@/api/wire'

export const ME = 'doctor'

/**
 * A server door with a ledger; each request is answered by the next planned answer, else as the contract
 * says.
 */
export class Door {
  constructor(readonly time: () => number) {}

  ledger = new Map<string, Entry>()
  requests: SyncRequest[] = []
  session: string | null = ME
  refuse = new Map<string, string>()
  busy = new Set<string>()
  plan: ((answer: () => Response) => Response | Promise<Response>)[] = []

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    if (url.endsWith('/session'))
      return this.session
        ? json({ id: this.session, name: '', memberships: [], permissions: [] })
        : signedOut()
    const request = JSON.parse(String(init.body)) as SyncRequest
    const answer = () => {
      this.requests.push(request)
      return json({ protocol: 1, server_time: new Date(this.time()).toISOString(), results: request.entries.map((entry) => this.take(entry as Entry)) })
    }
    return (this.plan.shift() ?? ((given) => given()))(answer)
  }

  private take(entry: Entry): Result {
    const result = { id: entry.id, code: null, message: null, fields: [], record: { id: entry.id } }
    const code = this.refuse.get(entry.id)
    if (code) return { ...result, outcome: 'refused', code, message: code, record: null }
    if (this.busy.has(entry.id)) return { ...result, outcome: 'busy', record: null }
    const known = this.ledger.get(entry.id)
    if (known && JSON.stringify(known) !== JSON.stringify(entry))
      return { ...result, outcome: 'refused', code: 'content_differs' }
    this.ledger.set(entry.id, entry)
    return { ...result, outcome: known ? 'duplicate' : 'stored' }
  }
}

export const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
export const html = (status = 200) => new Response('<html>', { status, headers: { 'Content-Type': 'text/html' } })
export const signedOut = () => json({ error: { code: 'signed_out' } }, 401)
