import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Arrival, Delivered, Event, NoteTopic, QueueAction, Rejected } from '../event.ts'
import { noteOf } from '../plain.ts'
import { UTC } from '../zone.ts'
import { readLine, readLogLine, readMessageAt } from './read.ts'
import { renderEvent } from './write.ts'

const TIME = '2026-11-20 09:00:06'
const ID = '1vnYk2-00000000BQ5-1EaB'
const AT = Date.UTC(2026, 10, 20, 9, 0, 6)

const read = (text: string) => readLine(`${TIME} ${text}`, UTC)

/** Some fields of an event. */
function hasFields(event: object, fields: object): void {
  for (const [name, value] of Object.entries(fields))
    assert.deepEqual((event as Record<string, unknown>)[name], value, name)
}

test('an arrival with everything that log_selector +all adds, in any order before the Message-ID', () => {
  const fields: Partial<Arrival> = {
    type: 'arrival',
    from: 'jane@example.com',
    host: { name: 'mx.example.org', helo: 'helo', address: '192.0.2.3', port: 50214 },
    local: { address: '2001:db8::1', port: 25 },
    user: 'ident',
    protocol: 'esmtps',
    authenticator: 'plain',
    login: 'jane',
    sizeOctets: 12,
    messageIdHeader: 'a@b',
    subject: 'He said "no" \\ x',
    recipients: ['bob@example.net', '"a b"@example.net', 'c@d'],
  }
  const rest = `T="He said \\"no\\" \\\\ x" from <jane@example.com> for bob@example.net "a b"@example.net c@d`
  hasFields(
    read(
      `[4711] ${ID} <= jane@example.com H=mx.example.org (helo) [192.0.2.3]:50214 I=[2001:db8::1]:25 U=ident P=esmtps L. X=TLS1.3:A:256 CV=no SNI="x" DN="/CN=\\"q\\"" PRX=192.0.2.9 A=plain:jane K S=12 M8S=8 RT=0.1s DKIM=example.com TFO PRDR id=a@b ${rest}`,
    ),
    fields,
  )
  hasFields(
    read(
      `${ID} <= jane@example.com M8S=0 S=12 A=plain:jane P=esmtps K U=ident H=mx.example.org (helo) [192.0.2.3]:50214 I=[2001:db8::1]:25 id=a@b ${rest}`,
    ),
    fields,
  )
})

test('arrivals: fakereject, an older id, a bounce', () => {
  hasFields(read('10HmaX-0005vi-00 (= a@b U=root P=local S=sss'), {
    type: 'arrival',
    mark: '(=',
    id: '10HmaX-0005vi-00',
    sizeOctets: null,
  })
  hasFields(read(`${ID} <= <> R=10HmaX-0005vi-00 U=mail P=local S=1`), {
    from: null,
    parent: '10HmaX-0005vi-00',
    user: 'mail',
  })
})

test('deliveries: pipes, files, connections used again, cutthrough', () => {
  const cases: readonly (readonly [string, Partial<Delivered>])[] = [
    [
      '=> |/usr/bin/procmail -d jane <jane@x.example> F=<a@b> P=<a@b> R=pipe T=address_pipe S=12 QT=3s DT=0.25s',
      {
        mark: '=>',
        recipient: {
          address: '|/usr/bin/procmail -d jane',
          parents: ['jane@x.example'],
          from: 'a@b',
          router: 'pipe',
          transport: 'address_pipe',
        },
        queueTimeMs: 3000,
        deliverTimeMs: 250,
      },
    ],
    [
      '-> a@b R=r T=t H=mx [192.0.2.1]:25* I=[192.0.2.2]:4 TFO* L* X=TLS1.3:A:256 CV=dane DN="C=DE, O=x" A=plain PRDR K C="250 \\"ok\\"\\n250 x" QT=q.qqqs DT=1m1s',
      {
        mark: '->',
        host: { name: 'mx', helo: null, address: '192.0.2.1', port: 25 },
        tls: { version: 'TLS1.3', cipher: 'A', bits: 256, verified: 'dane', serverName: null },
        authenticator: 'plain',
        confirmation: '250 "ok"\n250 x',
        queueTimeMs: null,
        deliverTimeMs: 61_000,
      },
    ],
    ['>> a@b R=r T=t H=mx [192.0.2.1]', { mark: '>>' }],
    ['*> a@b R=r T=t', { mark: '*>' }],
  ]
  for (const [text, fields] of cases)
    hasFields(read(`${ID} ${text}`), { type: 'delivered', ...fields })
})

