/** Whether the browser keeps what it was given, and how much room there is. */
import { readonly, ref, shallowRef } from 'vue'

/** Bytes; what the browser says of this site as a whole. */
export interface Room {
  used: number
  of: number
}

/** Less than this left is said: a day's rounds take about a hundredth of it. */
export const LITTLE_ROOM = 20 * 1024 * 1024

const persisted = ref<boolean | null>(null)
const room = shallowRef<Room | null>(null)

/** Asks the browser not to clear the data when space runs short. */
export async function askToPersist(): Promise<void> {
  if (typeof navigator.storage?.persist !== 'function') return
  persisted.value = (await navigator.storage.persisted()) || (await navigator.storage.persist())
}

async function measure(): Promise<void> {
  if (typeof navigator.storage?.estimate !== 'function') return
  const { usage, quota } = await navigator.storage.estimate()
  room.value = usage === undefined || quota === undefined ? null : { used: usage, of: quota }
}

export function useStorage() {
  void measure()
  return {
    /** Whether the browser promised to keep the data; null where it does not say. */
    persisted: readonly(persisted),
    room: readonly(room),
  }
}
