/** Names of coded things: services, categories, conditions. */

import { activeLocale } from './locale'
import { phraseOr } from './catalogue'
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

function named([zh, en]: readonly [string, string, ...string[]]): string {
  return activeLocale() === 'en' ? en : zh
}
