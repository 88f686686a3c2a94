import { expect, it } from 'vitest'
import { bedInWords } from './names'

it.each([
  ['101-1', '颐养园养老院', '101-1 床'],
  ['24号', '松鹤日间照料中心', '座位 24号'],
  ['24号', '颐养园养老院', '24号'],
  ['24号', undefined, '24号'],
  ['3号床', '颐养园养老院', '3号床'],
])('%s of %s is called %s', (bed, institution, words) => {
  expect(bedInWords(bed, institution)).toBe(words)
})
