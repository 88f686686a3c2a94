/** The version people read: that of the package, and a mark by which builds of different sources differ. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PARTS = ['src', 'public']

/** Such as `0.1.0-3f2a1c9`; the same for the same files, whoever builds them and when. */
export function appVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  for (const file of PARTS.flatMap((part) => filesIn(join(root, part)))) hash.update(readFileSync(file))
  return `${version}-${hash.digest('hex').slice(0, 7)}`
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test(-data)?\./.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
