import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import type { Delivered, Host, MessageId, Rejected } from '../event.ts'
import { noteOf } from '../plain.ts'
import { anyMailEvent } from '../testing/events.ts'
import { ARRIVAL, REJECTED, TLS } from '../testing/samples.ts'
import { UTC, zoneNamed } from '../zone.ts'
import { readLine, readLines } from './read.ts'
import { type MailEvent, renderEvent, renderRejection } from './write.ts'

const ID = '1vnYk2-00000000BQ5-1EaB' as MessageId
const AT = Date.UTC(2026, 10, 20, 9, 0, 6)
const delivered: Delivered = {
  type: 'delivered',
  mark: '=>',
  atMs: AT,
  id: ID,
  recipient: {
    address: 'carol',
    parents: ['carol@example.com'],
    from: 'jane@example.com',
    router: 'local',
    transport: 'mailbox',
  },
  host: null,
  tls: null,
  authenticator: null,
  sizeOctets: 3573340,
  mailbox: 'INBOX',
  confirmation: null,
  queueTimeMs: null,
  deliverTimeMs: null,
  status: null,
}
/** Events and the lines they are, with Exim's words. */
const lines: readonly [line: string, event: MailEvent][] = [
  [
    `2026-11-20 09:00:06 ${ID} <= jane@example.com H=(laptop.lan) [192.0.2.3]:50214 I=[192.0.2.1]:465 P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no SNI="mail.example.com" A=plain:jane@example.com S=3573121 id=a1@laptop.lan T="Proposal" from <jane@example.com> for bob@example.net carol@example.com`,
    ARRIVAL,
  ],
  [
    `2026-11-20 09:00:06 ${ID} <= <> R=1vnYk1-00000000BQ4-0Zz9 U=root P=local S=627 T="report \\"quoted\\" text" from <> for r451@reject.test`,
    {
      ...ARRIVAL,
      parent: '1vnYk1-00000000BQ4-0Zz9' as MessageId,
      from: null,
      host: null,
      local: null,
      user: 'root',
      protocol: 'local',
      tls: null,
      authenticator: null,
      login: null,
      sizeOctets: 627,
      messageIdHeader: null,
      subject: 'report "quoted" text',
      recipients: ['r451@reject.test'],
    },
  ],
  [
    `2026-11-20 09:00:06 ${ID} => carol <carol@example.com> F=<jane@example.com> R=local T=mailbox S=3573340 mailbox="INBOX"`,
    delivered,
  ],
  [
    `2026-11-20 09:00:06 ${ID} -> bob@example.net (team@example.com) <all@example.com> F=<> R=relay T=smtp H=relay.example.org [198.51.100.16]:587 X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes A=login C="250 Ok: queued as 01D3D1B40072" QT=1m7s DT=0.250s`,
    {
      ...delivered,
      mark: '->',
      recipient: {
        address: 'bob@example.net',
        parents: ['team@example.com', 'all@example.com'],
        from: null,
        router: 'relay',
        transport: 'smtp',
      },
      host: { name: 'relay.example.org', helo: null, address: '198.51.100.16', port: 587 },
      tls: { ...TLS, verified: true },
      authenticator: 'login',
      sizeOctets: null,
      mailbox: null,
      confirmation: '250 Ok: queued as 01D3D1B40072',
      queueTimeMs: 67_000,
      deliverTimeMs: 250,
    },
  ],
  [
    `2026-11-20 09:00:06 ${ID} == r463@defer.test R=remote T=smtp defer (-44) H=127.100.0.5 [127.100.0.5]: SMTP error from remote mail server after RCPT TO:<r463@defer.test>: 450 4.2.0`,
    {
      type: 'deferred',
      atMs: AT,
      id: ID,
      recipient: {
        address: 'r463@defer.test',
        parents: [],
        from: undefined,
        router: 'remote',
        transport: 'smtp',
      },
      host: { name: '127.100.0.5', helo: null, address: '127.100.0.5', port: null },
      tls: null,
      errorNumber: -44,
      reason: 'SMTP error from remote mail server after RCPT TO:<r463@defer.test>: 450 4.2.0',
      queueTimeMs: null,
      deliverTimeMs: null,
      status: null,
    },
  ],
  [
    `2026-11-20 09:00:06 ${ID} ** r264@nowhere.test F=<s61@client.test> R=unroutable: no such domain QT=1m7s DT=0.250s`,
    {
      type: 'failed',
      atMs: AT,
      id: ID,
      recipient: {
        address: 'r264@nowhere.test',
        parents: [],
        from: 's61@client.test',
        router: 'unroutable',
        transport: null,
      },
      host: null,
      tls: null,
      errorNumber: null,
      reason: 'no such domain',
      queueTimeMs: 67_000,
      deliverTimeMs: 250,
      status: null,
    },
  ],
  [
    `2026-11-20 09:00:06 ${ID} Completed QT=7s`,
    { type: 'completed', atMs: AT, id: ID, queueTimeMs: 7000 },
  ],
  [
    '2026-11-20 09:00:06 H=(spam) [203.0.113.9]:4242 I=[192.0.2.1]:25 F=<x@example.org> rejected RCPT <bob@example.net>: relay not permitted',
    REJECTED,
  ],
  [
    `2026-11-20 09:00:06 ${ID} H=(spam) [203.0.113.9]:4242 X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no F=<> temporarily rejected after DATA: spam score 15.2`,
    {
      ...REJECTED,
      id: ID,
      local: null,
      tls: TLS,
      from: null,
      temporary: true,
      phase: 'after DATA',
      subject: null,
      reason: 'spam score 15.2',
    },
  ],
  [
    '2026-11-20 09:00:06 plain authenticator failed for (laptop) [203.0.113.9]:4242 I=[192.0.2.1]:465: 535 Incorrect authentication data (set_id=jane)',
    {
      type: 'authenticationFailed',
      atMs: AT,
      mechanism: 'plain',
      host: { name: null, helo: 'laptop', address: '203.0.113.9', port: 4242 },
      local: { address: '192.0.2.1', port: 465 },
      reply: '535 Incorrect authentication data',
      login: 'jane',
    },
  ],
  [
    '2026-11-20 09:00:06 H=(x) [203.0.113.9] Warning: accepting postmaster from host in rbl2.test.ex',
    {
      type: 'warning',
      atMs: AT,
      id: null,
      host: { name: null, helo: 'x', address: '203.0.113.9', port: null },
      local: null,
      program: null,
      text: 'accepting postmaster from host in rbl2.test.ex',
    },
  ],
  [
    '2026-11-20 09:00:06 SMTP connection from [127.0.0.1]:41030 (TCP/IP connection count = 1)',
    {
      type: 'note',
      atMs: AT,
      id: null,
      topic: 'connected',
      host: { name: null, helo: null, address: '127.0.0.1', port: 41030 },
      program: null,
      text: 'SMTP connection from [127.0.0.1]:41030 (TCP/IP connection count = 1)',
    },
  ],
  [
    '2026-11-20 09:00:06 PANIC: the store stopped: fsync failed',
    {
      type: 'panic',
      atMs: AT,
      id: null,
      severity: 'panic',
      program: null,
      text: 'the store stopped: fsync failed',
    },
  ],
  [
    `2026-11-20 09:00:06 ${ID} cancelled by root`,
    {
      type: 'queueAction',
      atMs: AT,
      id: ID,
      action: 'cancelled',
      recipient: null,
      by: 'root',
      text: 'cancelled by root',
    },
  ],
]

