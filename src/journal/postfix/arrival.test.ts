import { test } from 'node:test'

import type { ArrivalPart } from '../event.ts'
import { AT, ID, MX, OTHER, TAIL, check, checkPart } from '../testing/postfix-lines.ts'

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

test('no quoted address and no login is taken for other fields', () => {
  const client = 'mx.example.net[192.0.2.1]'
  const sender = '"x>, size=1, nrcpt=9 (queue active)"@y'
  const local = '"x> orig_id=3F2A1B0C4E"@y'
  const header = '"x>, size=1"@y'
  checkPart({
    [`postfix/qmgr[1]: ${ID}: from=<${sender}>, size=12, nrcpt=1 (queue active)`]: {
      from: sender,
      sizeOctets: 12,
      recipientCount: 1,
    },
    [`postfix/pickup[1]: ${ID}: uid=0 from=<${local}>`]: { from: local, parent: null },
    [`postfix/cleanup[1]: ${ID}: message-id=<${header}>`]: { messageIdHeader: header },
    [`postfix/smtpd[1]: ${ID}: client=${client}, sasl_method=PLAIN, sasl_username=jane, sasl_sender=x, sasl_username=boss`]:
      { login: 'jane' },
    [`postfix/smtpd[1]: warning: ${client}: SASL PLAIN authentication failed: no, sasl_username=jane, sasl_username=boss`]:
      { type: 'authenticationFailed', reply: 'no', login: 'jane, sasl_username=boss' },
  })
})

test('no sender is taken for what follows it, also without its quotes', () => {
  const size = 'size=5360, nrcpt=2 (queue active)'
  for (const from of [
    'a>, size=1, nrcpt=1 (queue active)@evil.example',
    'a>, status=expired, returned to sender@evil.example',
  ])
    checkPart({
      [`postfix/qmgr[1]: ${ID}: from=<${from}>, ${size}`]: {
        type: 'arrivalPart',
        from,
        sizeOctets: 5360,
        recipientCount: 2,
      },
      [`postfix/qmgr[1]: ${ID}: from=<${from}>, status=expired, returned to sender`]: {
        type: 'queueAction',
        action: 'expired',
      },
    })
  checkPart({
    [`postfix/qmgr[1]: ${ID}: from=<a>, status=expired, returned to sender${'x'.repeat(1900)}`]: {
      type: 'unknown',
    },
    [`postfix/pickup[1]: ${ID}: uid=33 from=<a> orig_id=${OTHER}>`]: {
      from: `a> orig_id=${OTHER}`,
      parent: null,
    },
    [`postfix/smtpd[1]: ${ID}: client=mx[192.0.2.1], sasl_method=PLAIN, sasl_username=a, sasl_sender=b, orig_queue_id=${OTHER}`]:
      { login: 'a', parent: null },
  })
})
