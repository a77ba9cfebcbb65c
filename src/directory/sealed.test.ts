import assert from 'node:assert/strict'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { KeyFileFault, Seals } from './sealed.ts'

const SECRET = Buffer.from('correct horse battery staple')

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sealed-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a device or a pipe is no key file, and is not read', (t) => {
  const folder = folderFor(t)
  symlinkSync('/dev/null', join(folder, 'key'))
  assert.throws(() => new Seals(folder).seal('relay password a', SECRET), {
    name: 'KeyFileFault',
    message: /cannot be read: it is no ordinary file$/,
  })
})

test('what was sealed opens again, in another process too', (t) => {
  const folder = folderFor(t)
  const sealed = new Seals(folder).seal('relay password a', SECRET)
  assert.ok(!Buffer.from(sealed).includes(SECRET))
  const opened = new Seals(folder).open('relay password a', sealed)
  assert.deepEqual(Buffer.from(opened), SECRET)
  const empty = new Seals(folder).seal('x', new Uint8Array())
  assert.equal(new Seals(folder).open('x', empty).length, 0)
})

test('a text opens as the text it was', (t) => {
  const texts = new Seals(folderFor(t)).forTexts('relay password')
  assert.equal(texts.open(texts.seal('pässword')), 'pässword')
})

test('the key file is made at first use, for its owner only', (t) => {
  const folder = folderFor(t)
  const seals = new Seals(folder)
  assert.ok(!existsSync(join(folder, 'key')))
  seals.seal('x', SECRET)
  assert.equal(statSync(join(folder, 'key')).mode & 0o777, 0o600)
  assert.equal(readFileSync(join(folder, 'key')).length, 32)
  assert.ok(!existsSync(join(folder, 'key.new')))
})

test('the same secret is sealed differently each time', (t) => {
  const seals = new Seals(folderFor(t))
  assert.notDeepEqual(seals.seal('x', SECRET), seals.seal('x', SECRET))
})

test('a secret opens for its own purpose only, and not when an octet of it changed', (t) => {
  const seals = new Seals(folderFor(t))
  const sealed = seals.seal('relay password a', SECRET)
  assert.throws(() => seals.open('relay password b', sealed), KeyFileFault)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => seals.open('relay password a', changed), KeyFileFault, `octet ${at}`)
  }
  assert.throws(() => seals.open('relay password a', sealed.subarray(0, 20)), KeyFileFault)
})

test('a missing, another and a damaged key file are told apart, without a secret in the text', (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'key')
  const sealed = new Seals(folder).seal('relay password a', SECRET)
  const says = (pattern: RegExp) =>
    assert.throws(
      () => new Seals(folder).open('relay password a', sealed),
      (error: unknown) => {
        assert.ok(error instanceof KeyFileFault)
        assert.match(error.message, pattern)
        assert.ok(!error.message.includes('horse'))
        return true
      },
    )
  const key = readFileSync(file)
  rmSync(file)
  says(/key file .* is missing/)
  writeFileSync(file, Buffer.alloc(32, 7))
  says(/was encrypted with another key file/)
  truncateSync(file, 5)
  says(/has 5 octets instead of 32/)
  assert.throws(() => new Seals(folder).seal('x', SECRET), /has 5 octets/)
  writeFileSync(file, key)
  assert.deepEqual(Buffer.from(new Seals(folder).open('relay password a', sealed)), SECRET)
})
