/** Who is to blame when our own relay says no: the relay or we, and not the recipient's provider. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { UTC } from '../../journal/zone.ts'
import { readLine } from '../../journal/exim/read.ts'
import { logReader } from '../../journal/reader.ts'
import { explainAlone, explainEvent } from '../event-error.ts'
import { explainError } from './explain.ts'
import { factsOf } from './facts.ts'
import { RULES } from './table.ts'

const AFTER = 'SMTP error from remote mail server after'
const CASES: readonly (readonly [said: string, reason: string, actor: string])[] = [
  ['Connection timed out', 'relay-unreachable', 'you'],
  ['Connection refused', 'relay-unreachable', 'you'],
  ['No route to host', 'relay-unreachable', 'you'],
  ['SMTP timeout after initial connection', 'relay-unreachable', 'you'],
  ['Remote host closed connection in response to EHLO', 'relay-unreachable', 'you'],
  ["host lookup did not complete for the relay's host relay.example", 'relay-not-in-dns', 'you'],
  [
    'TLS session: (certificate verification failed): certificate has expired',
    'relay-tls-failed',
    'you',
  ],
  ['TLS session: (SSL_connect): wrong version number', 'relay-tls-failed', 'you'],
  [
    'a TLS session is required (the relay smart), but the server did not offer TLS support',
    'relay-tls-failed',
    'you',
  ],
  [`${AFTER} AUTH PLAIN: 535 5.7.8 no`, 'smarthost-login-failed', 'you'],
  [
    `${AFTER} AUTH LOGIN: 454 4.7.0 Temporary authentication failure`,
    'relay-in-trouble',
    'relayProvider',
  ],
  [
    'the server offers no login; without TLS we do not send a password',
    'relay-login-impossible',
    'you',
  ],
  [`${AFTER} initial connection: 554 5.7.1 blocked by a blocklist`, 'relay-refuses-us', 'you'],
  [`${AFTER} initial connection: 421 4.3.2 too busy`, 'relay-in-trouble', 'relayProvider'],
  [
    `${AFTER} EHLO mail.here.example: 421 4.7.0 too many connections from your IP`,
    'relay-limit',
    'you',
  ],
  [
    `${AFTER} MAIL FROM:<a@b.example>: 530 5.7.0 Authentication required`,
    'relay-sender-not-allowed',
    'you',
  ],
  [
    `${AFTER} MAIL FROM:<a@b.example>: 553 5.7.1 Sender address rejected: not owned by user us`,
    'relay-sender-not-allowed',
    'you',
  ],
  [`${AFTER} MAIL FROM:<a@b.example>: 450 4.7.1 rate limit exceeded`, 'relay-limit', 'you'],
  [
    `${AFTER} RCPT TO:<bob@c.example>: 554 5.7.1 <bob@c.example>: Relay access denied`,
    'relay-sender-not-allowed',
    'you',
  ],
  [
    `${AFTER} RCPT TO:<bob@c.example>: 530 5.7.0 Authentication required`,
    'relay-sender-not-allowed',
    'you',
  ],
  [`${AFTER} RCPT TO:<bob@c.example>: 550 5.1.1 user unknown`, 'mailbox-unknown', 'sender'],
  [`${AFTER} RCPT TO:<bob@c.example>: 451 4.7.1 Greylisted`, 'relay-greylists', 'nobody'],
  [`${AFTER} RCPT TO:<bob@c.example>: 452 4.2.2 Mailbox full`, 'mailbox-full', 'recipient'],
  ['message size 50000000 exceeds size limit 10240000 of the server', 'message-too-big', 'sender'],
  [
    `${AFTER} end of data: 550 5.7.1 Access denied by policy`,
    'relay-refuses-message',
    'relayProvider',
  ],
  [`${AFTER} end of data: 451 4.3.0 Internal server error`, 'relay-in-trouble', 'relayProvider'],
  ['the relay smart cannot be used: no relay smart', 'relay-not-usable', 'you'],
  ['retry time not reached for any host', 'retry-time-not-reached', 'nobody'],
  ['we stopped before the connection stood', 'stopped-while-sending', 'nobody'],
]

for (const [said, id, actor] of CASES)
  test(`${id}, ${actor}: ${said}`, () => {
    const isOwnWord = id === 'relay-login-impossible' || id === 'relay-not-usable'
    for (const server of isOwnWord ? OURS : ALL) {
      const relay = { name: 'smart' }
      const known = { server, relay, direction: 'outbound', temporary: true } as const
      const { reason } = explainError(factsOf(said, known))
      assert.equal(reason.id, id)
      assert.equal(reason.actor, actor)
      const all = [reason.title, reason.meaning, ...reason.remedy].join('\n')
      assert.doesNotMatch(all, /relay \w+ NAME\b/)
      assert.equal(/relay test smart/.test(all), server === 'waybill' && reason.remedy.some(isTest))
    }
  })

const ALL = ['waybill', 'exim', 'postfix'] as const
const OURS = ['waybill'] as const

function isTest(step: string): boolean {
  return step.includes('waybill relay test')
}

test('whatever a relay says in its session, the recipient’s provider need not act', () => {
  for (const { id, examples } of RULES)
    for (const example of examples)
      for (const phase of ['connect', 'helo', 'starttls', 'auth', 'mail'] as const) {
        const [text, known] = typeof example === 'string' ? [example, {}] : example
        const { direction } = factsOf(text, known)
        if (direction === 'inbound' || direction === 'local') continue
        const relay = { name: null }
        const given = { ...known, phase, relay, server: 'waybill', direction: 'outbound' } as const
        const { reason } = explainError(factsOf(text, given))
        if (ABOUT_RECIPIENT.test(reason.category)) continue
        assert.notEqual(
          reason.actor,
          'recipientProvider',
          `${id} → ${reason.id}, ${phase}: ${text}`,
        )
      }
})

const ABOUT_RECIPIENT = /^mailbox|recipientRestricted|domainUnknown|noMailDomain|addressSyntax/

test('the DNS of a domain is not the relay’s, though the mail goes by one now', () => {
  const said = 'host lookup did not complete for there.example: timed out'
  const known = { server: 'waybill', relay: { name: 'smart' }, direction: 'outbound' } as const
  assert.equal(explainError(factsOf(said, known)).reason.id, 'dns-temporary')
})

const ID = '1vnYk2-00000000BQ5-1EaB'
const EXIM = `2026-11-20 09:00:06 ${ID} == bob@example.net`
const SMARTHOST = 'H=smtp.provider.example [192.0.2.1]'

test('the smarthost of Exim is known by the names of its router and transport', () => {
  const cases: readonly (readonly [way: string, reason: string])[] = [
    ['R=smarthost T=remote_smtp_smarthost', 'relay-unreachable'],
    ['R=smart_route T=remote_smtp', 'relay-unreachable'],
    ['R=send_to_gateway T=remote_smtp', 'relay-unreachable'],
    ['R=dnslookup T=remote_smtp', 'connection-timed-out'],
    ['R=dnslookup_relay_to_domains T=remote_smtp', 'connection-timed-out'],
  ]
  for (const [way, id] of cases) {
    const line = `${EXIM} ${way} defer (110) ${SMARTHOST}: Connection timed out`
    const explained = explainEvent(readLine(line, UTC))
    assert.equal(explained?.reason.id, id, way)
    assert.equal(explained?.facts.server, 'exim')
  }
})

test('our own line through a relay is about that relay, the one to an MX is not', () => {
  const reasonOf = (way: string) =>
    explainEvent(readLine(`${EXIM} ${way} defer (111) ${SMARTHOST}: Connection refused`, UTC))
  const relayed = reasonOf('R=relay T=smtp')
  assert.equal(relayed?.reason.id, 'relay-unreachable')
  assert.equal(relayed?.reason.actor, 'you')
  assert.match(relayed?.reason.remedy.join(' ') ?? '', /waybill relay test NAME/)
  assert.equal(reasonOf('R=mx T=smtp')?.reason.actor, 'recipientProvider')
})

/** Of Postfix' smtp. */
function ofPostfix(relay: string, dsn: string, said: string) {
  const line = `Nov 20 09:00:03 mail postfix/smtp[12]: 3F2A1B0C4D: to=<bob@b.test>, relay=${relay}, delay=1, delays=1/0/0/0, dsn=${dsn}, status=deferred (${said})`
  const latestMs = Date.UTC(2026, 11, 31)
  const reader = logReader({ format: 'auto', zone: UTC, latestMs, log: 'main' })
  const event = reader.read(line, 0, line.length)
  assert.ok(event.type === 'deferred')
  return explainEvent(event)
}

