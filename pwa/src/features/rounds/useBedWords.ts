/** How somebody's bed, or seat, is called on a phone, which knows where they live. */
import type { Uuid } from '@/api/wire'
import { bedInWords } from '@/i18n'
import { useWorkingSet } from '@/offline'

export function useBedWords() {
  const { institutions } = useWorkingSet()
  return ({ institution_id: home }: { institution_id: Uuid }, bed: string) =>
    bedInWords(bed, institutions.value.find(({ id }) => id === home)?.name)
}
