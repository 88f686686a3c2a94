/** What a person does at the lock: open it by password or fingerprint, lock it, enrol a fingerprint. */
import { computed, readonly, ref, watch } from 'vue'
import { inTurn, lock, unlocked } from './account'
import { addPrfWrap, bitsBehind, dropPrfWrap, openByBits, openByPassword } from './accountKey'
import { unwrap, type Wrap } from './dataKey'
import { enrol, hasAuthenticator, secretOf } from './prf'
import { readMeta } from './schema'
import { current, vault } from './state'
import { canEncrypt } from './vault'

const wraps = ref<Wrap['by'][]>([])
const authenticator = ref(false)

async function look(): Promise<void> {
  const db = current.value?.db
  const key = db && (await readMeta(db, 'key'))
  wraps.value = (key?.wraps ?? []).map(({ by }) => by)
  authenticator.value = canEncrypt() && (await hasAuthenticator())
}

watch([current, vault], () => void look())

/** Opens the phone with the password it was last signed in with; false when that is another one. */
function unlock(password: string): Promise<boolean> {
  return inTurn(async () => {
    const db = current.value?.db
    const opened = db && (await openByPassword(db, password, Date.now()))
    if (opened) await unlocked(opened)
    return Boolean(opened)
  })
}

/** Opens it with the enrolled fingerprint; false when its person declined. */
async function unlockByPrf(): Promise<boolean> {
  const db = current.value?.db
  const key = db && (await readMeta(db, 'key'))
  const wrap = key?.wraps.find(({ by }) => by === 'prf')
  const secret = wrap?.credential && (await secretOf(wrap.credential, wrap.salt))
  const bits = secret && (await unwrap(wrap, secret))
  if (!db || !bits) return false
  return inTurn(async () => {
    await unlocked(await openByBits(db, bits, Date.now()))
    return true
  })
}

export type Enrolment = 'done' | 'wrong_password' | 'declined'

/** Lets the fingerprint open this account here; the password proves that its owner asks. */
async function enrolPrf(password: string, login: string): Promise<Enrolment> {
  const account = current.value
  const bits = account && (await bitsBehind(account.db, password))
  if (!bits) return 'wrong_password'
  const enrolled = await enrol({ ...account.author, login })
  if (!enrolled) return 'declined'
  await addPrfWrap(account.db, bits, enrolled.secret, enrolled.salt, enrolled.credential)
  await look()
  return 'done'
}

async function removePrf(): Promise<void> {
  if (current.value) await dropPrfWrap(current.value.db)
  await look()
}

/** The lock of the open account, and what opens it. */
export function useLock() {
  void look()
  return {
    /** The account is open and its key is not here: nothing may be shown. */
    locked: computed(() => current.value !== null && vault.value === null),
    /** false: the browser gives no WebCrypto, what waits lies here readable, and the rest is not kept. */
    encrypts: computed(() => vault.value?.encrypts ?? canEncrypt()),
    /** What opens it here, without a network. */
    wraps: readonly(wraps),
    authenticator: readonly(authenticator),
    lock,
    unlock,
    unlockByPrf,
    enrolPrf,
    removePrf,
  }
}
