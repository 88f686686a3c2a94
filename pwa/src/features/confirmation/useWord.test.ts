// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { LocalLine } from '@/offline'
import { closeAndWipe, openFor, useOutbox } from '@/offline'
import { currentToast } from '@/ui/toast'
import { useWord } from './useWord'

const line = (id: string, version = 1) => ({ id, version, round_id: 'r1' }) as LocalLine
const { entries, unsettled } = useOutbox()

beforeEach(async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
  await openFor({ id: 'sun', name: '孙护理' })
})

afterEach(async () => {
  for (const { id } of entries.value) await useOutbox().takeBack(id)
  await closeAndWipe()
  vi.unstubAllGlobals()
})

it('makes one entry of each line, so that a corrected line is refused alone', async () => {
  await useWord('r1').confirm([line('a'), line('b', 3)])
  expect(entries.value.map(({ entry }) => [entry.kind, entry.round_id, entry.payload])).toEqual([
    ['confirm', 'r1', { lines: [{ line_id: 'a', version: 1 }] }],
    ['confirm', 'r1', { lines: [{ line_id: 'b', version: 3 }] }],
  ])
  expect(currentToast.value?.text).toContain('2 项')
})

it('says the same of every disputed line, and takes all of it back at once', async () => {
  await useWord('r1').dispute([line('a'), line('b')], 'not_done', null)
  expect(entries.value.map(({ entry }) => entry.payload)).toEqual([
    { lines: [{ line_id: 'a', version: 1 }], reason: 'not_done', text: null },
    { lines: [{ line_id: 'b', version: 1 }], reason: 'not_done', text: null },
  ])
  currentToast.value?.action?.run()
  await vi.waitFor(() => expect(unsettled.value).toBe(0))
})
