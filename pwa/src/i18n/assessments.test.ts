import { expect, it } from 'vitest'
import type { Assessment } from '@/api/wire'
import { assessmentInWords } from './assessments'

/** As it comes over the wire, in the order of the alphabet. */
function constitution(types: Record<string, string>): Assessment {
  const names = ['balanced', 'blood_stasis', 'damp_heat', 'phlegm_dampness', 'qi_deficiency', 'qi_stagnation']
  const all = [...names, 'special_diathesis', 'yang_deficiency', 'yin_deficiency']
  return {
    ...{ rule: 'constitution', policy: 'cn-tcm-2013/1' },
    scores: Object.fromEntries(all.map((name) => [name, 4])),
    types: Object.fromEntries(all.map((name) => [name, types[name] ?? 'no'])),
  } as unknown as Assessment
}

it('constitutions stand in the order of the official record, with what to do about those that are certain', () => {
  const words = assessmentInWords(
    constitution({ damp_heat: 'tendency', phlegm_dampness: 'tendency', qi_deficiency: 'yes', yang_deficiency: 'yes' }),
  )
  expect(words.main).toBe('气虚质、阳虚质')
  expect(words.beside).toEqual(['倾向痰湿质、倾向湿热质'])
  expect(words.rows.map(({ code }) => code).slice(0, 3)).toEqual(['qi_deficiency', 'yang_deficiency', 'yin_deficiency'])
  expect(words.rows.at(-1)?.code).toBe('balanced')
  expect(words.advice.map(({ code }) => code)).toEqual(['qi_deficiency', 'yang_deficiency'])
  expect(words.advice[0]?.text).toMatch(/山药/)
})

it('where none is certain, what to do about what is near', () => {
  const words = assessmentInWords(constitution({ balanced: 'basically', damp_heat: 'tendency' }))
  expect(words.advice.map(({ code }) => code)).toEqual(['damp_heat', 'balanced'])
  expect(assessmentInWords(constitution({})).advice).toEqual([])
})

it('the groups of ability stand in the order of the standard', () => {
  const groups = { mental: 28, mobility: 15, self_care: 32, sensory_social: 15 }
  const said = { rule: 'ability', policy: 'gbt-42195-2022/1', total: 90, base: 0, level: 0, adjusted: [], groups }
  const words = assessmentInWords(said as unknown as Assessment)
  expect(words.rows.map(({ code }) => code)).toEqual(['self_care', 'mobility', 'mental', 'sensory_social'])
})
