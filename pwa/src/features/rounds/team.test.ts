import { describe, expect, it } from 'vitest'
import { line, round } from '@/rules/examples.test-data'
import { began, recordedBy, takesPart } from './team'

const joined = { id: 'nurse', name: '周', at: '', grade: 'C' as const, grade_reasons: [], distance_m: 20, accuracy_m: 12 }
const team = round({ clinician: { id: 'doctor', name: '陈' }, participants: [joined] })

describe('the team of a round', () => {
  it('is who began it and who joined; only the former ends it', () => {
    expect(['doctor', 'nurse', 'other'].map((id) => takesPart(team, id))).toEqual([true, true, false])
    expect(['doctor', 'nurse'].map((id) => began(team, id))).toEqual([true, false])
  })
  it('has its records counted for each, without those withdrawn', () => {
    const by = (id: string) => ({ performer: { id, name: id } })
    const lines = [line(by('doctor')), line(by('nurse')), line(by('nurse')), line({ ...by('nurse'), state: 'void' })]
    expect([...recordedBy(lines)]).toEqual([
      ['doctor', 1],
      ['nurse', 2],
    ])
  })
})
