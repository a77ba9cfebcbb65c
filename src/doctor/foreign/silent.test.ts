/** Programs of other servers that fail, or say nothing: nothing is praised by that. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { systemClock } from '../../base/clock.ts'
import type { ProgramResult } from '../outside.ts'
import { systemFiles } from '../reach/files.ts'
import { readDovecot } from './dovecot.ts'
import { configOf, readExim } from './exim.ts'
import { panic } from './log.ts'
import { postfixOf, readPostfix } from './postfix.ts'
import { queue } from './queue.ts'
import type { ForeignWorld } from './world.ts'

const { signal } = new AbortController()
const KNOWN = { by: 'test', complaints: [], isBroken: false }
const EXIM = configOf('', { program: 'exim4', by: 'test', errors: '', main: '' })

/** Each program says this. */
function saying(said: Partial<ProgramResult> | null): ForeignWorld {
  const result = said === null ? null : { status: 0, out: '', errors: '', ...said }
  const world: Partial<ForeignWorld> = {
    clock: systemClock,
    files: { ...systemFiles, stat: () => null },
    run: async () => result,
    hostPath: (path) => path,
  }
  return world as ForeignWorld
}

for (const [what, said] of [
  ['is not installed', null],
  ['fails', { status: 1, errors: 'Permission denied' }],
  ['was killed', { status: null }],
  ['says nothing', {}],
  ['says something else', { out: 'whatever {' }],
] as const)
  test(`a queue whose program ${what} is not called empty`, async () => {
    const exim = await queue.parts.exim?.look(EXIM, saying(said), signal)
    assert.deepEqual(
      exim?.map(({ verdict }) => verdict),
      ['skipped'],
    )
    // Of an empty queue postqueue says nothing, and that it is well.
    if (said !== null && !('status' in said)) return
    const config = postfixOf('', '', KNOWN)
    const postfix = await queue.parts.postfix?.look(config, saying(said), signal)
    assert.deepEqual(
      postfix?.map(({ verdict }) => verdict),
      ['skipped'],
    )
  })

test('a queue that is too long to be listed is long', async () => {
  const line = JSON.stringify({ queue_name: 'deferred', arrival_time: 1, recipients: [] })
  const world = saying({ status: null, out: `${line}\n`.repeat(60) })
  const found = await queue.parts.postfix?.look(postfixOf('', '', KNOWN), world, signal)
  assert.match(found?.[0]?.summary ?? '', /mail waits: 60 messages/)
})

test('an Exim that prints no settings was not asked', async () => {
  const config = await readExim(saying({}), signal)
  assert.ok(config.isBroken)
  assert.deepEqual(config.complaints, ['exim4 -bP printed no settings'])
  assert.ok(!(await readExim(saying({ out: 'acl_smtp_rcpt = check' }), signal)).isBroken)
})

test('a Postfix or Dovecot that prints no settings was not asked: its file is read', async (t) => {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  const files = {
    ...systemFiles,
    stat: (path: string) => systemFiles.stat(join(folder.path, path)),
    read: (path: string, most: number) => systemFiles.read(join(folder.path, path), most),
  }
  for (const [path, text] of [
    ['etc/postfix/main.cf', 'mynetworks = 0.0.0.0/0\n'],
    ['etc/dovecot/dovecot.conf', 'disable_plaintext_auth = no\n'],
  ] as const) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true })
    writeFileSync(join(folder.path, path), text)
  }
  const world = { ...saying({}), files }
  const postfix = await readPostfix(world, signal)
  assert.ok(postfix.isBroken)
  assert.deepEqual(postfix.complaints, ['postconf -n printed no settings'])
  assert.equal(postfix.value('mynetworks'), '0.0.0.0/0')
  const dovecot = await readDovecot(world, signal)
  assert.ok(dovecot.isBroken)
  assert.deepEqual(dovecot.complaints, ['doveconf -n printed no settings'])
  assert.equal(dovecot.settings.get('disable_plaintext_auth'), 'no')
})

test('a paniclog whose folder is gone is not called empty', async (t) => {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  const logPattern = join(folder.path, 'log/exim4/%slog')
  const look = async () => {
    const world = { ...saying(null), files: systemFiles }
    return (await panic.parts.exim?.look({ ...EXIM, logPattern }, world, signal))?.[0]?.verdict
  }
  assert.equal(await look(), 'skipped')
  mkdirSync(dirname(logPattern), { recursive: true })
  assert.equal(await look(), 'ok')
})