test('a local part with a space, which Exim writes without its quotes', () => {
  for (const mark of ['=>', '->', '**', '==']) {
    const event = read(`${ID} ${mark} joe b <"joe b"@x.example> R=local T=mbox: no`) as Event
    assert.ok('recipient' in event && typeof event.recipient === 'object')
    hasFields(event.recipient ?? {}, {
      address: 'joe b',
      parents: ['"joe b"@x.example'],
      router: 'local',
    })
  }
  const other = read(`${ID} == a@b routing defer (-51): see <"a"@b>`)
  hasFields(other, { reason: 'see <"a"@b>' })
})

test('failures: routing, times before and after the reason, addresses with spaces', () => {
  hasFields(read(`${ID} == a@b routing defer (-51): retry time not reached`), {
    type: 'deferred',
    errorNumber: -51,
    reason: 'retry time not reached',
  })
  hasFields(read(`${ID} == a@b R=r T=t defer (111) H=x [192.0.2.1]:25 DT=2s: Connection refused`), {
    errorNumber: 111,
    deliverTimeMs: 2000,
    reason: 'Connection refused',
  })
  hasFields(read(`${ID} ** a@b F=<c@d>: 550 no QT=1m DT=0s`), {
    type: 'failed',
    reason: '550 no',
    queueTimeMs: 60_000,
    deliverTimeMs: 0,
  })
  const event = read(`${ID} ** "a b"@c.example <x@y> R=r : Unrouteable address`) as Event
  assert.ok(event.type === 'failed')
  assert.equal(event.recipient.address, '"a b"@c.example')
  assert.equal(event.reason, 'Unrouteable address')
})

const ACTIONS: readonly (readonly [string, QueueAction['action'], by: string | null])[] = [
  ['Frozen', 'frozen', null],
  ['Frozen (delivery error message)', 'frozen', null],
  ['frozen by root', 'frozen', 'root'],
  ['Message is frozen', 'stillFrozen', null],
  ['Unfrozen by errmsg timer', 'thawed', null],
  ['Unfrozen by forced delivery', 'thawed', null],
  ['unfrozen by jane', 'thawed', 'jane'],
  ['removed by root', 'removed', 'root'],
  ['cancelled by timeout_frozen_after', 'cancelled', null],
  ['cancelled by system filter: no', 'cancelled', null],
  ['Spool file is locked (another process is handling this message)', 'locked', null],
  ['Spool file for 10HmaX-0005vi-00 is locked (another …)', 'locked', null],
  ['moved from input, msglog to Finput, Fmsglog', 'requeued', null],
  ['sender address changed to <a@b> by root', 'changed', 'root'],
  [
    '=> blackhole (DATA ACL discarded recipients): This message contains a virus',
    'discarded',
    null,
  ],
  ['=> discarded (system filter)', 'discarded', null],
]
for (const [text, action, by] of ACTIONS) {
  test(`an action on the queue: ${text}`, () => {
    const id = ID
    const expected = { type: 'queueAction', atMs: AT, id, action, recipient: null, by, text }
    assert.deepEqual(read(`${ID} ${text}`), expected)
  })
}

