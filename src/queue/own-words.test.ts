/** What our client and the queue say in log lines: the readers find it again, and it has its reason. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { explainEvent } from '../diagnosis/event-error.ts'
import type { MessageId } from '../journal/event.ts'
import { readLine } from '../journal/exim/read.ts'
import { panicOf } from '../journal/plain.ts'
import { UTC } from '../journal/zone.ts'
import { renderLine } from '../log/render.ts'
import type { Phase } from '../smtp-client/types.ts'
import { expired, NO_PEER, outcomeEvents } from './events.ts'
import type { DestinationName, Lease, LeasedRecipient, Outcome, QueueId } from './types.ts'

type Said = readonly [phase: Phase, text: string, reason: string, actor: string]

/** No host was reached. */
const WITHOUT_HOST: readonly Said[] = [
  ['dns', 'Unrouteable address: domain nowhere.example does not exist', 'domain-unknown', 'sender'],
  [
    'dns',
    'an MX record says that example.net does not accept mail (null MX)',
    'no-mail-host',
    'sender',
  ],
  ['dns', 'lowest numbered MX record points to local host', 'mx-points-to-self', 'you'],
  ['dns', 'remote host address is the local host: [192.0.2.1]', 'mx-points-to-self', 'you'],
  [
    'dns',
    'no usable address for example.net: 10.0.0.1 is a private address (outgoing.allow_private is off)',
    'address-kept-from-here',
    'you',
  ],
  [
    'dns',
    'no usable address for example.net: 224.0.0.1 is a multicast address',
    'address-of-no-host',
    'recipientProvider',
  ],
  [
    'dns',
    'no usable address for [127.0.0.1]: it is none',
    'address-of-no-host',
    'recipientProvider',
  ],
  [
    'dns',
    'no usable address for example.net: 192.0.2.1 is not tried (outgoing.ipv4 is off)',
    'address-kept-from-here',
    'you',
  ],
  ['dns', 'all relevant MX records point to non-existent hosts', 'domain-unknown', 'sender'],
  [
    'dns',
    'Unrouteable address: domain example.net has neither MX nor address records',
    'domain-unknown',
    'sender',
  ],
  [
    'dns',
    'REQUIRETLS: neither DNSSEC nor MTA-STS says which are the mail servers of example.net',
    'requiretls-impossible',
    'sender',
  ],
  [
    'dns',
    'the MTA-STS policy of example.net does not name mx.example.org',
    'sts-host-not-named',
    'recipientProvider',
  ],
  [
    'dns',
    'host lookup did not complete for example.net: no answer from DNS for example.net MX',
    'dns-temporary',
    'you',
  ],
  ['dns', 'host lookup did not complete for example.net: timed out', 'dns-temporary', 'you'],
  ['dns', 'the hosts of example.net could not be found: disk gone', 'sending-fault-here', 'you'],
  ['dns', 'no host to connect to', 'sending-fault-here', 'you'],
  [
    'dns',
    "host lookup did not complete for the relay's host relay.example",
    'dns-temporary',
    'you',
  ],
  ['dns', "the relay's host relay.example has no address", 'relay-not-usable', 'you'],
  [
    'dns',
    "the relay's host relay.example has only IPv6 addresses, which are turned off here",
    'address-kept-from-here',
    'you',
  ],
  ['queue', 'the relay smart cannot be used: no relay smart', 'relay-not-usable', 'you'],
  ['queue', 'the relay smart cannot be used: the key file is missing', 'relay-not-usable', 'you'],
  ['queue', 'internal error of this server', 'sending-fault-here', 'you'],
]

