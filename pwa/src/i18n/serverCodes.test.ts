import { describe, expect, it } from 'vitest'
import { knows } from './catalogue'
import { evidence } from './messages/evidence'
import { fulfilment } from './messages/fulfilment'
import { offline } from './messages/offline'
import accountRules from '../../../server/accounts/rules.py?raw'
import checkIn from '../../../server/checkin/service.py?raw'
import explain from '../../../server/fulfilment/rules/explain.py?raw'
import messages from '../../../server/web/messages/zh-CN.json'

/** Answers to a request as a whole: the server's own message is shown. Everything else refuses an entry. */
const OF_REQUESTS = [
  'signed_out',
  'revoked',
  'sign_in_failed',
  'throttled',
  'forbidden',
  'cross_site',
  'not_found',
  'method_not_allowed',
  'conflict',
  'unsupported_media_type',
  'busy',
  'internal',
  'not_draft',
  'period_not_over',
  'recomputing',
  'scope_too_large',
  'not_refused',
  'too_many_rows',
  'other_account',
]
/** Words for managers who mend an entry, and for the sheet of the trail: shown as the server says them. */
const OF_PAGES = /^(mend|heads)_/

function found(source: string, pattern: RegExp): string[] {
  return [...source.matchAll(pattern)].map((match) => match[1] ?? '')
}

const literal = /^Reason = Literal\[([^\]]*)\]/m.exec(explain)?.[1] ?? ''
const counting = found(literal, /"(\w+)"/g)
const qualification = found(
  accountRules.slice(accountRules.indexOf('def not_qualified')),
  /"((?:no_)?certificate\w*)"/g,
)
const posters = found(checkIn, /return \["(\w+)"\]/g)
const refusals = Object.keys(messages).filter((code) => !OF_REQUESTS.includes(code) && !OF_PAGES.test(code))

describe('every code of the server has words', () => {
  it('and is found where the server defines it', () => {
    expect(counting).toEqual(expect.arrayContaining(['surplus', 'not_eligible', 'counted_elsewhere']))
    expect(qualification).toHaveLength(3)
    expect(posters).toContain('poster_of_another_institution')
    expect(refusals).toEqual(expect.arrayContaining(['in_future', 'too_old', 'stale_version']))
  })

  it.each([...counting, ...qualification])('%s: why a record does not count', (code) => {
    expect(knows(fulfilment, `reason_${code}`)).toBe(true)
  })

  it.each(posters)('%s: why presence is graded so', (code) => {
    expect(knows(evidence, `reason_${code}`)).toBe(true)
  })

  it.each(refusals)('%s: why an entry was refused, and what to do', (code) => {
    expect([knows(offline, `refused_${code}`), knows(offline, `todo_${code}`)]).toEqual([true, true])
  })
})