for (const [line, event] of lines) {
  test(`${event.type}: written and read as Exim writes it`, () => {
    assert.equal(renderEvent(event, UTC), line)
    assert.deepEqual(readLine(line, UTC), event)
  })
}

test('what is written is read back as the same event, whatever a stranger sent', () => {
  fc.assert(
    fc.property(anyMailEvent, fc.constantFrom(UTC, BERLIN), (event, zone) => {
      const line = renderEvent(event, zone)
      assert.doesNotMatch(line, HARMFUL)
      assert.deepEqual(readLine(line, zone), event)
    }),
    { numRuns: 3000 },
  )
})
const BERLIN = zoneNamed('Europe/Berlin')
const HARMFUL = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u

test('lines are read the same in the midst of a text as alone, whole or cut short', () => {
  const anyLine = fc
    .tuple(anyMailEvent, fc.option(fc.nat(200), { nil: undefined }))
    .map(([event, cut]) => renderEvent(event, UTC).slice(0, cut))
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 8 }), (all) => {
      const found: unknown[] = []
      readLines(`${all.join('\n')}\n`, UTC, (event) => void found.push(event))
      assert.deepEqual(
        found,
        (all.length === 0 ? [''] : all).map((line) => readLine(line, UTC)),
      )
    }),
    { numRuns: 1000 },
  )
})

