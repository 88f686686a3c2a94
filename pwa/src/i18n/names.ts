/** Names of coded things: services, categories, conditions. */

import { activeLocale } from './locale'
import { phraseOr, useMessages } from './catalogue'
import { beds } from './messages/beds'
import { conditions } from './messages/conditions'
import { CATEGORIES, SERVICES } from './messages/services'

/** "血压测量"; the code itself for a service this version does not know (a county may add its own). */
export function serviceName(code: string): string {
  const found = SERVICES[code]
  return found ? named(found) : code
}

export function categoryName(code: string): string {
  const found = CATEGORIES[code]
  return found ? named(found) : code
}

/** Under which heading a service stands; a county's own service under its own code. */
export function serviceCategory(code: string): string {
  return SERVICES[code]?.[2] ?? code
}

export function conditionName(code: string): string {
  return phraseOr(conditions, code)
}

/** How a bed is filed where it says itself what it is: "3号床", "12座". */
const SAYS_ITSELF = /[床座位]$/
const DAY_CARE = /日间|日托|day.?care/i
const t = useMessages(beds)

/** "101-1 床"; at a day-care centre, by its name, "座位 24号". Where one's bed or seat is unknown to be either: "24号". */
export function bedInWords(bed: string, institution: string | undefined): string {
  if (SAYS_ITSELF.test(bed)) return bed
  if (institution && DAY_CARE.test(institution)) return t('seat', { bed })
  return bed.endsWith('号') ? bed : t('bed', { bed })
}

function named([zh, en]: readonly [string, string, ...string[]]): string {
  return activeLocale() === 'en' ? en : zh
}
