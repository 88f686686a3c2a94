/** A phone's file, as far as it can be read without the server's key. */
import type { EntriesFile } from '@/api/wire'

/** Null where the text is none of ours. */
export function readFile(text: string): EntriesFile | null {
  try {
    const found: unknown = JSON.parse(text)
    return isOurs(found) ? found : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isOurs(found: unknown): found is EntriesFile {
  if (typeof found !== 'object' || found === null) return false
  const { format, entries, account_name } = found as Partial<EntriesFile>
  return format === 'xunyue-entries' && Array.isArray(entries) && typeof account_name === 'string'
}