for (const [text, recipient] of [
  ['bob@x.example marked delivered by root', 'bob@x.example'],
  ['address <bob@x.example> marked delivered by root', 'bob@x.example'],
  ['address <bob@x.example> has been marked delivered by root', 'bob@x.example'],
  ['all addresses marked delivered by root', null],
  ['all addresses have been marked delivered by root', null],
  ['* marked delivered by root', null],
] as const) {
  test(`marked delivered: ${text}`, () => {
    hasFields(read(`${ID} ${text}`), {
      type: 'queueAction',
      action: 'markedDelivered',
      recipient,
      by: 'root',
    })
  })
}

test('a recipient that was added, in both spellings', () => {
  for (const word of ['recipient', 'receipient']) {
    hasFields(read(`${ID} ${word} <bob@x.example> added by root`), {
      type: 'queueAction',
      action: 'changed',
      recipient: 'bob@x.example',
      by: 'root',
    })
  }
})

const REJECTIONS: readonly (readonly [string, Partial<Rejected>])[] = [
  [
    'H=(a) [192.0.2.3]:5 I=[192.0.2.1]:25 U=x F=<> Ci=12 temporarily rejected RCPT <"a b"@c>: later: on',
    { temporary: true, phase: 'RCPT', subject: '<"a b"@c>', reason: 'later: on', from: null },
  ],
  [
    'H=[192.0.2.3] rejected connection in "connect" ACL: go away',
    { phase: 'connection', subject: null, reason: 'go away' },
  ],
  [
    'H=(a) [192.0.2.3] F=<a@b> rejected predata ACL: no',
    { phase: 'DATA', subject: null, reason: 'no' },
  ],
  ["H=[192.0.2.3]:62 dropped by 'connect' ACL: banned", { phase: 'connection', reason: 'banned' }],
  [
    'H=(a) [192.0.2.3] rejected EHLO or HELO a',
    { phase: 'EHLO or HELO', subject: 'a', reason: '' },
  ],
  [
    'H=(a) [192.0.2.3] P=smtp F=x@y rejected by local_scan(): spam',
    { phase: 'after DATA', reason: 'spam', from: 'x@y' },
  ],
  [
    `${ID} U=jane F=<a@b> rejected during MIME ACL checks: no`,
    { phase: 'after DATA', reason: 'no', host: null, from: 'a@b' },
  ],
  [
    `${ID} F=<a@b> rejected by non-SMTP ACL: no`,
    { phase: 'after DATA', reason: 'no', from: 'a@b' },
  ],
  [
    'rejected MAIL FROM:<a@b> H=(c) [192.0.2.3] I=[192.0.2.1]:25: message too big: size=9 max=8',
    { phase: 'MAIL', subject: '<a@b>', reason: 'message too big: size=9 max=8' },
  ],
  [
    'rejected MAIL from (c) [192.0.2.3]:9 I=[192.0.2.1]:25: no HELO/EHLO given',
    { phase: 'MAIL', subject: null, reason: 'no HELO/EHLO given' },
  ],
  [
    'rejected HELO from [192.0.2.3]: syntactically invalid argument(s): !@#',
    { phase: 'EHLO or HELO', reason: 'syntactically invalid argument(s): !@#' },
  ],
  [
    `${ID} rejected from <a@b> H=(c) [192.0.2.3]: message too big: read=9 max=8`,
    { phase: 'after DATA', from: 'a@b', reason: 'message too big: read=9 max=8' },
  ],
  [
    'refused connection from [192.0.2.3] (host_reject_connection)',
    { phase: 'connection', temporary: false },
  ],
  [
    'Connection from [192.0.2.3] refused: too many connections',
    { phase: 'connection', temporary: true, reason: 'too many connections' },
  ],
  [
    'too many recipients: excess temporarily rejected: sender=<x@y> H=[192.0.2.3]',
    { phase: 'RCPT', temporary: true, from: 'x@y' },
  ],
  ['unqualified recipient rejected: <bob> H=(c) [192.0.2.3]', { phase: 'RCPT', subject: '<bob>' }],
]
for (const [text, fields] of REJECTIONS) {
  test(`a rejection: ${text}`, () => {
    const event = read(text) as Rejected
    hasFields(event, { type: 'rejected', ...fields })
    assert.equal(event.host?.address ?? '192.0.2.3', '192.0.2.3')
    assert.equal(event.host === null, !text.includes('[192.0.2.3]'))
  })
}

