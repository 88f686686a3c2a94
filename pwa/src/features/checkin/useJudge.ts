import { useWorkingSet } from '@/offline'
import { judgeScan, type Scanned } from '@/rules/codes'

/** Judges scanned texts by the keys and institutions on this phone. */
export function useJudge(): (text: string) => Promise<Scanned> {
  const { reference, institutions } = useWorkingSet()
  // Only encrypted addresses have WebCrypto, whatever the types say.
  const { subtle } = crypto as { subtle?: SubtleCrypto }
  return (text) => judgeScan(text, { keys: reference.value?.keys ?? [], institutions: institutions.value }, subtle)
}
