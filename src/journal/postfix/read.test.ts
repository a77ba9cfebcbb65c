import assert from 'node:assert/strict'
import { test } from 'node:test'

import type {
  ArrivalPart,
  Delivered,
  Event,
  Host,
  MessageId,
  Rejected,
  TlsFacts,
  Undelivered,
  Unknown,
} from '../event.ts'
import { AT, readLine, readLines } from './testing/lines.ts'

const ID = '3F2A1B0C4D' as MessageId
const OTHER = '4PbC4z6W5Qz3tG3' as MessageId
const MX: Host = { name: 'mx.example.net', helo: null, address: '192.0.2.1', port: null }
const TLS: TlsFacts = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  bits: 256,
  verified: null,
  serverName: null,
}
const TLS_WORDS = 'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519'

const part: ArrivalPart = {
  type: 'arrivalPart',
  atMs: AT,
  id: ID,
  from: undefined,
  host: null,
  user: null,
  protocol: null,
  tls: null,
  authenticator: null,
  login: null,
  sizeOctets: null,
  messageIdHeader: null,
  subject: null,
  recipientCount: null,
  parent: null,
}
const delivered: Delivered = {
  type: 'delivered',
  mark: '=>',
  atMs: AT,
  id: ID,
  recipient: {
    address: 'bob@example.net',
    parents: [],
    from: undefined,
    router: null,
    transport: 'smtp',
  },
  host: { ...MX, port: 25 },
  tls: null,
  authenticator: null,
  sizeOctets: null,
  mailbox: null,
  confirmation: '250 2.0.0 Ok: queued as 4PbC4z6W5Qz3tG3',
  queueTimeMs: 3600,
  deliverTimeMs: 990,
  status: '2.0.0',
}
const deferred: Undelivered = {
  type: 'deferred',
  atMs: AT,
  id: ID,
  recipient: delivered.recipient,
  host: MX,
  tls: null,
  errorNumber: null,
  reason: '',
  queueTimeMs: null,
  deliverTimeMs: null,
  status: null,
}
const rejected: Rejected = {
  type: 'rejected',
  atMs: AT,
  id: null,
  host: { ...MX, helo: 'mx' },
  local: null,
  tls: null,
  authenticator: null,
  login: null,
  from: 'a@example.org',
  temporary: true,
  phase: 'RCPT',
  subject: '<bob@example.net>',
  reason: '450 4.1.8 <a@example.org>: Sender address rejected: Domain not found',
  headers: [],
}
const TAIL = 'from=<a@example.org> to=<bob@example.net> proto=ESMTP helo=<mx>'

function check(cases: Readonly<Record<string, Event | Unknown>>): void {
  for (const [line, event] of Object.entries(cases)) assert.deepEqual(readLine(line), event, line)
}

/** Only some fields of the event of a line. */
function checkPart(cases: Readonly<Record<string, object>>): void {
  for (const [line, fields] of Object.entries(cases)) {
    const event = readLine(line)
    assert.partialDeepStrictEqual(event, fields, `${line}\n${JSON.stringify(event)}`)
  }
}

test('smtpd: the client of a message, and its login', () => {
  check({
    [`postfix/smtpd[1]: ${ID}: client=mx.example.net[192.0.2.1]`]: { ...part, host: MX },
    [`postfix/submission/smtpd[1]: ${ID}: client=unknown[2001:db8::1]:4242, sasl_method=SCRAM-SHA-256, sasl_username=jane, jr, sasl_sender=x@y`]:
      {
        ...part,
        host: { name: null, helo: null, address: '2001:db8::1', port: 4242 },
        authenticator: 'scram_sha_256',
        login: 'jane, jr',
      },
    [`postfix/smtpd[1]: ${ID}: client=localhost[127.0.0.1], orig_queue_id=${OTHER}, orig_client=mx.example.net[192.0.2.1]`]:
      {
        ...part,
        host: { name: 'localhost', helo: null, address: '127.0.0.1', port: null },
        parent: OTHER,
      },
    [`postfix/smtpd[1]: ${ID}: client=unknown[unknown]`]: part,
    [`postfix/qmqpd[1]: ${ID}: client=mx.example.net[192.0.2.1]`]: { ...part, host: MX },
    'postfix/smtpd[1]: NOQUEUE: client=mx.example.net[192.0.2.1]': {
      type: 'note',
      atMs: AT,
      id: null,
      topic: 'connection',
      host: MX,
      program: 'postfix/smtpd',
      text: 'client=mx.example.net[192.0.2.1]',
    },
  })
})

