import { describe, expect, it } from 'vitest'
import type { Form } from '@/api/wire'
import type { LocalLine } from '@/offline'
import { line, owed, resident } from '@/rules/examples.test-data'
import { worklist } from '@/rules/worklist'
import { backFrom, batchFields, batchPlaces, endsItself, neighbour, nextOpen, openAt } from './batch'

const forms = import.meta.glob<Form>('../../../../server/catalogue/data/forms/*.json', {
  eager: true,
  import: 'default',
})
const formOf = (code: string): Form => {
  const form = Object.values(forms).find((each) => each.code === code)
  if (!form) throw new Error(`no form ${code}`)
  return form
}
const asked = (code: string) => {
  const fields = batchFields(formOf(code))
  return fields && [fields.numbers.map(({ name }) => name), fields.chosen.map(({ name }) => name)]
}

describe('a form on a row', () => {
  it('types its required numbers and chooses the rest once for all', () => {
    expect(asked('vital_bp')).toEqual([['sbp', 'dbp'], []])
    expect(asked('vital_glucose')).toEqual([['mmol'], ['timing']])
    expect(asked('guidance_note')).toEqual([[], ['topics']])
  })
  it('is none with more to say, with words or steps, or made of parts', () => {
    for (const code of ['hypertension_followup', 'family_bed_opening', 'self_care', 'tcm_constitution_33', 'referral'])
      expect([code, asked(code)]).toEqual([code, null])
    expect(asked('integrated_elder_service')).toBeNull()
    expect(batchFields({ ...formOf('vital_bp'), flow: 'steps' })).toBeNull()
  })
  it('ends itself with its last digit, unless several answers may be chosen', () => {
    const ends = (code: string) => {
      const fields = batchFields(formOf(code))
      return fields && endsItself(fields)
    }
    expect(['vital_bp', 'vital_glucose', 'guidance_note'].map(ends)).toEqual([true, true, false])
  })
})

describe('the list', () => {
  const people = ['a', 'b', 'c', 'd'].map((id, at) =>
    resident({ id, bed: `${10 - at}`, name: `Resident ${id}`, search: `pin${id} p${id}` }),
  )
  const rows = ['a', 'b', 'c'].map((subject_id) => owed({ id: `bp-${subject_id}`, subject_id }))
  const lines = [{ ...line({ id: 'done', subject_id: 'b', service: 'blood_pressure' }), local: null }] as LocalLine[]
  const tasks = worklist({
    institutionId: 'home',
    today: '2026-11-22',
    owed: rows,
    residents: people,
    lines,
    canLog: () => true,
  })
  const view = { tasks, lines, residents: people }
  const ids = (typed = '') => batchPlaces(view, 'blood_pressure', typed).map(({ resident: { id }, line: has }) => [id, has?.id ?? null])

  it('goes by bed, and has whom the service is owed and who has it', () => {
    expect(ids()).toEqual([['c', null], ['b', 'done'], ['a', null]])
  })
  it('finds everybody who lives there', () => {
    expect(ids('pind')).toEqual([['d', null]])
    expect(ids('8')).toEqual([['c', null]])
    expect(ids('nobody')).toEqual([])
  })
  it('leads on past what is done, round the list, and says when nobody else is left', () => {
    const places = batchPlaces(view, 'blood_pressure', '')
    expect(nextOpen(places, null)).toBe('c')
    expect(nextOpen(places, 'c')).toBe('a')
    expect(nextOpen(places, 'a')).toBe('c')
    expect(nextOpen(places.slice(1), 'a')).toBeNull()
    expect(openAt(places, 'a')).toBe('a')
    expect(openAt(places, 'b')).toBe('a')
    expect(openAt(places, null)).toBe('c')
    expect(neighbour(places, 'a', -1)).toBe('c')
    expect(neighbour(places, 'a', 1)).toBeNull()
    expect(neighbour(places, 'c', 1)).toBe('a')
  })
})

it('is where a referral leads back to that a row made necessary', () => {
  const back = { name: 'batch', params: { roundId: 'visit', service: 'blood_pressure' }, query: { at: 'lan' } }
  expect(backFrom('visit', 'blood_pressure', 'lan')).toEqual(back)
  expect(backFrom('visit', undefined, 'lan')).toEqual({ name: 'round', params: { roundId: 'visit' } })
})
