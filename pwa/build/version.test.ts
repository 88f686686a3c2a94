import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { appVersion } from './version.ts'

function folder(source: string, test = ''): string {
  const root = mkdtempSync(join(tmpdir(), 'version-'))
  for (const part of ['src', 'public']) mkdirSync(join(root, part))
  writeFileSync(join(root, 'package.json'), '{"version":"1.4.0"}')
  writeFileSync(join(root, 'package-lock.json'), '{}')
  writeFileSync(join(root, 'src/main.ts'), source)
  writeFileSync(join(root, 'src/main.test.ts'), test)
  return root
}

it('is the same for the same sources, another for others, and tests are none', () => {
  const version = appVersion(folder('a'))
  expect(version).toMatch(/^1\.4\.0-[0-9a-f]{7}$/)
  expect(appVersion(folder('a', 'it()'))).toBe(version)
  expect(appVersion(folder('b'))).not.toBe(version)
})