test('cleanup, qmgr and pickup say the other parts of an arrival', () => {
  check({
    [`postfix/cleanup[1]: ${ID}: message-id=<a1@laptop.lan>`]: {
      ...part,
      messageIdHeader: 'a1@laptop.lan',
    },
    [`postfix/cleanup[1]: ${ID}: resent-message-id=<a2@x>`]: { ...part, messageIdHeader: 'a2@x' },
    [`postfix/cleanup[1]: ${ID}: message-id=<>`]: part,
    [`postfix/cleanup[1]: ${ID}: message-id=a3 (odd)`]: { ...part, messageIdHeader: 'a3 (odd)' },
    [`postfix/qmgr[1]: ${ID}: from=<jane@example.com>, size=5360, nrcpt=2 (queue active)`]: {
      ...part,
      from: 'jane@example.com',
      sizeOctets: 5360,
      recipientCount: 2,
    },
    [`postfix/qmgr[1]: ${OTHER}: from=<>, size=1, nrcpt=1 (queue active)`]: {
      ...part,
      id: OTHER,
      from: null,
      sizeOctets: 1,
      recipientCount: 1,
    },
    [`postfix/qmgr[1]: ${ID}: from=<"odd>, name"@example.com>, size=1, nrcpt=1 (queue active)`]: {
      ...part,
      from: '"odd>, name"@example.com',
      sizeOctets: 1,
      recipientCount: 1,
    },
    [`postfix/pickup[1]: ${ID}: uid=0 from=<root>`]: { ...part, from: 'root', user: '0' },
    [`postfix/pickup[1]: ${ID}: uid=108 from=<> orig_id=${OTHER}`]: {
      ...part,
      from: null,
      user: '108',
      parent: OTHER,
    },
    [`postfix/cleanup[1]: ${ID}: warning: header Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=? =?utf-8?q?_dich?= from mx.example.net[192.0.2.1]; ${TAIL}: seen`]:
      {
        ...part,
        from: 'a@example.org',
        host: { ...MX, helo: 'mx' },
        protocol: 'ESMTP',
        subject: 'grüße dich',
      },
    [`postfix/cleanup[1]: ${ID}: info: header Subject: Greetings from Bob from local; from=<root>`]:
      {
        ...part,
        from: 'root',
        subject: 'Greetings from Bob',
      },
  })
})

