import { expect, it } from 'vitest'
import { byUrgency, countsOf, isFiltered, riskPathOf } from './risks'
import { windowAtRisk } from './standing.test-data'

it('puts what is lost first, then what must be done soonest', () => {
  const windows = [
    windowAtRisk({ commitment_id: 'behind', risk: 'behind', last_chance: '2026-11-23' }),
    windowAtRisk({ commitment_id: 'later', last_chance: '2026-11-29' }),
    windowAtRisk({ commitment_id: 'lost', risk: 'lost', last_chance: '2026-12-01' }),
    windowAtRisk({ commitment_id: 'sooner', last_chance: '2026-11-24' }),
  ]
  expect(byUrgency(windows).map((each) => each.commitment_id)).toEqual(['lost', 'sooner', 'later', 'behind'])
  expect(countsOf(windows)).toEqual([
    { risk: 'lost', count: 1 },
    { risk: 'last_chance', count: 2 },
    { risk: 'behind', count: 1 },
  ])
})

it('counts only the kinds there are', () => {
  expect(countsOf([windowAtRisk({ risk: 'behind' })])).toEqual([{ risk: 'behind', count: 1 }])
})

it('asks as the address says, by agreement unless told otherwise', () => {
  expect(riskPathOf({})).toBe('/at-risk?by=agreement')
  expect(riskPathOf({ by: 'clinician', agreement_id: 'a1', other: 'x' })).toBe('/at-risk?by=clinician&agreement_id=a1')
  expect([isFiltered({ by: 'clinician' }), isFiltered({ within: '999901' })]).toEqual([false, true])
})
