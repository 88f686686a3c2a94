/** Whether the browser keeps what it was given, and how much room there is. */
import { computed, readonly, ref, shallowRef } from 'vue'

/** Bytes; what the browser says of this site as a whole. */
export interface Room {
  used: number
  of: number
}

/** Less than this left is said: a day's rounds take about a hundredth of it. */
const LITTLE_ROOM = 20 * 1024 * 1024

const persisted = ref<boolean | null>(null)
const room = shallowRef<Room | null>(null)
/** Something was refused for want of room. Chrome tells every site of 10 GB left, until it refuses. */
const full = ref(false)

/** Whether the browser kept what it was given last. */
export function noteKept(kept: boolean): void {
  full.value = !kept
}

export function isStorageFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError'
}

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
    /** New entries may not fit. */
    littleRoom: computed(() => full.value || (room.value !== null && room.value.of - room.value.used < LITTLE_ROOM)),
  }
}
