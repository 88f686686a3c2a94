import { expect, it } from 'vitest'
import { readFile } from './entriesFile'

it('reads a phone’s file and nothing else', () => {
  const ours = { format: 'xunyue-entries', version: 1, account_name: '王医生', entries: [] }
  expect(readFile(JSON.stringify(ours))).toEqual(ours)
  const others = ['', '{', 'null', '[]', '7', '{}', JSON.stringify({ ...ours, format: 'other' }), JSON.stringify({ ...ours, entries: 7 })]
  expect(others.map(readFile)).toEqual(others.map(() => null))
})
