import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const WAYBILL = join(import.meta.dirname, '../../bin/waybill')
/** A disk that is always full. */
const FULL = '/dev/full'
const LOG = `2026-11-20 09:00:01 1xUgx1-00000000BQ5-1EaB ** bob@example.com R=local: no such user
2026-11-20 09:00:02 1xUgx1-00000000BQ5-1EaB Completed
`

const COMMANDS: readonly (readonly string[])[] = [
  ['version'],
  ['--help'],
  ['log', 'stats', 'LOG'],
  ['log', 'stats', '--json', 'LOG'],
  ['log', 'search', 'bob', 'LOG'],
  ['log', 'trace', 'bob@example.com', 'LOG'],
  ['log', 'tail', '-f', 'LOG'],
  ['log', 'explain', 'LOG'],
  ['log', 'trace', 'nobody@example.com', 'LOG'],
]

test('output that cannot be written is told in one sentence', {
  skip: existsSync(FULL) ? false : `there is no ${FULL} here`,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  const log = join(folder, 'mainlog')
  writeFileSync(log, LOG)
  const full = openSync(FULL, 'w')
  for (const words of COMMANDS) {
    const args = words.map((word) => (word === 'LOG' ? log : word))
    const child = spawn(WAYBILL, args, { stdio: ['ignore', full, 'pipe'] })
    let errors = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    const [status]: (number | null)[] = await once(child, 'close')
    const name = words.join(' ')
    if (name.includes('nobody')) {
      assert.equal(status, 1, 'it prints nothing')
      continue
    }
    assert.equal(errors, 'waybill: the output cannot be written: the disk is full\n', name)
    assert.equal(status, 2, name)
  }
  closeSync(full)
  rmSync(folder, { recursive: true })
})

test('a reader that went away ends a tail that follows, and is no error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  const log = join(folder, 'mainlog')
  writeFileSync(log, LOG)
  const child = spawn(WAYBILL, ['log', 'tail', '-f', log], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const closed = once(child, 'close')
  writeFileSync(log, LOG, { flag: 'a' })
  const [status]: (number | null)[] = await closed
  assert.deepEqual([status, errors], [0, ''])
  rmSync(folder, { recursive: true })
})