test('what became of a recipient', () => {
  const sent = 'status=sent (250 2.0.0 Ok: queued as 4PbC4z6W5Qz3tG3)'
  const local = { ...delivered.recipient, address: 'bob', transport: 'local' }
  check({
    [`postfix/smtp[1]: ${ID}: to=<bob@example.net>, relay=mx.example.net[192.0.2.1]:25, conn_use=3, delay=3.6, delays=0.08/2.53/0.85/0.14, tls=may?, dsn=2.0.0, ${sent}`]:
      delivered,
    [`postfix-out/relay/smtp[1]: ${ID}: to=<bob@example.net>, orig_to=<jim@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=3.6, delays=0/0/0.85/0.14, dsn=2.0.0, ${sent}`]:
      {
        ...delivered,
        recipient: {
          ...delivered.recipient,
          parents: ['jim@example.net'],
          transport: 'relay/smtp',
        },
      },
    [`postfix/lmtp[1]: ${ID}: to=<bob@example.net>, relay=mail[private/dovecot-lmtp], delay=3.6, delays=3/0/0.85/0.14, dsn=2.0.0, ${sent}`]:
      {
        ...delivered,
        recipient: { ...delivered.recipient, transport: 'lmtp' },
        host: { name: 'mail', helo: null, address: 'private/dovecot-lmtp', port: null },
      },
    [`postfix/pipe[1]: ${ID}: to=<bob@example.net>, relay=dovecot, delay=12, delays=3.4/0/0/0.12, dsn=2.0.0, status=sent (delivered via dovecot service)`]:
      {
        ...delivered,
        recipient: { ...delivered.recipient, transport: 'dovecot' },
        host: null,
        confirmation: 'delivered via dovecot service',
        queueTimeMs: 12_000,
        deliverTimeMs: 120,
      },
    [`postfix/local[1]: ${ID}: to=bob, relay=local, delay=5, status=sent ("|/usr/bin/procmail -a (x)")`]:
      {
        ...delivered,
        recipient: local,
        host: null,
        confirmation: '"|/usr/bin/procmail -a (x)"',
        queueTimeMs: 5000,
        deliverTimeMs: null,
        status: null,
      },
    [`postfix/smtp[1]: ${ID}: to=<bob@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=4.7.1, status=deferred (host mx.example.net[192.0.2.1] said: 451 4.7.1 Later (in reply to RCPT TO command))`]:
      {
        ...deferred,
        host: { ...MX, port: 25 },
        reason:
          'host mx.example.net[192.0.2.1] said: 451 4.7.1 Later (in reply to RCPT TO command)',
        queueTimeMs: 1000,
        deliverTimeMs: 900,
        status: '4.7.1',
      },
    [`postfix/smtp[1]: ${ID}: to=<bob@example.net>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.example.net[192.0.2.1]:25: Connection timed out)`]:
      {
        ...deferred,
        host: null,
        reason: 'connect to mx.example.net[192.0.2.1]:25: Connection timed out',
        queueTimeMs: 30_000,
        deliverTimeMs: 30_000,
        status: '4.4.1',
      },
    [`postfix/error[1]: ${ID}: to=<bob@example.net>, relay=none, delay=0.2, delays=0.2/0/0/0, dsn=5.0.0, status=bounced (no such domain`]:
      {
        ...deferred,
        type: 'failed',
        recipient: { ...delivered.recipient, transport: 'error' },
        host: null,
        reason: 'no such domain',
        queueTimeMs: 200,
        deliverTimeMs: 0,
        status: '5.0.0',
      },
  })
  checkPart({
    [`postfix/discard[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)`]:
      { type: 'delivered', recipient: { transport: 'discard' } },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0/0/0, dsn=5.0.0, status=SOFTBOUNCE (x)`]:
      { type: 'deferred', reason: 'x', status: '5.0.0' },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=x[192.0.2.1]:25, delay=0, delays=0/0/0/0, dsn=2.1.5, status=deliverable (250 OK)`]:
      { type: 'note', id: ID, topic: 'callout', host: { address: '192.0.2.1' } },
    [`postfix/error[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.1, status=undeliverable-but-not-cached (no)`]:
      { type: 'note', topic: 'callout' },
    [`postfix/local[1]: ${ID}: to=<b@c>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=expanded (x)`]:
      { type: 'note', topic: 'delivery' },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=none, delay=0, delays=0/0`]: {
      type: 'unknown',
      id: ID,
    },
    [`postfix/smtp[1]: ${ID}: to=<b@c>, relay=none, status=`]: { type: 'unknown', id: ID },
  })
})

test('the TLS of a connection is told to the lines of its process, and to no others', () => {
  const events = readLines([
    'postfix/smtpd[7]: connect from mx.example.net[192.0.2.1]',
    `postfix/smtpd[7]: Anonymous TLS connection established from mx.example.net[192.0.2.1]: ${TLS_WORDS}`,
    `postfix/smtpd[8]: ${ID}: client=mx.example.net[192.0.2.1]`,
    `postfix/smtpd[7]: ${ID}: client=mx.example.net[192.0.2.10]`,
    `postfix/smtpd[7]: ${ID}: client=mx.example.net[192.0.2.1], sasl_method=PLAIN, sasl_username=a`,
    `postfix/smtpd[7]: NOQUEUE: reject: RCPT from mx.example.net[192.0.2.1]: 450 4.1.8 x; ${TAIL}`,
    'postfix/smtpd[7]: disconnect from mx.example.net[192.0.2.1] ehlo=2 quit=1 commands=3',
    `postfix/smtpd[7]: ${ID}: client=mx.example.net[192.0.2.1]`,
  ])
  const facts = events.slice(2).map((event) => ('tls' in event ? event.tls : undefined))
  assert.deepEqual(facts, [null, null, TLS, TLS, undefined, null])
})

test('smtp: the certificate, the name the client asked for, a connection used again', () => {
  const to = 'mx.example.net[192.0.2.1]:25'
  const sent = `to=<b@c>, relay=${to}, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)`
  for (const [words, verified, serverName] of [
    [`Verified TLS connection established to ${to}: `, true, null],
    [`Trusted TLS connection reused to ${to}: `, true, null],
    [`Untrusted TLS connection established to ${to}: `, false, null],
    [`TLS connection established to ${to}: `, null, null],
    [
      `Anonymous TLS connection established from ${to} to mail.example.com: `,
      null,
      'mail.example.com',
    ],
  ] as const) {
    const [note, event] = readLines([
      `postfix/smtp[7]: ${words}${TLS_WORDS}`,
      `postfix/smtp[7]: ${ID}: ${sent}`,
    ])
    assert.partialDeepStrictEqual(note, { type: 'note', topic: 'tls', host: { ...MX, port: 25 } })
    assert.ok(event?.type === 'delivered')
    assert.deepEqual(event.tls, { ...TLS, verified, serverName })
  }
})

test('qmgr, postsuper and bounce: the message is done, held, taken away, sent back', () => {
  const action = { type: 'queueAction', id: ID, recipient: null } as const
  checkPart({
    [`postfix/qmgr[1]: ${ID}: removed`]: { type: 'completed', id: ID, queueTimeMs: null },
    [`postfix/postsuper[1]: ${ID}: removed`]: { ...action, action: 'removed', by: 'postsuper' },
    [`postfix/postsuper[1]: ${ID}: placed on hold`]: { ...action, action: 'held' },
    [`postfix/postsuper[1]: ${ID}: released from hold`]: { ...action, action: 'released' },
    [`postfix/postsuper[1]: ${ID}: requeued`]: { ...action, action: 'requeued' },
    [`postfix/postsuper[1]: ${ID}: expired`]: { ...action, action: 'expired' },
    [`postfix/qmgr[1]: ${ID}: skipped, still being delivered`]: { ...action, action: 'locked' },
    [`postfix/qmgr[1]: ${ID}: from=<a@b>, status=expired, returned to sender`]: {
      ...action,
      action: 'expired',
      by: null,
      text: 'status=expired, returned to sender',
    },
    [`postfix/qmgr[1]: ${ID}: from=<>, status=force-expired, returned to sender`]: {
      ...action,
      action: 'expired',
    },
    [`postfix/bounce[1]: ${ID}: sender non-delivery notification: ${OTHER}`]: {
      type: 'related',
      id: ID,
      other: OTHER,
      relation: 'bounce',
    },
    [`postfix/bounce[1]: ${ID}: sender delay notification: ${OTHER}`]: { relation: 'delayNotice' },
    [`postfix/bounce[1]: ${ID}: sender delivery status notification: ${OTHER}`]: {
      relation: 'successNotice',
    },
    [`postfix/bounce[1]: ${ID}: postmaster non-delivery notification: ${OTHER}`]: {
      relation: 'copy',
    },
    [`postfix/bounce[1]: ${ID}: not sending trace/success notification for double-bounce message`]:
      {
        type: 'note',
        topic: 'delivery',
      },
  })
})

test('what smtpd, postscreen and milters reject', () => {
  const from = 'mx.example.net[192.0.2.1]'
  check({
    [`postfix/smtpd[1]: NOQUEUE: reject: RCPT from ${from}: ${rejected.reason}; ${TAIL}`]: rejected,
    [`postfix/smtpd[1]: ${ID}: reject: RCPT from ${from}: ${rejected.reason}; ${TAIL}`]: {
      ...rejected,
      id: ID,
    },
    [`postfix/smtpd[1]: reject: RCPT from ${from}: 554 <b@c>: Relay access denied; from=<> to=<b@c>`]:
      {
        ...rejected,
        host: MX,
        from: null,
        temporary: false,
        subject: '<b@c>',
        reason: '554 <b@c>: Relay access denied',
      },
    'postfix/postscreen[1]: NOQUEUE: reject: RCPT from [192.0.2.1]:4242: 550 5.7.1 Service unavailable; client [192.0.2.1] blocked using x.test; from=<a@example.org>, to=<bob@example.net>, proto=SMTP, helo=<mx>':
      {
        ...rejected,
        host: { name: null, helo: 'mx', address: '192.0.2.1', port: 4242 },
        temporary: false,
        reason: '550 5.7.1 Service unavailable; client [192.0.2.1] blocked using x.test',
      },
    [`postfix/smtpd[1]: NOQUEUE: reject: RCPT from ${from}: 554 5.7.1 no; ${TAIL} sasl_method=PLAIN sasl_username=jane`]:
      {
        ...rejected,
        temporary: false,
        reason: '554 5.7.1 no',
        authenticator: 'plain',
        login: 'jane',
      },
  })
})

test('what a rejection says of its phase, its subject and its time', () => {
  const from = 'mx.example.net[192.0.2.1]'
  const smtpd = 'postfix/smtpd[1]: NOQUEUE: reject:'
  const hold = 'postfix/postscreen[1]: NOQUEUE: reject: CONNECT from [192.0.2.1]:4242:'
  checkPart({
    [`${smtpd} CONNECT from unknown[192.0.2.1]: 450 4.7.25 Client host rejected; proto=SMTP`]: {
      phase: 'connection',
      subject: null,
      from: undefined,
      temporary: true,
    },
    [`${smtpd} EHLO from ${from}: 504 5.5.2 <User>: Helo command rejected; proto=SMTP helo=<User>`]:
      {
        phase: 'EHLO or HELO',
        subject: 'User',
        host: { helo: 'User' },
      },
    [`${smtpd} MAIL from ${from}: 452 4.3.1 full; from=<a@b> proto=ESMTP helo=<x>`]: {
      phase: 'MAIL',
      subject: '<a@b>',
    },
    [`${smtpd} VRFY from ${from}: 454 4.7.1 <a@b>: Relay access denied; to=<a@b> proto=SMTP helo=<x>`]:
      { phase: 'VRFY', subject: '<a@b>', from: undefined },
    [`${smtpd} ETRN from ${from}: 459 4.7.1 no; proto=SMTP helo=<x>`]: { phase: 'ETRN' },
    [`${smtpd} DATA from ${from}: 503 5.5.0 no; ${TAIL}`]: { phase: 'DATA' },
    [`${smtpd} BDAT from ${from}: bare <LF> received; ${TAIL}`]: {
      phase: 'DATA',
      temporary: false,
      reason: 'bare <LF> received',
    },
    [`${smtpd} AUTH from ${from}: 454 4.7.0 no; proto=ESMTP helo=<x>`]: { phase: 'AUTH' },
    [`${smtpd} STARTTLS from ${from}: 454 4.7.0 no; proto=ESMTP helo=<x>`]: { phase: 'STARTTLS' },
    [`${smtpd} XCLIENT from ${from}: 550 5.7.0 no; proto=ESMTP helo=<x>`]: { subject: 'XCLIENT' },
    [`postfix/smtpd[1]: NOQUEUE: abort: TLS from ${from}: No client certificate presented`]: {
      type: 'rejected',
      phase: 'STARTTLS',
    },
    [`postfix/smtpd[1]: NOQUEUE: hangup: RCPT from ${from}: gone; ${TAIL}`]: { type: 'rejected' },
    [`${hold} too many connections`]: { phase: 'connection', temporary: true },
    'postfix/postscreen[1]: reject: connect from [192.0.2.1]:4242: all screening ports busy': {
      type: 'rejected',
      phase: 'connection',
      temporary: true,
      host: { address: '192.0.2.1', port: 4242 },
    },
    [`postfix/smtpd[1]: NOQUEUE: milter-reject: END-OF-MESSAGE from ${from}: 5.7.1 Spam; ${TAIL}`]:
      {
        type: 'rejected',
        phase: 'after DATA',
        temporary: false,
        reason: '5.7.1 Spam',
      },
    [`postfix/cleanup[1]: ${ID}: milter-reject: END-OF-MESSAGE from ${from}: 4.7.1 Later; ${TAIL}`]:
      {
        id: ID,
        temporary: true,
      },
    [`postfix/cleanup[1]: ${ID}: reject: header Subject: buy from ${from}; ${TAIL}: 5.7.1 no`]: {
      type: 'rejected',
      phase: 'after DATA',
      subject: 'header Subject: buy',
      reason: '5.7.1 no',
      host: { address: '192.0.2.1', helo: 'mx' },
    },
    [`postfix/cleanup[1]: ${ID}: reject: mime-error improper use of 8-bit data: x from ${from}; from=<> to=<b@c>`]:
      { type: 'rejected', from: null },
    [`postfix/smtpd[1]: proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject; ${TAIL}`]: {
      type: 'rejected',
      phase: 'after DATA',
      subject: '<bob@example.net>',
      reason: '554 5.7.0 Reject',
    },
  })
})

test('a recipient that holds the fields of a rejection is not taken for them', () => {
  const evil = '"; from=<boss@example.com> to=<x@y> proto=ESMTP helo=<z"@evil.test'
  const line = `postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 <${evil}>: Relay access denied; ${TAIL}`
  checkPart({ [line]: { from: 'a@example.org', subject: '<bob@example.net>' } })
})

test('what rules and milters do with a message', () => {
  const from = 'mx.example.net[192.0.2.1]'
  const header = `header X-Spam: yes from ${from}; ${TAIL}`
  checkPart({
    [`postfix/cleanup[1]: ${ID}: hold: ${header}: look`]: {
      type: 'queueAction',
      action: 'held',
      text: `hold: ${header}: look`,
    },
    [`postfix/cleanup[1]: ${ID}: discard: body x from local; from=<a> to=<b>`]: {
      action: 'discarded',
    },
    [`postfix/cleanup[1]: ${ID}: redirect: ${header}: x@y`]: { action: 'changed' },
    [`postfix/cleanup[1]: ${ID}: strip: ${header}`]: { action: 'changed' },
    [`postfix/cleanup[1]: ${ID}: milter-header-redirect: ${header}: x@y`]: { action: 'changed' },
    [`postfix/cleanup[1]: ${ID}: milter-hold: END-OF-MESSAGE from ${from}: milter triggers HOLD action; ${TAIL}`]:
      { action: 'held' },
    [`postfix/cleanup[1]: ${ID}: warning: ${header}: odd`]: {
      type: 'warning',
      id: ID,
      host: { address: '192.0.2.1' },
    },
    [`postfix/cleanup[1]: ${ID}: info: ${header}`]: { type: 'note', topic: 'filter' },
    [`postfix/smtp[1]: ${ID}: replace: header Received: x: Received: y`]: { action: 'changed' },
    [`postfix/smtpd[1]: NOQUEUE: filter: RCPT from ${from}: <a@b>: triggers FILTER x:y; ${TAIL}`]: {
      type: 'note',
      id: null,
    },
    [`postfix/smtpd[1]: ${ID}: filter: RCPT from ${from}: <a@b>: triggers FILTER x:y; ${TAIL}`]: {
      type: 'queueAction',
      action: 'changed',
    },
    [`postfix/smtpd[1]: NOQUEUE: reject_warning: RCPT from ${from}: 450 4.1.8 x; ${TAIL}`]: {
      type: 'warning',
      host: { address: '192.0.2.1' },
    },
    [`postfix/smtpd[1]: NOQUEUE: permit: RCPT from ${from}: action=permit; ${TAIL}`]: {
      type: 'note',
      topic: 'policy',
    },
    [`postfix/smtpd[1]: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok; ${TAIL}`]: {
      type: 'note',
      topic: 'filter',
    },
  })
})

test('warnings and worse, of whom and of which message', () => {
  const failed = 'warning: mx.example.net[192.0.2.1]: SASL CRAM-MD5 authentication'
  checkPart({
    [`postfix/smtpd[1]: ${failed} failed: UGFzc3dvcmQ6, sasl_username=jane@example.com`]: {
      type: 'authenticationFailed',
      mechanism: 'cram_md5',
      host: MX,
      reply: 'UGFzc3dvcmQ6',
      login: 'jane@example.com',
    },
    [`postfix/smtps/smtpd[1]: ${failed} failed: authentication failure`]: {
      reply: 'authentication failure',
      login: null,
    },
    [`postfix/smtpd[1]: ${failed} aborted`]: { type: 'authenticationFailed', reply: 'aborted' },
    'postfix/smtpd[1]: warning: hostname x.test does not resolve to address 192.0.2.1: Name or service not known':
      { type: 'warning', host: { name: null, address: '192.0.2.1' }, program: 'postfix/smtpd' },
    'postfix/smtpd[1]: warning: 192.0.2.1: hostname x.test verification failed: Host not found': {
      host: { name: null, address: '192.0.2.1' },
    },
    'postfix/smtpd[1]: warning: Connection rate limit exceeded: 31 from x.test[192.0.2.1] for service smtpd':
      { host: { name: 'x.test', address: '192.0.2.1' } },
    'postfix/smtpd[1]: warning: non-SMTP command from unknown[192.0.2.1]: GET [198.51.100.1] HTTP':
      {
        host: { address: '192.0.2.1' },
      },
    'postfix/smtpd[1]: warning: reject: ETRN [198.51.100.1]... from unknown[192.0.2.1]': {
      host: { address: '192.0.2.1' },
    },
    [`postfix/cleanup[1]: warning: ${ID}: queue file size limit exceeded`]: {
      type: 'warning',
      id: ID,
      text: 'queue file size limit exceeded',
    },
    'postfix/master[1]: warning: process /usr/lib/postfix/smtpd pid 4 killed by signal 11': {
      type: 'warning',
      host: null,
    },
    'postfix/smtpd[1]: error: open database /x.db: No such file': {
      type: 'panic',
      severity: 'error',
      program: 'postfix/smtpd',
      text: 'open database /x.db: No such file',
    },
    'postfix/master[1]: fatal: bind 0.0.0.0 port 25: Address already in use': { severity: 'fatal' },
    [`postfix/cleanup[1]: panic: ${ID}: impossible`]: { severity: 'panic', id: ID },
  })
})

test('notes: sessions, postscreen, TLS, starts, statistics, deliveries under way', () => {
  const notes: Readonly<Record<string, readonly [topic: string, address: string | null]>> = {
    'smtpd: connect from unknown[192.0.2.1]': ['connected', '192.0.2.1'],
    'smtpd: disconnect from x[192.0.2.1] ehlo=1 auth=0/1 commands=1/2': [
      'disconnected',
      '192.0.2.1',
    ],
    'smtpd: disconnect from unknown[unknown] commands=0/0': ['disconnected', null],
    'smtpd: lost connection after AUTH from x[192.0.2.1]': ['connection', '192.0.2.1'],
    'smtpd: NOQUEUE: lost connection after CONNECT from x[192.0.2.1]': ['connection', '192.0.2.1'],
    'smtpd: timeout after END-OF-MESSAGE from x[2001:db8::1]': ['connection', '2001:db8::1'],
    'smtpd: too many errors after RCPT from x[192.0.2.1]': ['connection', '192.0.2.1'],
    'smtpd: improper command pipelining after EHLO from x[192.0.2.1]: MAIL': [
      'connection',
      '192.0.2.1',
    ],
    'smtpd: SSL_accept error from x[192.0.2.1]: -1': ['tls', '192.0.2.1'],
    'smtpd: setting up TLS connection from x[192.0.2.1]': ['tls', '192.0.2.1'],
    'smtpd: x[192.0.2.1]: Issuing session ticket, key expiration: 12': ['tls', '192.0.2.1'],
    'smtpd: x[192.0.2.1]: replacing command "A" with "B"': ['protocol', '192.0.2.1'],
    'smtpd: discarding EHLO keywords: CHUNKING': ['protocol', null],
    'smtpd: table hash:/etc/postfix/access(0,lock|fold_fix) has changed -- restarting': [
      'process',
      null,
    ],
    'smtp: connect to x[192.0.2.1]:25: Connection refused': ['connection', '192.0.2.1'],
    'smtp: Host offered STARTTLS: [mx.example.net]': ['tls', null],
    'smtp: SSL_connect error to x[192.0.2.1]:25: lost connection': ['tls', '192.0.2.1'],
    'smtp: certificate verification failed for x[192.0.2.1]:25: untrusted issuer /C=de': [
      'tls',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: host x[192.0.2.1] said: 450 later (in reply to RCPT TO command)`]: [
      'delivery',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: host x[192.0.2.1] refused to talk to me: 421`]: ['delivery', '192.0.2.1'],
    [`smtp: ${ID}: lost connection with x[192.0.2.1] while sending RCPT TO`]: [
      'connection',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: conversation with x[192.0.2.1] timed out while sending message body`]: [
      'connection',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: enabling PIX workarounds: disable_esmtp for x[192.0.2.1]:25`]: [
      'protocol',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: SASL authentication failed; server x[192.0.2.1] said: 535`]: [
      'authentication',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: Host or domain name not found. Name service error for name=x type=MX`]: [
      'dns',
      null,
    ],
    [`smtp: ${ID}: x.test: host not found`]: ['dns', null],
    'smtp: TLSRPT: status=failure, domain=x, receiving_mx=mx.x[192.0.2.1], failure_type=starttls_not_supported':
      ['tls', '192.0.2.1'],
    'postscreen: CONNECT from [192.0.2.1]:4242 to [192.0.2.9]:25': ['postscreen', '192.0.2.1'],
    'postscreen: PASS NEW [2001:db8::1]:4242': ['postscreen', '2001:db8::1'],
    'postscreen: DENYLISTED [192.0.2.1]:4242': ['postscreen', '192.0.2.1'],
    'postscreen: PREGREET 14 after 0.08 from [192.0.2.1]:4242: EHLO [198.51.100.1]': [
      'postscreen',
      '192.0.2.1',
    ],
    'postscreen: NON-SMTP COMMAND from [192.0.2.1]:4242 after CONNECT: GET /': [
      'postscreen',
      '192.0.2.1',
    ],
    'postscreen: cache btree:/var/lib/postfix/x full cleanup: retained=1 dropped=0 entries': [
      'postscreen',
      null,
    ],
    'dnsblog: addr 192.0.2.1 listed by domain x.test as 127.0.0.4': ['blocklist', '192.0.2.1'],
    'tlsproxy: CONNECT from [192.0.2.1]:4242': ['tls', '192.0.2.1'],
    'tlsproxy: DISCONNECT [192.0.2.1]:4242': ['tls', '192.0.2.1'],
    'anvil: statistics: max connection rate 1/60s for (smtpd:2001:db8::1) at Oct 26': [
      'statistics',
      '2001:db8::1',
    ],
    'anvil: statistics: max cache size 1 at Oct 26 18:13:50': ['statistics', null],
    'scache: statistics: domain lookup hits=0 miss=1 success=0%': ['statistics', null],
    'master: daemon started -- version 3.10.1, configuration /etc/postfix': ['start', null],
    'master: reload -- version 3.10.1, configuration /etc/postfix': ['reload', null],
    'master: terminating on signal 15': ['stop', null],
    'postfix-script: starting the Postfix mail system': ['start', null],
    'postfix-script: the Postfix mail system is running: PID: 12': ['command', null],
    'postsuper: Deleted: 3 messages': ['command', null],
    'smtpd: > x[192.0.2.1]: 250-PIPELINING': ['process', '192.0.2.1'],
    'smtpd: match_hostname: x.test ~? example.net': ['process', null],
    'smtpd: private/anvil: wanted attribute: status': ['process', null],
  }
  for (const [words, [topic, address]] of Object.entries(notes)) {
    const event = readLine(`postfix/${words.replace(': ', '[1]: ')}`)
    assert.ok(event.type === 'note', `${words}: ${event.type}`)
    assert.equal(event.topic, topic, words)
    assert.equal(event.host?.address ?? null, address, words)
  }
})

test('filters and policy servers beside Postfix', () => {
  checkPart({
    [`amavis[1]: (01-02) Passed CLEAN {RelayedInbound}, [192.0.2.1]:4242 [198.51.100.1] <a@b> -> <c@d>, Queue-ID: ${OTHER}, Hits: 2.9`]:
      { type: 'note', topic: 'scan', id: OTHER, host: { address: '192.0.2.1' }, program: 'amavis' },
    'amavis[1]: (01-02) (!)connect to clamd failed': { type: 'warning' },
    [`opendkim[1]: ${ID}: DKIM-Signature field added (s=a, d=example.com)`]: {
      topic: 'dkim',
      id: ID,
    },
    [`opendmarc[1]: ${ID}: example.com pass`]: { topic: 'dmarc', id: ID },
    'policyd-spf[1]: prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=x':
      { topic: 'spf', host: { address: '192.0.2.1' } },
    'postfix/policy-spf[1]: Policy action=DUNNO': { topic: 'spf', program: 'postfix/policy-spf' },
    'postgrey[1]: action=greylist, reason=new, client_name=x, client_address=192.0.2.1/32, sender=a':
      { topic: 'greylisting', host: { address: '192.0.2.1' } },
    'spamd[1]: spamd: clean message (0.1/5.0) for x:1 in 0.2 seconds': { topic: 'scan' },
  })
})

test('rsyslog: a line that was repeated is read as one', () => {
  checkPart({
    'postfix/smtpd[1]: message repeated 3 times: [ lost connection after AUTH from x[192.0.2.1]]': {
      type: 'note',
      text: 'lost connection after AUTH from x[192.0.2.1]',
      host: { name: 'x', address: '192.0.2.1' },
    },
  })
})

test('what no form covers is unknown, whole, with the id it names', () => {
  for (const said of [
    'lorem ipsum dolor',
    `${ID}: lorem ipsum`,
    '',
    'connect',
    'warning:no space',
    'NOQUEUE: ',
    `${ID}: `,
    'before breakfast we log',
    'reject: something else',
    'reject: RCPT from',
    `${ID}: sender non-delivery notification: nothing like an id`,
  ]) {
    const line = `postfix/smtpd[1]: ${said}`
    const id = said.startsWith(ID) ? ID : null
    assert.deepEqual(readLine(line), { type: 'unknown', atMs: AT, id, line }, said)
  }
})
