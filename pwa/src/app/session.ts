/**
 * Who is signed in on this device. The account is remembered on the phone, so that the app opens without a network;
 * the server's word replaces it as soon as it can be had.
 */

import { computed, readonly, ref, shallowRef } from 'vue'
import { announce, api, isFailure, onSession } from '@/api/client'
import type { Me, Permission } from '@/api/wire'
import { deviceName, forgetAccount, rememberAccount, rememberedAccount } from '@/offline'

const account = shallowRef<Me | null>(null)
const hasExpired = ref(false)

export interface SessionHooks {
  /** An account's data may be opened: after start and after sign-in. */
  opened: (me: Me) => Promise<void>
  /** The account leaves this device: what it may see goes, what it has not sent stays sealed off. */
  left: (me: Me) => Promise<void>
}

let hooks: SessionHooks = { opened: () => Promise.resolve(), left: () => Promise.resolve() }

/** The signed-in account; null where nobody is. */
export const me = readonly(account)
/** The server ended the session while work was going on; the account's data stays open on the phone. */
export const expired = readonly(hasExpired)
export const signedIn = computed(() => account.value !== null)

export function can(permission: Permission): boolean {
  return account.value?.permissions.includes(permission) ?? false
}

export function canAny(permissions: readonly Permission[]): boolean {
  return permissions.some(can)
}

/** Opens the remembered account at once, and asks the server behind it; without one, waits for the server. */
export async function startSession(given: SessionHooks): Promise<void> {
  hooks = given
  onSession((change) => {
    hasExpired.value = change === 'signed_out' && account.value !== null
  })
  account.value = await rememberedAccount()
  const asked = refresh()
  if (account.value) await hooks.opened(account.value)
  else await asked
}

/** Asks the server who is signed in. Failures leave things as they are: offline is a normal state. */
export async function refresh(): Promise<void> {
  try {
    await open(await api.get<Me>('/session'))
  } catch (error) {
    if (!isFailure(error)) throw error
  }
}

/** @throws Refused (sign_in_failed, throttled) or Unreached. */
export async function signIn(login: string, password: string): Promise<void> {
  await open(await api.post<Me>('/session', { login, password, device_name: deviceName() }))
}

/** Signs out here even when the server cannot be told: the cookie then ends by itself. */
export async function signOut(): Promise<void> {
  const leaving = account.value
  try {
    await api.delete('/session')
  } catch (error) {
    if (!isFailure(error)) throw error
  }
  if (leaving) await hooks.left(leaving)
  await forgetAccount()
  account.value = null
  hasExpired.value = false
}

async function open(next: Me): Promise<void> {
  const before = account.value
  if (before && before.id !== next.id) await hooks.left(before)
  account.value = next
  await rememberAccount(next)
  // Opening the same account again sends what waited for the session.
  if (before?.id !== next.id || hasExpired.value) await hooks.opened(next)
  announce('signed_in')
}