/** Said at a host, or of it. */
const AT_HOST: readonly Said[] = [
  ['connect', 'Connection timed out', 'connection-timed-out', 'recipientProvider'],
  ['connect', 'Connection refused', 'connection-refused', 'recipientProvider'],
  ['connect', 'No route to host', 'network-unreachable', 'you'],
  ['connect', 'Host is down', 'network-unreachable', 'you'],
  ['connect', 'Network is unreachable', 'network-unreachable', 'you'],
  [
    'connect',
    'connecting is not possible from here: Cannot assign requested address',
    'connecting-not-allowed-here',
    'you',
  ],
  [
    'connect',
    'connecting is not possible from here: Address already in use',
    'connecting-not-allowed-here',
    'you',
  ],
  [
    'connect',
    'connecting is not possible from here: Permission denied',
    'connecting-not-allowed-here',
    'you',
  ],
  [
    'connect',
    'connecting is not possible from here: Operation not permitted',
    'connecting-not-allowed-here',
    'you',
  ],
  ['connect', 'Too many open files', 'server-load-high', 'you'],
  ['connect', 'Too many open files in system', 'server-load-high', 'you'],
  ['connect', 'we stopped before the connection stood', 'stopped-while-sending', 'nobody'],
  ['banner', 'SMTP timeout after initial connection', 'connection-timed-out', 'recipientProvider'],
  ['EHLO', 'Remote host closed connection in response to EHLO', 'connection-lost', 'nobody'],
  [
    'MAIL',
    'we closed the connection after MAIL FROM:<a@b.example>: the server is stopping',
    'stopped-while-sending',
    'nobody',
  ],
  ['EHLO', 'Malformed SMTP reply in response to EHLO: garbage', 'protocol-error', 'you'],
  [
    'STARTTLS',
    'Malformed SMTP reply in response to STARTTLS: more octets in the clear behind the reply',
    'protocol-error',
    'you',
  ],
  ['STARTTLS', 'TLS session: (SSL_connect): wrong version number', 'tls-handshake-failed', 'you'],
  ['STARTTLS', 'TLS session: (SSL_connect): timed out', 'tls-handshake-failed', 'you'],
  [
    'STARTTLS',
    'TLS session: (SSL_connect): the connection was closed',
    'tls-handshake-failed',
    'you',
  ],
  [
    'STARTTLS',
    'TLS session: (certificate verification failed): self-signed certificate',
    'tls-certificate-not-trusted',
    'recipientProvider',
  ],
  [
    'STARTTLS',
    'TLS session: (certificate verification failed): certificate has expired',
    'tls-certificate-not-trusted',
    'recipientProvider',
  ],
  [
    'STARTTLS',
    'TLS session: (certificate verification failed): certificate is not for mx.example.net',
    'tls-certificate-not-trusted',
    'recipientProvider',
  ],
  [
    'STARTTLS',
    'TLS session: (certificate verification failed): no TLSA record matches the certificate',
    'tls-certificate-not-trusted',
    'recipientProvider',
  ],
  [
    'STARTTLS',
    'TLS session: (certificate verification failed): the server sent no certificate',
    'tls-certificate-not-trusted',
    'recipientProvider',
  ],
  [
    'STARTTLS',
    'a TLS session is required (MTA-STS), but the server did not offer TLS support',
    'tls-published-not-offered',
    'recipientProvider',
  ],
  [
    'STARTTLS',
    'a TLS session is required (DANE), but the server refused STARTTLS: 454 4.7.0 TLS not available',
    'tls-published-not-offered',
    'recipientProvider',
  ],
  [
    'STARTTLS',
    'a TLS session is required (the relay smart), but the server did not offer TLS support',
    'tls-required-not-offered',
    'you',
  ],
  [
    'AUTH',
    'SMTP error from remote mail server after AUTH PLAIN: 535 5.7.8 Error: authentication failed',
    'smarthost-login-failed',
    'you',
  ],
  [
    'AUTH',
    'AUTH SCRAM-SHA-256: the server says that it knows us, but did not prove that it knows the password',
    'relay-login-impossible',
    'you',
  ],
  [
    'AUTH',
    'AUTH SCRAM-SHA-256: the server sent a challenge that makes no sense, or the wrong signature: 501 5.5.2 no',
    'relay-login-impossible',
    'you',
  ],
  [
    'AUTH',
    'the server offers no login; without TLS we do not send a password',
    'relay-login-impossible',
    'you',
  ],
  [
    'AUTH',
    'the server offers the logins GSSAPI, NTLM and not PLAIN',
    'relay-login-impossible',
    'you',
  ],
  [
    'MAIL',
    'the message demands REQUIRETLS, and the server did not offer it',
    'requiretls-impossible',
    'sender',
  ],
  [
    'MAIL',
    'message size 50000000 exceeds size limit 10240000 of the server',
    'message-too-big',
    'sender',
  ],
  [
    'MAIL',
    'the message has 8-bit text in a header field, and the server did not offer 8BITMIME',
    'eight-bit-not-taken',
    'sender',
  ],
  ['MAIL', 'the address "a b@c" cannot be sent', 'address-not-sendable', 'sender'],
  [
    'RCPT',
    'the address <jörg@b.example> needs SMTPUTF8, and the server did not offer it',
    'utf8-address-not-taken',
    'sender',
  ],
  [
    'MAIL',
    'the header of the message needs SMTPUTF8, and the server did not offer it',
    'utf8-header-not-taken',
    'sender',
  ],
  ['RCPT', 'too many recipients for one message to this server', 'too-many-recipients', 'nobody'],
  ['content', 'cannot read the message: No such file', 'sending-fault-here', 'you'],
  ['RCPT', 'no recipient was accepted', 'sending-fault-here', 'you'],
  ['MAIL', 'internal error of this server: x is undefined', 'sending-fault-here', 'you'],
  ['content', 'SMTP timeout after sending data block', 'connection-timed-out', 'recipientProvider'],
  [
    'end of data',
    'Remote host closed connection in response to end of data',
    'connection-lost',
    'nobody',
  ],
  [
    'MAIL',
    'SMTP error from remote mail server after MAIL FROM:<a@b.example>: Connection reset by peer',
    'connection-lost',
    'nobody',
  ],
  [
    'RCPT',
    'SMTP error from remote mail server after RCPT TO:<bob@example.net>: 550 5.1.1 <bob@example.net>: user unknown',
    'mailbox-unknown',
    'sender',
  ],
]

