import type { Resident } from './facts'

/**
 * Whether a resident is meant by what was typed: bed, part of the name, pinyin or its initials; words add up.
 */
export function matchesResident(resident: Resident, typed: string): boolean {
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return words.every((word) => matchesWord(resident, word))
}

function matchesWord(resident: Resident, word: string): boolean {
  const bed = resident.bed.toLowerCase()
  return (
    resident.name.toLowerCase().includes(word) ||
    bed.startsWith(word) ||
    bed.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word)) ||
    resident.search.split(' ').some((part) => part.startsWith(word)) ||
    resident.search.replace(/ /g, '').startsWith(word)
  )
}

/** By bed as people read it (2 before 10), then by name. */
export function byBed(left: Resident, right: Resident): number {
  return BEDS.compare(left.bed, right.bed) || left.name.localeCompare(right.name)
}

const BEDS = new Intl.Collator('zh-CN', { numeric: true })
