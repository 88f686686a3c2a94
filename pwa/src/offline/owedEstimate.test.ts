/** The cases that the server's engine runs too. */
import { expect, it } from 'vitest'
import golden from '../../../tests/golden/owed/estimate.json'
import type { Line, Owed } from '@/api/wire'
import { line, owed } from '@/rules/examples.test-data'
import { deliver } from './owedEstimate'

interface Case {
  name: string
  clause: Partial<Owed> & { scope?: string }
  count: number
  held: Said[]
  row: Partial<Owed>
  said: Said[]
  need: number
}

interface Said extends Partial<Line> {
  subject?: string
}

const lineOf = ({ subject, ...said }: Said, index: number): Line =>
  line({ ...said, id: `line-${index}`, subject_id: subject ?? null })

function rowOf({ clause: { scope, ...clause }, count, row }: Case): Owed {
  const { reported = 0, excused = 0 } = row
  return owed({
    ...clause,
    ...row,
    subject_id: scope === 'resident' ? 'r1' : null,
    start: '2026-06-01',
    end: '2026-06-30',
    deadline: '2026-06-30',
    promised: count,
    need: count - reported - excused,
  })
}

it.each(golden.cases as Case[])('$name', (given) => {
  const lines = [...given.held, ...given.said].map(lineOf)
  const told = lines.slice(given.held.length)
  const left = told.reduce((row, each, index) => {
    const known = lines.slice(0, given.held.length + index + 1)
    return deliver([row], each, known)[0] ?? row
  }, rowOf(given))
  expect(left.need).toBe(given.need)
})
