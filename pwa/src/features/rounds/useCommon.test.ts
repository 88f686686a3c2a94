// @vitest-environment happy-dom
import { nextTick } from 'vue'
import { expect, it } from 'vitest'
import type { Field } from '@/api/wire'
import { useCommon } from './useCommon'

const timing = { name: 'timing', type: 'choice', label: { zh: '', en: '' }, required: true } as Field

/** A page of its own: what the page before noted in its address's place in the history is not here. */
function opened(list: string, comesBack: boolean) {
  history.replaceState({}, '')
  return useCommon(list, [timing], comesBack)
}

it('stands when somebody comes back to the list, and is asked where one is begun', async () => {
  const first = opened('visit glucose', false)
  expect(first.missing.value).toBe(timing)
  first.common['timing'] = 'fasting'
  await nextTick()
  expect(opened('visit glucose', true).missing.value).toBeUndefined()
  expect(opened('visit glucose', false).missing.value).toBe(timing)
})

it('is not another list’s', () => {
  opened('visit glucose', false).common['timing'] = 'fasting'
  expect(opened('visit pressure', true).missing.value).toBe(timing)
})