test('Postfix logs in at its relayhost only', () => {
  const said =
    'SASL authentication failed; server smtp.provider.example[192.0.2.1] said: 535 5.7.8 Error: no'
  const explained = ofPostfix('smtp.provider.example[192.0.2.1]:25', '4.7.8', said)
  assert.equal(explained?.reason.id, 'smarthost-login-failed')
  assert.equal(explained?.reason.actor, 'you')
  assert.match(explained?.reason.remedy.join(' ') ?? '', /sasl_passwd.*postqueue -f/)
  assert.doesNotMatch(explained?.reason.remedy.join(' ') ?? '', /exim|waybill/)
})

test('a port for submission is a relay’s: MX hosts have port 25', () => {
  const timedOut = (port: number) =>
    ofPostfix('none', '4.4.1', `connect to a.example[192.0.2.1]:${port}: Connection timed out`)
  assert.equal(timedOut(587)?.reason.id, 'relay-unreachable')
  assert.equal(timedOut(25)?.reason.id, 'connection-timed-out')
  const busy = (port: number) =>
    ofPostfix(
      `a.example[192.0.2.1]:${port}`,
      '4.3.2',
      'lost connection with a.example[192.0.2.1] while receiving the initial server greeting',
    )
  assert.equal(busy(465)?.reason.id, 'relay-unreachable')
  assert.equal(busy(25)?.reason.id, 'connection-lost')
})