test('failed logins, with the forms that the host can have', () => {
  for (const text of [
    'dovecot_login authenticator failed for (User) [192.0.2.3]: 535 Incorrect authentication data (set_id=a@b)',
    'dovecot_login authenticator failed for H=(User) [192.0.2.3]:4 I=[192.0.2.1]:25: 535 Incorrect authentication data (set_id=a@b)',
    'dovecot_login authenticator failed H=(User) [192.0.2.3]: 535 Incorrect authentication data (set_id=a@b)',
    'mx1.example.org exim[29786]: dovecot_login authenticator failed for (User) [192.0.2.3] U=x: 535 Incorrect authentication data (set_id=a@b)',
  ]) {
    const event = read(text)
    hasFields(event, {
      type: 'authenticationFailed',
      mechanism: 'dovecot_login',
      reply: '535 Incorrect authentication data',
      login: 'a@b',
    })
    assert.equal('host' in event && event.host?.address, '192.0.2.3')
  }
})

test('failed logins: words after the name, and a name that looks like more', () => {
  for (const [said, reply, login] of [
    [
      '435 Unable to authenticate at present (set_id=joe): text (more)',
      '435 Unable to authenticate at present: text (more)',
      'joe',
    ],
    [
      '535 Incorrect authentication data (set_id=joe): more',
      '535 Incorrect authentication data: more',
      'joe',
    ],
    [
      '535 Incorrect authentication data (set_id=a) (set_id=b)',
      '535 Incorrect authentication data',
      'a) (set_id=b',
    ],
    [
      '535 Incorrect authentication data (set_id=',
      '535 Incorrect authentication data (set_id=',
      null,
    ],
  ] as const) {
    hasFields(read(`plain authenticator failed for (h) [192.0.2.3]: ${said}`), {
      type: 'authenticationFailed',
      reply,
      login,
    })
  }
})

