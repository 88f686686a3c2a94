/** A record in a few words, with the help of its form where this version has no words of its own for the service. */
import type { Form, Line } from '@/api/wire'
import { hasOwnWords, valueInWords, type ValueWords } from '@/i18n'
import { assessmentInWords } from '@/i18n/assessments'
import { gistOf } from './formWords'

type Recorded = Pick<Line, 'service' | 'outcome' | 'form'> & Partial<Pick<Line, 'assessment'>>

export function lineInWords(line: Recorded, form: Form | undefined): ValueWords {
  if (line.outcome !== 'done' || hasOwnWords(line.service) || !form) return valueInWords(line)
  const gist = gistOf(form, line.form)
  const result = line.assessment ? assessmentInWords(line.assessment) : null
  if (!gist && !result) return valueInWords({ ...line, form: {} })
  return result ? { main: [result.main, ...result.beside.slice(0, 1)].join(' · '), detail: null } : { main: gist ?? '', detail: null }
}
