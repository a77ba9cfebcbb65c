import assert from 'node:assert/strict'
import { test } from 'node:test'

import { logReader } from '../../journal/reader.ts'
import { UTC } from '../../journal/zone.ts'
import { explainLine, type LineExplanation } from './explain-line.ts'

function explain(line: string): LineExplanation {
  const latestMs = Date.UTC(2026, 11, 31)
  return explainLine(line, logReader({ format: 'auto', zone: UTC, latestMs, log: 'main' }))
}

/** `name=value` of every field. */
function fields(line: string): string[] {
  return explain(line).fields.map(({ name, value }) => (value === '' ? name : `${name}=${value}`))
}

const HEAD = '2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB'

test('every field of an Exim arrival is named as the specification names it', () => {
  assert.deepEqual(
    fields(
      `2026-11-20 09:00:06.123 +0100 [42] 1vnYk2-00000000BQ5-1EaB <= jane@x.example R=1vnYk1-00000000BQ5-0001 H=mail.x.example (helo) [192.0.2.3]:50214 I=[192.0.2.1]:465 P=esmtpsa L K M8S=8 X=TLS1.3:A:256 CV=no DN="CN=a, O=b" SNI="mail" PRX=10.0.0.1 TFO A=plain:jane RT=0.1s S=35 DKIM=x.example id=a1@lan T="He said \\"hi\\" => S=1" from <jane@x.example> for bob@y.example carol@z.example`,
    ),
    [
      'time=2026-11-20 09:00:06.123 +0100',
      'pid=42',
      'message id=1vnYk2-00000000BQ5-1EaB',
      '<=',
      'sender=jane@x.example',
      'R=1vnYk1-00000000BQ5-0001',
      'H=mail.x.example (helo) [192.0.2.3]:50214',
      'I=[192.0.2.1]:465',
      'P=esmtpsa',
      'L',
      'K',
      'M8S=8',
      'X=TLS1.3:A:256',
      'CV=no',
      'DN="CN=a, O=b"',
      'SNI="mail"',
      'PRX=10.0.0.1',
      'TFO',
      'A=plain:jane',
      'RT=0.1s',
      'S=35',
      'DKIM=x.example',
      'id=a1@lan',
      'T="He said \\"hi\\" => S=1"',
      'from=<jane@x.example>',
      'for=bob@y.example carol@z.example',
    ],
  )
})

test('the same letter means different things in different lines', () => {
  const meaning = (line: string, wanted: string) =>
    explain(line).fields.find(({ name }) => name === wanted)?.meaning
  const arrival = `${HEAD} <= <> R=1vnYk1-00000000BQ5-0001 T="x" P=local`
  const delivery = `${HEAD} => bob@x.example R=dnslookup T=remote_smtp P=<jane@x.example>`
  for (const [name, inArrival, inDelivery] of [
    ['R', /bounce of/, /^router/],
    ['T', /subject/, /^transport/],
    ['P', /^protocol/, /^return path/],
  ] as const) {
    assert.match(meaning(arrival, name) ?? '', inArrival)
    assert.match(meaning(delivery, name) ?? '', inDelivery)
  }
})

const eximLines: readonly (readonly [line: string, fields: readonly string[]])[] = [
  [
    `${HEAD} => dan (team@x.example, all@x.example) <list@x.example> F=<jane@x.example> C="250 ok \\"1\\"" QT=3s DT=0.2s`,
    [
      'address=dan',
      'parents=team@x.example, all@x.example',
      'original=<list@x.example>',
      'F=<jane@x.example>',
      'C="250 ok \\"1\\""',
      'QT=3s',
      'DT=0.2s',
    ],
  ],
  [
    `${HEAD} == bob@x.example R=r T=t defer (-44) H=mx.x.example [192.0.2.9]: SMTP error: 451 4.7.1 later DT=1s`,
    [
      'address=bob@x.example',
      'R=r',
      'T=t',
      'defer=(-44)',
      'H=mx.x.example [192.0.2.9]',
      'text=SMTP error: 451 4.7.1 later',
      'DT=1s',
    ],
  ],
  [
    `${HEAD} ** bob@x.example: retry timeout exceeded`,
    ['address=bob@x.example', 'text=retry timeout exceeded'],
  ],
]

for (const [line, expected] of eximLines)
  test(`Exim's fields: ${line.slice(HEAD.length + 1, HEAD.length + 40)}`, () => {
    assert.deepEqual(fields(line).slice(3), expected)
  })