const HOST = { name: 'mx.example.net', helo: null, address: '192.0.2.7', port: 25 }
const AT_MS = Date.UTC(2026, 10, 21, 9)
const RECIPIENT: LeasedRecipient = {
  ...{ queueId: 1 as QueueId, number: 1, address: 'bob@example.net', parents: [], attempts: 0 },
  ...{ notify: null, original: null },
}
const LEASE: Lease = {
  ...{ queueId: 1 as QueueId, messageId: '1vnYk2-00000000BQ5-1EaB' as MessageId, blobId: 1 },
  ...{ prefix: new Uint8Array(0), sizeOctets: 5, from: 'jane@ours.test', eightBit: false },
  ...{ smtputf8: false, requireTls: false, ret: null, envelopeId: null },
  ...{ arrivedMs: AT_MS, expiresMs: AT_MS, leasedUntilMs: AT_MS },
  ...{ destination: 'mx:example.net' as DestinationName, recipients: [RECIPIENT] },
}

function readBack(outcome: Outcome, phase: Phase, lease = LEASE) {
  const [event] = outcomeEvents(lease, [{ recipient: RECIPIENT, outcome, phase }])
  assert.ok(event)
  return readLine(renderLine(event, UTC).trimEnd(), UTC)
}

for (const [said, host] of [
  [WITHOUT_HOST, null],
  [AT_HOST, HOST],
] as const)
  for (const [phase, text, reason, actor] of said)
    test(`${reason}, ${actor}: ${text}`, () => {
      for (const kind of ['deferred', 'failed'] as const) {
        const outcome: Outcome = {
          ...{ ...NO_PEER, host, kind, text, atMs: AT_MS, status: null, reply: null },
          relaysNotices: false,
        }
        const event = readBack(outcome, phase)
        assert.ok(event.type === 'deferred' || event.type === 'failed', event.type)
        assert.equal(event.type, kind)
        assert.equal(event.reason, text)
        assert.equal(event.recipient.address, 'bob@example.net')
        assert.deepEqual(event.host, host)
        const explained = explainEvent(event)
        assert.ok(explained?.isKnown, 'no rule knows it')
        assert.equal(explained.reason.id, reason)
        assert.equal(explained.reason.actor, actor)
        // Given up after days: the words of the last attempt are still there, and known.
        const late = readBack(expired(outcome), phase)
        assert.equal(late.type, 'failed')
        assert.ok(explainEvent(late)?.isKnown)
      }
    })

test('by a relay of ours, none of it is for the recipient’s provider to mend', () => {
  const lease = { ...LEASE, destination: 'relay:smart' as DestinationName }
  for (const [phase, text, direct] of AT_HOST) {
    const outcome: Outcome = {
      ...{ ...NO_PEER, host: HOST, kind: 'deferred', text, atMs: AT_MS, status: null, reply: null },
      relaysNotices: false,
    }
    const explained = explainEvent(readBack(outcome, phase, lease))
    assert.ok(explained !== null && explained.facts.server === 'waybill', text)
    const { id, actor, remedy } = explained.reason
    assert.notEqual(actor, 'recipientProvider', text)
    // What it says of a recipient is about the recipient.
    if (direct === 'mailbox-unknown') assert.equal(id, direct)
    for (const step of remedy) assert.doesNotMatch(step, /exim|postqueue|postconf/i, text)
  }
})

const ABOUT = '1vnYk2-00000000BQ5-1EaB'
const ALARMS: readonly (readonly [text: string, reason: string | null])[] = [
  [
    `a notice to a sender was not delivered: about ${ABOUT} to a@b.test: the mailbox is full`,
    'sender-not-told',
  ],
  [
    `the sender of ${ABOUT} is not told what became of it: a@b.test: Unknown user`,
    'sender-not-told',
  ],
  [`the sender of ${ABOUT} is not told that it waits: disk gone`, 'sender-not-told'],
  [
    `${ABOUT} is a bounce that could not be delivered to a@b.test, and is given up: 550 no`,
    'sender-not-told',
  ],
  [
    'the relay r refuses our login, and mail for it waits: SMTP error from remote mail server after AUTH PLAIN: 535 5.7.8 no',
    'smarthost-login-failed',
  ],
  ['the relay r takes our login again', null],
  [
    'the relay r takes our login, but has taken no mail for 35 min; that of <a@b.test> waits: SMTP error from remote mail server after MAIL FROM:<a@b.test>: 535 5.7.8 not you',
    'relay-refuses-sender',
  ],
  ['the relay r takes mail again', null],
  [
    'the relay r refuses our login, and mail for it waits: 535 5.7.8 wait until it takes mail again',
    'smarthost-login-failed',
  ],
  [
    'mail from b.test goes out unsigned, until this is mended: the key file is missing',
    'mail-not-signed',
  ],
  ['mail from b.test is signed again', null],
]

for (const [text, reason] of ALARMS)
  test(`paniclog: ${text}`, () => {
    const event = readLine(renderLine(panicOf(AT_MS, text), UTC).trimEnd(), UTC)
    assert.ok(event.type === 'panic' && event.text === text, event.type)
    const explained = explainEvent(event)
    assert.equal(explained?.reason.id ?? null, reason)
    if (explained !== null) assert.equal(explained.reason.actor, 'you')
  })
