import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Entries } from './entries.ts'
import type { Event, Rejected, Unknown } from './event.ts'
import { readLine } from './exim/read.ts'
import { renderRejection } from './exim/write.ts'
import { logReader } from './reader.ts'
import { UTC } from './zone.ts'

const AT = '2026-11-20 09:00:06'
const ID = '1vnYk2-00000000BQ5-1EaB'
const SYSLOG = 'Nov 20 09:00:06 mail exim[12]: '
const LATEST_MS = Date.UTC(2026, 10, 21)

function entriesOf(text: string, log: 'main' | 'reject' = 'main'): (Event | Unknown)[] {
  const reader = logReader({ format: 'auto', zone: UTC, latestMs: LATEST_MS, log })
  const found: (Event | Unknown)[] = []
  const entries = new Entries((event) => found.push(event))
  for (const line of text.split('\n')) entries.add(reader.read(line, 0, line.length))
  entries.end()
  return found
}

const REJECTED = `${AT} ${ID} H=(h) [192.0.2.3] F=<a@b> rejected after DATA: no`

test('rejectlog: the header under a rejection is in the event', () => {
  const text = [
    REJECTED,
    'Envelope-from: <a@b>',
    'Envelope-to: <c@d>',
    '    <e@f>',
    'P Received: from x',
    '\tby y with esmtp',
    '        id 1; Fri, 20 Nov 2026 09:00:06 +0000',
    '  Subject: a: b',
    '* X-Spam-Level:',
    'T To: c@d',
    'F From: a@b',
    'I Message-ID: <m@b>',
    '-'.repeat(72),
    'nothing of it',
    `${AT} ${ID} Completed`,
  ].join('\n')
  const [rejected, completed] = entriesOf(text, 'reject')
  assert.deepEqual(rejected?.type === 'rejected' && rejected.headers, [
    'Envelope-from: <a@b>',
    'Envelope-to: <c@d> <e@f>',
    'Received: from x by y with esmtp id 1; Fri, 20 Nov 2026 09:00:06 +0000',
    'Subject: a: b',
    'X-Spam-Level:',
    'To: c@d',
    'From: a@b',
    'Message-ID: <m@b>',
  ])
  assert.equal(rejected?.type === 'rejected' && rejected.reason, 'no')
  assert.equal(completed?.type, 'completed')
})

test('what we write to our rejectlog is read with its headers', () => {
  const headers = ['Received: from x', 'Subject: back\\slash \u009b', 'X-Other: a']
  const event: Rejected = { ...(readLine(REJECTED, UTC) as Rejected), headers }
  assert.deepEqual(entriesOf(renderRejection(event, UTC), 'reject'), [event])
})

test('a reason of several lines is one reason', () => {
  const [deferred, note, rejected] = entriesOf(
    [
      `${AT} ${ID} == a@b R=r T=t defer (-1): first line`,
      '  second line',
      'third line',
      `${AT} Exim configuration error in line 3:`,
      '  bad',
      REJECTED,
      'more of it',
    ].join('\n'),
  )
  assert.equal(
    deferred?.type === 'deferred' && deferred.reason,
    'first line second line third line',
  )
  assert.equal(note?.type === 'note' && note.text, 'Exim configuration error in line 3: bad')
  assert.equal(rejected?.type === 'rejected' && rejected.reason, 'no more of it')
  assert.deepEqual(rejected?.type === 'rejected' && rejected.headers, [])
})

test('other events pass as they are, in their order, each when the next one begins', () => {
  const found: string[] = []
  const entries = new Entries((event) => found.push(event.type))
  for (const line of [`${AT} ${ID} <= a@b U=x P=local S=1`, `${AT} ${ID} Completed`])
    entries.add(readLine(line, UTC))
  assert.deepEqual(found, ['arrival'])
  entries.end()
  entries.end()
  assert.deepEqual(found, ['arrival', 'completed'])
})