const NOTES: readonly (readonly [string, NoteTopic, address: string | null])[] = [
  ['exim 4.99 daemon started: pid=1, -q30m, listening for SMTP on port 25', 'start', null],
  ['SIGHUP received: re-exec daemon', 'reload', null],
  ['pid 1234: SIGHUP received: re-exec daemon', 'reload', null],
  ['Start queue run: pid=9 -qf', 'queueRun', null],
  ["End 'spam' queue run: pid=9", 'queueRun', null],
  ['cwd=/root 3 args: /usr/sbin/exim -bd -q30m', 'command', null],
  ['SMTP connection from [192.0.2.3]:4 (TCP/IP connection count = 1)', 'connected', '192.0.2.3'],
  ['SMTP connection from mx (h) [192.0.2.3]:4 D=3s closed by QUIT', 'disconnected', '192.0.2.3'],
  ['SMTP connection from (h) [192.0.2.3] closed by DROP in ACL', 'connection', '192.0.2.3'],
  ['SMTP connection from (h) [192.0.2.3] lost D=1s', 'connection', '192.0.2.3'],
  [
    'SMTP connection identification H=localhost A=127.0.0.1 P=42 U=jane ID=1000 S=jane B=get_user',
    'policy',
    null,
  ],
  ['SMTP command timeout on connection from (h) [192.0.2.3]', 'connection', '192.0.2.3'],
  ['no MAIL in TLS SMTP connection from [192.0.2.3]:4 D=0s C=EHLO', 'protocol', '192.0.2.3'],
  [
    'unexpected disconnection while reading SMTP command from (h) [192.0.2.3] D=3s',
    'connection',
    '192.0.2.3',
  ],
  ['SMTP syntax error in "FOO" H=(h) [192.0.2.3] unrecognized command', 'protocol', '192.0.2.3'],
  [
    'SMTP call from [192.0.2.3] dropped: too many nonmail commands (last was "NOOP")',
    'protocol',
    '192.0.2.3',
  ],
  ['no host name found for IP address 192.0.2.3', 'dns', null],
  ['no IP address found for host x.example (during SMTP connection from [192.0.2.3])', 'dns', null],
  ['TLS error on connection from (h) [192.0.2.3] (recv): cut', 'tls', '192.0.2.3'],
  ['TLS client disconnected cleanly (rejected our certificate?)', 'tls', null],
  [`${ID} DKIM: d=x.example s=s c=relaxed/relaxed [verification succeeded]`, 'dkim', null],
  ['DMARC results: spf_domain=x dmarc_domain=y', 'dmarc', null],
  ['H=(h) [192.0.2.3] sender verify fail for <a@b>: Unrouteable address', 'callout', '192.0.2.3'],
  ['H=(h) [192.0.2.3] F=<a@b> RCPT <c@d>: discarded by RCPT ACL', 'policy', '192.0.2.3'],
  ['H=(h) [192.0.2.3] incomplete transaction (QUIT) from <a@b>', 'protocol', '192.0.2.3'],
  [`${ID} H=mx [192.0.2.3] Connection refused`, 'delivery', '192.0.2.3'],
  [`${ID} H=mx [192.0.2.3]: Remote host closed connection`, 'delivery', '192.0.2.3'],
  [`${ID} a@b.example: error ignored`, 'delivery', null],
  [`${ID} no immediate delivery: load average 9.10`, 'delivery', null],
  [`${ID} original recipients ignored (system filter)`, 'filter', null],
  ['spam acl condition: all spamd servers failed', 'process', null],
  [`${ID} malware acl condition: clamd: unable to connect`, 'process', null],
  ['Sender identification U=jane D=x.example S=jane', 'policy', null],
  ['failed to expand "x" while checking a list: no', 'configuration', null],
  ["Tainted filename '/x'", 'configuration', null],
  ['ETRN #one received from (h) [192.0.2.3]', 'protocol', '192.0.2.3'],
  ['User 0 set for local_delivery transport is on the never_users list', 'configuration', null],
  ['MX lookup for x.example failed', 'dns', null],
  ['lookup of host "x.example" failed in smarthost router', 'dns', null],
  ['lookup of "x" gave DEFER: no', 'configuration', null],
  ['PDKIM: d=x.example s=s [failed key import]', 'dkim', null],
  ['retry database: failed to open /var/spool/exim/db/retry', 'process', null],
  ['Failed to open database /var/spool/exim/db/retry', 'process', null],
  ['H=(h) [192.0.2.3] dropped: too many errors', 'connection', '192.0.2.3'],
  ['rcpt_acl: macro: x', 'policy', null],
  ['sender_ident=x', 'policy', null],
  [
    'alert told by mail, webhook hook: [FIRING] mx: alerts do not get through by hook',
    'policy',
    null,
  ],
  ['accepted from bob@x.example', 'policy', null],
  ['peer dn\tCN=x', 'policy', null],
  [`${ID} whatever an ACL writes`, 'policy', null],
]
for (const [text, topic, address] of NOTES) {
  test(`a note: ${text}`, () => {
    const event = read(text)
    hasFields(event, { type: 'note', topic, text: text.replace(`${ID} `, '') })
    assert.equal(('host' in event && event.host?.address) || null, address)
  })
}

