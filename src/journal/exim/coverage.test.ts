import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import type { LogLine } from '../event.ts'
import { UTC } from '../zone.ts'
import { type EximLog, readLine, readLogLine } from './read.ts'

const DATA = join(import.meta.dirname, '../../../../shared/testdata')

/** Exim's own expected logs, and logs of a Debian Exim with three settings of `log_selector`. */
const KINDS: readonly (readonly [files: string, log: EximLog])[] = [
  ['logs-exim-testsuite/mainlog/*', 'main'],
  ['logs-exim-testsuite/rejectlog/*', 'reject'],
  ['logs-exim-testsuite/paniclog/*', 'panic'],
  ['logs-gen-exim/*/mainlog', 'main'],
  ['logs-gen-exim/*/rejectlog', 'reject'],
]

for (const [files, log] of KINDS) {
  test(`fewer than 1 % of the lines of ${files} are unknown`, (t) => {
    if (!existsSync(DATA)) return t.skip('../shared is not there')
    const all = linesOf(files, log)
    const unknown = all.filter(({ type }) => type === 'unknown').length
    const share = ((unknown / all.length) * 100).toFixed(2)
    t.diagnostic(`${files}: ${all.length} lines, ${unknown} unknown, ${share} %`)
    assert.ok(all.length > 90)
    assert.ok(unknown < all.length / 100)
  })
}

test('messages and addresses are as many as eximstats counts', (t) => {
  if (!existsSync(DATA)) return t.skip('../shared is not there')
  const oracle = readFileSync(join(DATA, 'logs-exim-testsuite/oracle-eximstats.txt'), 'utf8')
  const events = linesOf('logs-exim-testsuite/mainlog/*', 'main')
  const received = events.filter((event) => event.type === 'arrival' && event.mark === '<=')
  assert.equal(received.length, Number(/Received +\d+ +(\d+)/.exec(oracle)?.[1]))
  const delivered = events.filter(isDeliveryOfEximstats)
  assert.equal(delivered.length, Number(/Delivered +\d+ +\d+ +(\d+)/.exec(oracle)?.[1]))
})

/** It counts what was thrown away too, and an ACL's `[127.0.0.1] -> 'file'`, which looks like one. */
function isDeliveryOfEximstats(event: LogLine): boolean {
  switch (event.type) {
    case 'delivered':
      return event.mark === '=>' || event.mark === '->'
    case 'queueAction':
      return event.action === 'discarded'
    default:
      return event.type === 'note' && event.text.startsWith("[127.0.0.1] -> 'TESTSUITE/")
  }
}

test('generated logs hold every message that was accepted, and every failed login', (t) => {
  if (!existsSync(DATA)) return t.skip('../shared is not there')
  for (const seed of ['4', '5', '6']) {
    const folder = `logs-gen-exim/gen-exim-${seed}`
    const truth = JSON.parse(readFileSync(join(DATA, folder, 'truth.json'), 'utf8'))
    const events = linesOf(`${folder}/mainlog`, 'main')
    const ids = new Set(events.map((event) => event.type === 'arrival' && event.messageIdHeader))
    for (const { id } of truth.accepted) assert.ok(ids.has(id.replace(/^<|>$/g, '')), id)
    const failures: Record<string, number> = {}
    for (const event of events) {
      if (event.type !== 'authenticationFailed') continue
      const address = event.host?.address ?? ''
      failures[address] = (failures[address] ?? 0) + 1
    }
    assert.deepEqual(failures, truth.auth_failed)
  }
})

/** Records of fail2ban: lines from bug reports, and the host to be blamed. */
interface Blamed {
  readonly line: string
  readonly label: { readonly match: boolean; readonly host?: string } | null
}

test("the host that fail2ban's records blame is in the event", (t) => {
  if (!existsSync(DATA)) return t.skip('../shared is not there')
  for (const file of ['exim', 'exim-spam']) {
    const text = readFileSync(join(DATA, `logs-fail2ban/${file}.jsonl`), 'utf8')
    for (const record of text.trimEnd().split('\n')) {
      const { line, label } = JSON.parse(record) as Blamed
      const event = readLine(line, UTC)
      assert.notEqual(event.type, 'unknown', line)
      if (label?.host === undefined || !('host' in event) || event.host === null) continue
      assert.equal(event.host.address, label.host, line)
    }
  }
})

test('a line with a time, and nothing of Exim in it, is unknown', () => {
  for (const text of [
    'xyzzy plugh',
    'status installed libfoo:amd64 2.36-9',
    '<~ jane@example.com',
    '140 [Note] InnoDB: Buffer pool(s) load completed',
    'H=(spam',
    'a\x00b sender',
    '%%% ###',
    '1 recipient verify',
    '2 messages',
    'auth_mechanism_x: foo',
    'foo=bar',
    "say 'yes'",
    'the sender and its host',
  ]) {
    const line = `2026-11-20 09:00:06 ${text}`
    const atMs = Date.UTC(2026, 10, 20, 9, 0, 6)
    assert.deepEqual(readLine(line, UTC), { type: 'unknown', atMs, id: null, program: null, line })
  }
})

test('random words are unknown, not notes', () => {
  const word = fc.string({ unit: fc.constantFrom(...'bcfgjkqvwxyz'), minLength: 3, maxLength: 8 })
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
      assert.equal(readLine(`2026-11-20 09:00:06 ${words.join(' ')}`, UTC).type, 'unknown')
    }),
  )
})

function linesOf(files: string, log: EximLog): LogLine[] {
  return globSync(join(DATA, files)).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const lines: LogLine[] = []
    let afterLine = false
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf('\n', from)
      const line = readLogLine(text, from, end < 0 ? text.length : end, UTC, log, afterLine)
      lines.push(line)
      afterLine ||= line.type !== 'continuation' && line.atMs !== null
      from = end < 0 ? text.length : end + 1
    }
    return lines
  })
}
