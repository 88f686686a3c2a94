import { describe, expect, it } from 'vitest'
import type { Grade } from './facts'
import { joinGrade, parseRoundCode, roundCodeText } from './roundCode'
import golden from '../../../tests/golden/presence/joining.json'

const { round, fence } = golden

describe('the code of a round', () => {
  it.each(golden.codes)('$text', ({ text, parts }) => {
    const code = parseRoundCode(text)
    if (!parts) return expect(code).toBeNull()
    expect(code).toEqual({
      roundId: parts.round_id,
      step: parts.step,
      institutionId: parts.institution_id,
      checkedInAt: Date.parse(parts.checked_in_at),
    })
    expect(code && roundCodeText(code)).toBe(text)
  })
})

describe('joining a round', () => {
  it.each(golden.cases)('$name', (each) => {
    const judged = joinGrade({
      roundId: round.id,
      roundGrade: each.round_grade as Grade,
      checkedInAt: Date.parse(round.checked_in_at),
      checkedOutAt: each.checked_out_at === null ? null : Date.parse(each.checked_out_at),
      code: parseRoundCode(each.token),
      capturedAt: Date.parse(each.captured_at),
      institution: { location: { ...fence, datum: 'WGS-84' }, fence_m: fence.fence_m },
      fix: each.position,
    })
    expect(judged).toEqual({ grade: each.grade, reasons: each.reasons })
  })
})
