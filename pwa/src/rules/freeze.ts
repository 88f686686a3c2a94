/** A deep copy nobody can change any more: what was sent once must stay what it was. */
export function freezeContent<T>(content: T): T {
  return deepFreeze(JSON.parse(JSON.stringify(content)) as T)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