test('what we note ourselves is read with its topic', () => {
  for (const [topic, text] of [
    ['start', 'Waybill 0.1.0 daemon started: pid=1, listening for SMTP on [127.0.0.1]:25'],
    ['stop', 'Waybill 0.1.0 daemon stopped: pid=1'],
    ['connection', 'SMTP connection from (x) [192.0.2.3]:4 lost while reading message data D=3s'],
    ['connection', 'SMTP connection from [192.0.2.3]:4 closed: too many errors D=0s'],
    [
      'connection',
      'SMTP data timeout (message abandoned) on connection from [192.0.2.3]:4 F=<> D=0s',
    ],
    [
      'protocol',
      'SMTP protocol synchronization error (next input sent too soon: pipelining was advertised): rejected "DATA" H=[192.0.2.3]:4 I=[192.0.2.1]:25 next input="x"',
    ],
  ] as const) {
    const line = renderEvent(noteOf(AT, topic, text), UTC)
    assert.equal(line, `${TIME} ${text}`)
    hasFields(readLine(line, UTC), { type: 'note', topic, text })
  }
})

test('warnings, with and without fields', () => {
  hasFields(
    read('H=(h) [192.0.2.3] Warning: "SpamAssassin as jane detected message as NOT spam (0.1)"'),
    {
      type: 'warning',
      text: '"SpamAssassin as jane detected message as NOT spam (0.1)"',
    },
  )
  hasFields(read('Warning: purging the environment.'), {
    type: 'warning',
    host: null,
    text: 'purging the environment.',
  })
})

function readFile(text: string, log: 'main' | 'reject' | 'panic') {
  let afterLine = false
  return text.split('\n').map((line) => {
    const event = readLogLine(line, 0, line.length, UTC, log, afterLine)
    afterLine ||= event.type !== 'continuation' && event.atMs !== null
    return event.type
  })
}

test('rejectlog: the header of a message goes on with its line', () => {
  const text = `${TIME} ${ID} U=jane F=<a@b> rejected after DATA: no\nEnvelope-from: <a@b>\nP Received: from x\n\tby y\n${'-'.repeat(40)}`
  const rest = Array(4).fill('continuation')
  assert.deepEqual(readFile(text, 'reject'), ['rejected', ...rest])
})

test('paniclog: every line with a time is an alarm, with its whole text', () => {
  const line = `${TIME} [12] ${ID} == a@b R=r defer (-1): Tainted 'x'`
  assert.deepEqual(readLogLine(line, 0, line.length, UTC, 'panic', false), {
    type: 'panic',
    atMs: AT,
    id: ID,
    severity: 'panic',
    program: null,
    text: "== a@b R=r defer (-1): Tainted 'x'",
  })
  assert.deepEqual(readFile(`${TIME} Exim configuration error in line 3:\n  bad`, 'panic'), [
    'panic',
    'continuation',
  ])
})

test('mainlog: a line without a time goes on with the one before, if there is one', () => {
  const foreign = 'another program wrote this'
  assert.deepEqual(readFile(`\n${foreign}\n${TIME} Start queue run: pid=1\n${foreign}`, 'main'), [
    'continuation',
    'unknown',
    'note',
    'continuation',
  ])
})

test('syslog: without a time of its own, with it, and in parts', () => {
  const readSyslog = (text: string) => readMessageAt(text, 0, 5, text.length, AT)
  assert.deepEqual(readSyslog(`tag: ${ID} Completed`), readSyslog(`tag: ${TIME} ${ID} Completed`))
  hasFields(readSyslog(`tag: [1\\2] ${TIME} ${ID} ** a@b: 550 no`), {
    type: 'failed',
    reason: '550 no',
  })
  assert.equal(readSyslog('tag: [2\\2] the rest').type, 'continuation')
})

test('what is checked before a message, in the words of newer versions, is a rejection', () => {
  for (const [words, phase] of [
    ['WELLKNOWN', 'VRFY'],
    ['MAILAUTH', 'MAIL'],
    ['BDAT', 'DATA'],
  ] as const) {
    const event = readLine(`2026-11-20 09:00:06 H=(x) [192.0.2.1] rejected ${words}: not here`, UTC)
    assert.equal(event.type, 'rejected', words)
    assert.equal(event.type === 'rejected' && event.phase, phase)
  }
})
