/** The cases that the server's rule runs too. */
import { expect, it } from 'vitest'
import golden from '../../../tests/golden/calendar/plan.json'
import { habit, plan, visits } from './plan'

it.each(golden.habits)('the habit is $name', ({ rounds, weekday }) => {
  expect(habit(rounds)).toBe(weekday)
})

it.each(golden.cases)('$name', ({ windows, gap, rounds, today, planned }) => {
  const found = plan(windows, gap, rounds, today)
  expect(found.map(({ window, ...rest }) => ({ window: windows.indexOf(window), ...rest }))).toEqual(planned)
})

it.each(golden.visits)('$name', ({ clauses, rounds, today, visits: expected }) => {
  const found = visits(clauses, rounds, today).map(({ on, asked }) => ({
    on,
    asked: asked.map(({ clause, planned }) => ({
      clause: clauses.indexOf(clause),
      window: clause.windows.indexOf(planned.window),
      number: planned.number,
    })),
  }))
  expect(found).toEqual(expected)
})
