/** Searching big logs, as a process of its own. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { writeLog } from '../../bench/log-corpus.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

const WAYBILL = join(import.meta.dirname, '../../bin/waybill')

interface Ran {
  readonly lines: number
  readonly status: number | null
  readonly errors: string
}

/** Runs a search, and reads at most so many octets of what it prints. */
async function search(
  words: readonly string[],
  input: string | null,
  most = Infinity,
): Promise<Ran> {
  const child = spawn(WAYBILL, ['log', 'search', ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` },
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  child.stdin.on('error', () => undefined)
  if (input === null) child.stdin.end()
  else createReadStream(input).pipe(child.stdin)
  let lines = 0
  let octets = 0
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
    octets += chunk.length
    if (octets >= most) child.stdout.destroy()
  })
  const [status]: (number | null)[] = await once(child, 'close')
  return { lines, errors, status: status ?? null }
}

/** Half of the lines of the log, held, would take more. */
const HEAP_MIB = 28
const LOG_OCTETS = 12_000_000

for (const server of ['exim', 'postfix'] as const)
  test(`a search in a big ${server} log needs little memory, whatever it finds`, async () => {
    using folder = makeTempFolder()
    const path = join(folder.path, 'mail.log')
    writeLog(path, server, LOG_OCTETS)
    const searches = [
      [['example', path], null, true],
      [['user12@alpha.test', path], null, false],
      [['example', '-'], path, true],
      [['--status', 'delivered', path], null, true],
    ] as const
    const found = searches.map(async ([words, input, isMuch]) => {
      const { lines, errors, status } = await search(words, input)
      assert.equal(errors, '')
      assert.equal(status, 0)
      assert.ok(isMuch ? lines > 60_000 : lines > 10 && lines < 5000, `${lines} lines`)
    })
    await Promise.all(found)
    const ended = await search(['example', path], null, 1)
    assert.deepEqual([ended.errors, ended.status], ['', 0])
  })

test('a regular expression that tries too much comes to an end', async () => {
  using folder = makeTempFolder()
  const path = join(folder.path, 'mainlog')
  const stamp = '2026-01-05 09:00:00 1vcY0u-000001-8s'
  writeFileSync(path, `${stamp} <= a@b.example P=local S=1\n${stamp} ${'a'.repeat(2_000_000)}\n`)
  const searches = ['(a+)+$x', '(a|aa)+c', '(.*)*!', 'a.*a.*a.*b'].map(async (source) => {
    const { errors, status } = await search(['--regex', source, path], null)
    assert.match(errors, /^waybill: nothing found in .*mainlog\n$/)
    assert.equal(status, 1)
  })
  await Promise.all(searches)
})