test('RFC 4954 §6: 535 to MAIL after a login that was taken is about the sender, not the password', () => {
  for (const said of [
    `${AFTER} MAIL FROM:<a@b.example>: 535 5.7.8 no`,
    `${AFTER} pipelined MAIL FROM:<a@b.example> SIZE=99: 535 Incorrect authentication data`,
    `${AFTER} RCPT TO:<bob@c.example>: 535 5.7.8 no`,
  ])
    for (const explained of [
      explainEvent(readLine(`${EXIM} R=relay T=smtp defer (0) ${SMARTHOST}: ${said}`, UTC)),
      ofPostfix(
        'smtp.provider.example[192.0.2.1]:587',
        '5.7.8',
        'host smtp.provider.example[192.0.2.1] said: 535 5.7.8 no (in reply to MAIL FROM command)',
      ),
    ]) {
      assert.equal(explained?.reason.id, 'relay-refuses-sender')
      assert.equal(explained.reason.category, 'senderRejected')
      assert.match(explained.reason.meaning, /not the password/)
      assert.doesNotMatch(explained.reason.remedy.join(' '), /password|sasl_passwd/)
      assert.match(
        explained.reason.remedy.join(' '),
        /--for-sender|sender_dependent_relayhost_maps/,
      )
    }
})

test('Exim goes on without a login: its 535 to MAIL is about the login', () => {
  const said = `${AFTER} MAIL FROM:<a@b.example>: 535 5.7.8 no`
  const line = `${EXIM} R=smarthost T=smarthost_smtp defer (0) ${SMARTHOST}: ${said}`
  assert.equal(explainEvent(readLine(line, UTC))?.reason.id, 'smarthost-login-failed')
  assert.equal(explainError(factsOf(said)).reason.id, 'smarthost-login-failed')
})

test('where it is known that the relay refuses our login, 535 to MAIL is about that', () => {
  const relay = { name: 'smart', refusesLogin: true }
  const known = { server: 'waybill', direction: 'outbound', temporary: true, relay } as const
  const facts = factsOf(`${AFTER} MAIL FROM:<a@b.example>: 535 5.7.8 no`, known)
  assert.equal(explainError(facts).reason.id, 'smarthost-login-failed')
})

test('a line of our paniclog tells which relay refuses our login, whatever it is read as', () => {
  for (const at of ['AUTH PLAIN', 'MAIL FROM:<a@b.example>']) {
    const said = `the relay smart refuses our login, and mail for it waits: ${AFTER} ${at}: 535 5.7.8 no`
    const text = `2026-11-20 09:00:06 ${said}`
    for (const log of ['main', 'panic'] as const) {
      const reader = logReader({ format: 'exim', zone: UTC, latestMs: Date.UTC(2026, 11, 31), log })
      const line = reader.read(text, 0, text.length)
      assert.ok(line.type !== 'continuation')
      const explained = explainAlone(line, 'exim')
      assert.equal(explained?.reason.id, 'smarthost-login-failed', `${log}: ${at}`)
      assert.match(explained.reason.remedy[0] ?? '', /`waybill relay test smart`/)
    }
    assert.equal(explainError(factsOf(said)).reason.id, 'smarthost-login-failed')
  }
})
