/**
 * Who is signed in on this device. The account is remembered on the phone, so that the app opens without a network;
 * the server's word replaces it as soon as it can be had.
 */

import { computed, readonly, ref, shallowRef } from 'vue'
import { announce, api, isFailure, onSession, Refused } from '@/api/client'
import type { Me, Permission } from '@/api/wire'
import {
  accountsToWipe,
  deviceName,
  forgetAccount,
  isLeaving,
  leaveAccount,
  markLeft,
  onLeftElsewhere,
  rememberAccount,
  rememberedAccount,
  tellLastViews,
} from '@/offline'

const account = shallowRef<Me | null>(null)
const hasExpired = ref(false)
const wasRevoked = ref(false)

export interface SessionHooks {
  /** An account's data may be opened: after start, and after sign-in with the password that was right. */
  opened: (me: Me, password?: string) => Promise<void>
  /**
   * The account leaves this device, or keeps nothing on it: what it may see goes, what it has not sent stays sealed off.
   * Without the network.
   */
  left: (who: Pick<Me, 'id' | 'name'>) => Promise<void>
}

/** Signing in and out, counted: an answer that was asked for before one of them says nothing any more. */
let changes = 0
let last: Promise<unknown> = Promise.resolve()
let hooks: SessionHooks = { opened: () => Promise.resolve(), left: () => Promise.resolve() }

/** The signed-in account; null where nobody is. */
export const me = readonly(account)
/** The server ended the session while work was going on; the account's data stays open on the phone. */
export const expired = readonly(hasExpired)
/** Somebody ended the session of this device, which was cleared then; until the next sign-in. */
export const revoked = readonly(wasRevoked)
export const signedIn = computed(() => account.value !== null)

export function can(permission: Permission): boolean {
  return account.value?.permissions.includes(permission) ?? false
}

export function canAny(permissions: readonly Permission[]): boolean {
  return permissions.some(can)
}

/** Opens the remembered account at once, and asks the server behind it: no network holds up the first screen. */
export async function startSession(given: SessionHooks): Promise<void> {
  hooks = given
  onSession((change) => {
    if (change === 'revoked') return void clearRevoked()
    hasExpired.value = change === 'signed_out' && account.value !== null
  })
  onLeftElsewhere(() => void leftElsewhere())
  if (typeof window !== 'undefined') window.addEventListener('online', () => void inTurn(endLeftSession))
  // The app was killed while somebody left.
  for (const who of await accountsToWipe()) await hooks.left(who)
  if (await isLeaving()) return void inTurn(endLeftSession)
  account.value = await rememberedAccount()
  void ask()
  if (account.value) await settle(account.value)
}

/** Managers and regulators read online: nothing of theirs is kept on the device, nor of what they were before. */
function keeps({ permissions }: Me): boolean {
  return permissions.includes('sync.use')
}

function settle(who: Me, password?: string): Promise<void> {
  return keeps(who) ? hooks.opened(who, password) : hooks.left(who)
}

/**
 * Asks the server who is signed in. Failures leave things as they are: offline is a normal state. Who signed out
 * is not asked about: the session may live on where the server could not be told.
 */
export async function refresh(): Promise<void> {
  if (!(await isLeaving())) await ask()
}

async function ask(): Promise<void> {
  const asked = changes
  try {
    const next = await api.get<Me>('/session')
    if (asked === changes) await open(next)
  } catch (error) {
    if (!isFailure(error)) throw error
  }
}

/** @throws Refused (sign_in_failed, throttled) or Unreached. */
export function signIn(login: string, password: string): Promise<void> {
  return inTurn(async () => {
    const next = await api.post<Me>('/session', { login, password, device_name: deviceName() })
    changes += 1
    await open(next, password)
  })
}

/** Signs out here at once, for good; where the server cannot be told now, it is told as soon as it can be. */
export async function signOut(): Promise<void> {
  const leaving = account.value
  changes += 1
  await leaveAccount(leaving)
  if (leaving) {
    await hooks.left(leaving)
    await tellLastViews(leaving.id)
  }
  await inTurn(endLeftSession)
  forget()
}

function forget(): void {
  changes += 1
  account.value = null
  hasExpired.value = false
}

/** Another tab took the account off this phone; its person may be signed in all the same, with other roles. */
async function leftElsewhere(): Promise<void> {
  const before = account.value
  forget()
  const asked = changes
  const now = await rememberedAccount()
  if (asked === changes && now && now.id === before?.id) account.value = now
}

/** The session was ended by somebody: nothing may stay readable here, whoever holds the phone. */
async function clearRevoked(): Promise<void> {
  const leaving = account.value
  if (!leaving || (await isLeaving())) return
  forget()
  wasRevoked.value = true
  await forgetAccount(leaving)
  await hooks.left(leaving)
}

/** One after another: the end of the old session must not take the cookie of a new one with it. */
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const next = last.then(task, task)
  last = next
  return next
}

async function endLeftSession(): Promise<void> {
  if ((await isLeaving()) && (await hasEnded())) await markLeft()
}

/** A network that never answers must not hold up the person who leaves. */
const END_WITHIN_MS = 8000

/** Only our server's own word counts: 204 without a body, or that there is no session. */
async function hasEnded(): Promise<boolean> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), END_WITHIN_MS)
  try {
    return (await api.delete('/session', late.signal)) === undefined
  } catch (error) {
    if (!isFailure(error) && !late.signal.aborted) throw error
    return error instanceof Refused && error.signedOut
  } finally {
    clearTimeout(timer)
  }
}

async function open(next: Me, password?: string): Promise<void> {
  const [before, asked] = [account.value, changes]
  const other = before?.id !== next.id
  // The last role that works offline may end while its person goes on with another one.
  const changed = before !== null && keeps(before) !== keeps(next)
  // Opening the same account again sends what waited for the session.
  const anew = other || changed || hasExpired.value || password !== undefined
  account.value = next
  wasRevoked.value = false
  // Whose data goes is noted with it: an app that is killed now goes on when it starts.
  await rememberAccount(next, other || (changed && !keeps(next)) ? before : null)
  if (before && other) await hooks.left(before)
  if (anew && asked === changes) await settle(next, password)
  announce('signed_in')
}
