import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { FolderFault, makeFolder } from './make-folder.ts'

test('a folder is made with those above it, for its owner only; one that is there stays', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-folder-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a', 'b')
  makeFolder(path)
  makeFolder(path)
  assert.equal(statSync(path).mode & 0o777, 0o700)
})

test('a folder that cannot be made is a sentence', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-folder-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), '')
  const refused: [path: string, message: RegExp][] = [
    [join(folder, 'file'), /file is a file, and a folder is needed$/],
    [join(folder, 'file', 'below'), /below cannot be used: a part of its path is a file/],
  ]
  if (existsSync('/proc/self'))
    refused.push(['/proc/x/y', /^the folder \/proc\/x cannot be made: nothing can be made there$/])
  for (const [path, message] of refused)
    assert.throws(
      () => makeFolder(path),
      (error) => error instanceof FolderFault && message.test(error.message),
      path,
    )
})