test('J01: a stranger cannot forge a line, a field or an address', () => {
  const helo = 'x) [198.51.100.1]\r\n2026-11-20 09:00:06 fake \u202e'
  const forged = { ...REJECTED, host: { ...(REJECTED.host as Host), helo } }
  assert.equal(
    renderEvent(forged, UTC),
    '2026-11-20 09:00:06 H=(x\\051\\040[198.51.100.1]\\r\\n2026-11-20\\04009:00:06\\040fake\\040\\342\\200\\256) [203.0.113.9]:4242 I=[192.0.2.1]:25 F=<x@example.org> rejected RCPT <bob@example.net>: relay not permitted',
  )
})

test('times in a zone carry their offset, and the hour that comes twice stays two hours', () => {
  const first = Date.UTC(2026, 9, 25, 0, 30, 0)
  for (const [atMs, text] of [
    [first, '2026-10-25 02:30:00 +0200 End queue run: pid=1'],
    [first + 3_600_000, '2026-10-25 02:30:00 +0100 End queue run: pid=1'],
  ] as const) {
    const note = noteOf(atMs, 'queueRun', 'End queue run: pid=1')
    assert.equal(renderEvent(note, BERLIN), text)
    assert.deepEqual(readLine(text, BERLIN), note)
    assert.deepEqual(readLine(text, UTC), note)
  }
})

test('a time without an offset is in the zone of the reader', () => {
  const read = readLine(
    '2026-11-20 10:00:06 End queue run: pid=1',
    zoneNamed('Europe/Berlin', false),
  )
  assert.deepEqual(read, noteOf(AT, 'queueRun', 'End queue run: pid=1'))
})

test('milliseconds and process ids of an Exim that logs them are understood', () => {
  const read = readLine('2026-11-20 09:00:06.712 [22483] Start queue run: pid=1', UTC)
  assert.deepEqual(read, noteOf(AT + 712, 'queueRun', 'Start queue run: pid=1'))
})

for (const line of [
  '',
  '\t(envelope-from <a@b>)',
  'P Received: from x',
  '2026-11-20',
  '2026-13-01 00:00:00 x',
]) {
  test(`no event: ${JSON.stringify(line)}`, () => {
    assert.deepEqual(readLine(line, UTC), {
      type: 'unknown',
      atMs: null,
      id: null,
      program: null,
      line,
    })
  })
}

test('any line is read without an error', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...lines),
      fc.nat(400),
      fc.string({ unit: 'binary' }),
      (known, at, noise) => {
        const [line] = known
        readLine(line.slice(0, at) + noise + line.slice(at), UTC)
        readLine(line.slice(0, at), UTC)
      },
    ),
    { numRuns: 1000 },
  )
})

test('rejectlog repeats the line and holds the header, indented so that no field looks like a line', () => {
  const event: Rejected = {
    ...REJECTED,
    phase: 'after DATA',
    subject: null,
    headers: ['From: x\r\n', 'Subject: a\r\n b\r\n2026-11-20 09:00:06 forged\x1b\r\n'],
  }
  assert.equal(
    renderRejection(event, UTC).split('\n').slice(1).join('\n'),
    'F From: x\n  Subject: a\n\tb\n\t2026-11-20 09:00:06 forged\\033',
  )
})