test('an arrival that syslog has in parts is read whole', () => {
  const [arrival, ...rest] = entriesOf(
    [
      `${SYSLOG}[1/3] ${AT} ${ID} <= a@b H=mx [192.0.2.3] P=esmtp S=1 for a@b c@`,
      `${SYSLOG}[2/3] d.example e`,
      `${SYSLOG}[3/3] @f`,
    ].join('\n'),
  )
  assert.deepEqual(arrival?.type === 'arrival' && arrival.recipients, ['a@b', 'c@d.example', 'e@f'])
  assert.deepEqual(rest, [])
})

test('a failure in parts: cut within a line, and at its end', () => {
  const [failed, next] = entriesOf(
    [
      `${SYSLOG}[1/4] ${ID} ** bob@x.exa`,
      `${SYSLOG}[2\\4] mple R=r T=t: 550 no`,
      `${SYSLOG}[3/4] second li`,
      `${SYSLOG}[4/4] ne`,
      `${SYSLOG}${ID} Completed`,
    ].join('\n'),
  )
  assert.ok(failed?.type === 'failed')
  assert.equal(failed.recipient.address, 'bob@x.example')
  assert.equal(failed.reason, '550 no second line')
  assert.equal(next?.type, 'completed')
})

test('a rejection in parts has its headers', () => {
  const [rejected] = entriesOf(
    [
      `${SYSLOG}[1/4] ${ID} H=(h) [192.0.2.3] F=<a@b> rejected after DA`,
      `${SYSLOG}[2\\4] TA: no`,
      `${SYSLOG}[3/4] P Received: from x`,
      `${SYSLOG}[4/4] yz`,
    ].join('\n'),
  )
  assert.ok(rejected?.type === 'rejected')
  assert.equal(rejected.phase, 'after DATA')
  assert.equal(rejected.reason, 'no')
  assert.deepEqual(rejected.headers, ['Received: from xyz'])
})

test('a part without its first one is of nothing, whatever it looks like', () => {
  const lost = `${SYSLOG}[2/3] SMTP DATA a@b H=mx`
  const other = SYSLOG.replace('[12]', '[13]')
  for (const lines of [
    [`${SYSLOG}${ID} ** a@b: 550 no`, lost],
    [`${SYSLOG}[1/3] ${ID} ** a@b: 550 no`, lost.replace('[12]', '[13]')],
    [`${SYSLOG}[1/3] ${ID} ** a@b: 550 no`, `${SYSLOG}[3/3] x`],
    [`${SYSLOG}[1/3] ${ID} ** a@b: 550 no`, `${other}${ID} Completed`, lost],
    [`${AT} ${ID} ** a@b: 550 no`, `${AT} [2/3] SMTP a@b`],
    [`${AT} ${ID} ** a@b: 550 no`, `${AT} mail exim[12]: [2/3] SMTP a@b`],
  ]) {
    const [failed, ...rest] = entriesOf(lines.join('\n'))
    assert.equal(failed?.type === 'failed' && failed.reason, '550 no', lines[1])
    assert.ok(rest.every(({ type }) => type === 'completed'))
  }
})

test('an entry without end has a bound', () => {
  const entries = new Entries((event) => {
    assert.ok(event.type === 'deferred' && event.reason.length < 100_000)
  })
  entries.add(readLine(`${AT} ${ID} == a@b R=r T=t defer (-1): first`, UTC))
  for (let count = 0; count < 100_000; count++)
    entries.add({ type: 'continuation', line: 'x'.repeat(100) })
  entries.end()
})

test('rejectlogs of Exim: messages rejected after DATA have the header they had', (t) => {
  const folder = join(import.meta.dirname, '../../../shared/testdata/logs-exim-testsuite/rejectlog')
  if (!existsSync(folder)) return t.skip('../shared is not there')
  let fields = 0
  for (const path of globSync(join(folder, '*'))) {
    const text = readFileSync(path, 'utf8')
    for (const event of entriesOf(text, 'reject')) {
      if ('text' in event) assert.doesNotMatch(event.text, /Envelope-from:|Received: from/)
      if (event.type !== 'rejected') continue
      assert.doesNotMatch(event.reason, /Envelope-from:|Received: from/)
      for (const header of event.headers) assert.match(header, /^[\w.-]+:/, path)
      fields += event.headers.length
    }
  }
  t.diagnostic(`${fields} fields`)
  assert.ok(fields > 100)
})
