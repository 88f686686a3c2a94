/** Which thresholds hold on a day: the newest policy of the rule, with the county's targets in their place. */
import type { Day } from '../facts'
import type { CountyTarget, Policy, PolicyDocument } from './types'

export function policyOn(
  policies: readonly PolicyDocument[],
  rule: string,
  day: Day,
  targets: readonly CountyTarget[] = [],
): Policy | null {
  const begun = policies.filter((each) => each.rule === rule && each.from <= day)
  const document = newest(begun, (each) => each.from)
  if (!document) return null
  const changed = inForce(document, day, targets)
  const latest = newest(changed, (target) => target.starts)
  return {
    name: `${document.code}/${document.version}`,
    limits: {
      ...Object.fromEntries(Object.entries(document.targets).map(([name, { value }]) => [name, value])),
      ...document.limits,
      ...Object.fromEntries(changed.map(({ target, value }) => [target, value])),
    },
    county: latest ? `${latest.region}@${latest.starts}` : null,
  }
}

/** Of each target the latest that has begun; one without a value leaves the policy's own. */
function inForce(document: PolicyDocument, day: Day, targets: readonly CountyTarget[]): CountyTarget[] {
  const latest = new Map<string, CountyTarget>()
  for (const each of targets) {
    const named = each.policy === document.code && Object.hasOwn(document.targets, each.target)
    const known = latest.get(each.target)
    if (named && each.starts <= day && (!known || known.starts < each.starts)) latest.set(each.target, each)
  }
  return [...latest.values()].filter((target) => target.value !== null)
}

function newest<Thing>(things: readonly Thing[], from: (thing: Thing) => Day): Thing | null {
  return things.reduce<Thing | null>((best, each) => (best && from(best) >= from(each) ? best : each), null)
}
