/** What was recorded, in words: a headline ("138/86 mmHg") and what stands beside it ("脉搏 72"). */

import type { FormData, Line } from '@/api/wire'
import { knows, phraseOr, useMessages } from './catalogue'
import { values } from './messages/values'

export interface ValueWords {
  main: string
  detail: string | null
}

type Recorded = Pick<Line, 'service' | 'outcome' | 'form'>

const t = useMessages(values)

/** Empty contents of something done are not shown to this reader (a regulator), who sees that it was done. */
export function valueInWords({ service, outcome, form }: Recorded): ValueWords {
  if (outcome !== 'done') return { main: t(`outcome_${outcome}`), detail: textOf(form['note']) }
  if (Object.keys(form).length === 0) return { main: t('outcome_done'), detail: null }
  return (FORMATS.get(service) ?? otherForm)(form)
}

const FORMATS = new Map<string, (form: FormData) => ValueWords>([
  ['blood_pressure', bloodPressure],
  ['capillary_glucose', glucose],
  ['tcm_health_guidance', guidance],
  ['green_channel_emergency', referral],
  ['health_education_lecture', lecture],
])

/** Whether this version has words for what the service records, beyond those of its form. */
export function hasOwnWords(service: string): boolean {
  return FORMATS.has(service)
}

function bloodPressure(form: FormData): ValueWords {
  const pulse = form['pulse'] === undefined ? null : t('pulse', { pulse: String(form['pulse']) })
  const main = t('mmhg', { sbp: String(form['sbp']), dbp: String(form['dbp']) })
  const signs = options('danger_signs', form['danger_signs'])
  return { main, detail: beside(pulse, signs, device(form), textOf(form['note'])) }
}

function glucose(form: FormData): ValueWords {
  const main = form['meter'] ? option('meter', form['meter']) : t('mmol', { mmol: String(form['mmol']) })
  return { main: main ?? '', detail: beside(option('timing', form['timing']), device(form), textOf(form['note'])) }
}

/** That nobody typed it; which meter it was stands in the record. */
function device(form: FormData): string | null {
  return form['device'] ? t('device_read') : null
}

function guidance(form: FormData): ValueWords {
  return { main: options('topics', form['topics']) ?? t('outcome_done'), detail: textOf(form['text']) }
}

function referral(form: FormData): ValueWords {
  const place = textOf(form['destination_name']) ?? option('destination', form['destination'])
  const told = form['family_told'] === true ? t('family_told') : t('family_not_told')
  const way = option('transport', form['transport'])
  return {
    main: option('indication', form['indication']) ?? t('outcome_done'),
    detail: beside(place && t('to', { place }), way, told, textOf(form['condition'])),
  }
}

function lecture(form: FormData): ValueWords {
  const minutes = form['minutes'] === undefined ? null : t('minutes_n', { n: Number(form['minutes']) })
  const attendees = form['attendees'] === undefined ? null : t('attendees_n', { n: Number(form['attendees']) })
  const topic = textOf(form['title']) ?? option('topic', form['topic'])
  return { main: topic ?? t('outcome_done'), detail: beside(minutes, attendees, textOf(form['note'])) }
}

/** A service without words of its own: its form's are said where the form is at hand. */
function otherForm(form: FormData): ValueWords {
  return { main: t('outcome_done'), detail: textOf(form['note']) }
}

function beside(...parts: (string | null | undefined)[]): string | null {
  const present = parts.filter((part) => part)
  return present.length ? present.join(' · ') : null
}

function option(field: string, value: unknown): string | null {
  if (typeof value !== 'string' || !value) return null
  const key = `${field}_${value}`
  return knows(values, key) ? phraseOr(values, key) : value
}

function options(field: string, chosen: unknown): string | null {
  if (!Array.isArray(chosen) || chosen.length === 0) return null
  return chosen.map((value) => option(field, value)).join(t('join'))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() ? value.trim() : null
}