test('a rejection names the step of the session', () => {
  assert.deepEqual(
    fields(
      '2026-11-20 09:00:06 H=(x) [192.0.2.3]:4242 F=<a@x.example> temporarily rejected RCPT <bob@y.example>: greylisted',
    ).slice(1),
    [
      'H=(x) [192.0.2.3]:4242',
      'F=<a@x.example>',
      'temporarily rejected RCPT=<bob@y.example>',
      'text=greylisted',
    ],
  )
})

test('a Postfix delivery: every field, and its delays in words', () => {
  const { server, fields: all } = explain(
    'Mar 14 00:00:31 mx postfix/smtp[297535]: 3F2A1B00: to=<bob@x.example>, orig_to=<team@y.example>, relay=mx.x.example[192.0.2.9]:25, conn_use=2, delay=1.2, delays=0.1/0.01/0.6/0.5, dsn=4.7.1, status=deferred (host mx.x.example[192.0.2.9] said: 451 4.7.1 later (in reply to RCPT TO command))',
  )
  assert.equal(server, 'postfix')
  assert.deepEqual(
    all.map(({ name }) => name),
    [
      'time',
      'program',
      'queue id',
      'to',
      'orig_to',
      'relay',
      'conn_use',
      'delay',
      'delays',
      'dsn',
      'status',
      'text',
    ],
  )
  assert.match(
    all.find(({ name }) => name === 'delays')?.meaning ?? '',
    /^0\.1 s before .* 0\.5 s to transmit$/,
  )
})

test('a Dovecot login: every field', () => {
  const { server, fields: all } = explain(
    'Nov 20 23:51:18 imap-login: Info: Disconnected: Connection closed (auth failed, 2 attempts in 4 secs): user=<bob>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, TLS, session=<abc>',
  )
  assert.equal(server, 'dovecot')
  assert.deepEqual(
    all.map(({ name, value }) => `${name} ${value}`.trim()),
    [
      'service imap-login',
      'user <bob>',
      'method PLAIN',
      'rip 192.0.2.3',
      'lip 192.0.2.1',
      'session <abc>',
      'TLS',
      'text Disconnected: Connection closed (auth failed, 2 attempts in 4 secs)',
    ],
  )
})

test('an error has its reason; what went well has none', () => {
  const failed = explain(
    `${HEAD} ** bob@x.example R=r T=t H=mx [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<bob@x.example>: 550 5.1.1 User unknown`,
  )
  assert.equal(failed.error?.reason.category, 'mailboxUnknown')
  assert.equal(explain(`${HEAD} => bob@x.example R=r T=t`).error, null)
  assert.equal(explain(`${HEAD} Completed`).error, null)
})

test('an error without a line around it is explained too', () => {
  const { server, error, summary } = explain(
    '452 4.2.2 The email account that you tried to reach is over quota',
  )
  assert.equal(server, null)
  assert.equal(error?.reason.category, 'mailboxFull')
  assert.match(summary, /^an error/)
})

test('a text that no mail server wrote is said to be that', () => {
  const { error, summary, fields: none } = explain('The quick brown fox')
  assert.equal(error, null)
  assert.deepEqual(none, [])
  assert.match(summary, /no line of a mail log/)
})

test('a line of a program that is no mail program has no reason of mail', () => {
  const { error, summary } = explain('Nov 20 09:00:09 mail sshd[7]: error: PAM: 550 User unknown')
  assert.equal(error, null)
  assert.match(summary, /^a line of sshd, which is no mail program/)
})

test('fields are found behind what a container’s tool put before the line', () => {
  const line = 'Nov 20 09:00:07 mail postfix/qmgr[12]: 3F2A1B0C4D: removed'
  assert.deepEqual(explain(`mail-1  | ${line}`).fields, explain(line).fields)
  assert.notDeepEqual(explain(line).fields, [])
})

test('lines of any length and content take no time', () => {
  for (const part of ['=', 'a=', '"', '(', '<', '\\', ' H=', 'T="\\', 'x@y ', ': ', 'a=<', ', ']) {
    const { fields: some } = explain(`${HEAD} <= ${part.repeat(20_000)}`)
    assert.ok(some.length > 0)
    explain(`Mar 14 00:00:31 mx postfix/smtp[1]: 3F2A1B00: ${part.repeat(20_000)}`)
    explain(`Nov 20 23:51:18 imap-login: Info: ${part.repeat(20_000)}`)
  }
})
