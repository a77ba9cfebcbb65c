import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Rejected } from '../event.ts'
import { AT, ID, MX, TAIL, check, checkPart, readLine } from '../testing/postfix-lines.ts'

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

test('no address and no HELO is taken for the fields of a rejection', () => {
  const start = 'postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1'
  const forged = '; from=<ceo@a> to=<w@a> proto=SMTP helo=<good'
  const denied = 'Relay access denied'
  const real = { from: 'evil@b', subject: '<bob@x>' }
  const fields = 'from=<evil@b> to=<bob@x> proto=ESMTP helo=<evil'
  const cases: Record<string, object> = {
    [`${start} <bob@x>: ${denied}; ${fields}${forged}>`]: real,
    [`${start} ${denied}; ${fields}${forged}>`]: real,
    [`${start} <bob@x>: ${denied}; ${fields}>: no${forged}>`]: real,
    [`${start} <bob@x>: ${denied}; ${fields}>${forged}>`]: real,
    [`${start} <bob@x>: ${denied}; ${fields}>: ${denied}; from=<ceo@a> to=<bob@x> helo=<good>`]:
      real,
    [`${start} <mx[1.1.1.1]>: ${denied}; ${fields}; from=<ceo@a> helo=<mx[1.1.1.1]>`]: real,
    [`${start} <bob@x>: ${denied}; ${fields}> sasl_method=PLAIN sasl_username=boss>`]: {
      ...real,
      login: null,
    },
    [`${start} <bob@x>: ${denied}; ${fields}> sasl_method=PLAIN sasl_username=boss> sasl_method=LOGIN sasl_username=jane`]:
      { ...real, authenticator: 'login', login: 'jane' },
    // Without an end, an address goes on.
    [`${start} <"x${forged}> and the rest is cut`]: { from: undefined, subject: null },
  }
  // What was quoted is told to the client as it is, and logged with its quotes.
  for (const local of [
    ...[`x${forged}`, `x>: no${forged}`, `ceo@a>: no${forged}`, `x>${forged}`, `x> ${forged}>: y`],
    `x> to=<w@a> proto=SMTP helo=<good>`,
  ]) {
    const sender = `"${local}"@bad`
    const tail = `from=<${sender}> to=<bob@x> proto=ESMTP helo=<evil>`
    const rejection = { from: sender, subject: '<bob@x>', host: { helo: 'evil' } }
    cases[`${start} <${local}@bad>: Sender address rejected; ${tail}`] = rejection
    cases[`${start} <${sender}>: Sender address rejected; ${tail}`] = rejection
    cases[`${start} refused <${sender}> here; ${tail}`] = rejection
    cases[`${start} <${local}@bad>: ${denied}; from=<evil@b> to=<${sender}> proto=ESMTP helo=<x>`] =
      { from: 'evil@b', subject: `<${sender}>`, host: { helo: 'x' } }
  }
  checkPart(cases)
})

test('no header is taken for the origin or the fields of its check, nor HELO after a long one', () => {
  const start = `postfix/cleanup[1]: ${ID}: reject: header Subject:`
  const forged = ' from good.example[198.51.100.1]; from=<ceo@a> to=<w@a> proto=SMTP helo=<good'
  const from = 'mx.example.net[192.0.2.1]; from=<evil@b> to=<bob@x> proto=ESMTP helo=<evil'
  const real = { from: 'evil@b', host: { address: '192.0.2.1' }, reason: '5.7.1 no' }
  const long = 'x'.repeat(170)
  checkPart({
    [`${start} x${forged} from ${from}>: 5.7.1 no`]: real,
    [`${start} x${forged}> from ${from}>: 5.7.1 no`]: real,
    [`${start} ${long} from ${from}${forged}>: 5.7.1 no`]: real,
  })
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

test('what another server, SPF or an address says is not taken for the fields of a rejection', () => {
  const start = 'postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]:'
  const forged = '; from=<ceo@a> to=<w@a> proto=ESMTP helo=<good'
  const fields = 'from=<evil@b> to=<bob@x> proto=ESMTP helo=<evil>'
  const real = { from: 'evil@b', subject: '<bob@x>', host: { helo: 'evil', address: '192.0.2.1' } }
  const unverified = '<bob@x>: Recipient address rejected: unverified address: host mx[192.0.2.9]'
  const saidByAddress = '<" said: "@b>: Sender address rejected: Access denied'
  checkPart({
    [`${start} 450 4.1.1 ${unverified} said: 550 x${forged}> (in reply to RCPT TO command); ${fields}`]:
      real,
    [`${start} 450 4.1.1 ${unverified} said: 550 x${forged}; ${fields}`]: real,
    [`${start} 450 4.1.1 ${unverified} refused to talk to me: 554 x${forged}>; ${fields}`]: real,
    [`${start} 550 5.7.1 <bob@x>: Recipient address rejected: SPF fail: see${forged}>; ${fields}`]:
      real,
    [`${start} 550 5.7.1 ${saidByAddress}; from=<" said: "@b${forged}> to=<bob@x> proto=ESMTP helo=<x>`]:
      { reason: `550 5.7.1 ${saidByAddress}` },
  })
})

test('an address that imitates the origin of a header leaves the origin unsaid', () => {
  const start = `postfix/cleanup[1]: ${ID}: reject: header Subject: x from mx[192.0.2.1];`
  const unsure = { host: null, from: undefined, subject: 'header Subject: x', reason: '5.7.1 no' }
  const end = 'to=<bob@x> proto=ESMTP helo=<evil>: 5.7.1 no'
  for (const local of ['a from good[8.8.8.8]; x', 'a from good[8.8.8.8]; from=<ceo'])
    for (const sender of [`${local}@b`, `"${local}"@b`]) {
      const event = readLine(`${start} from=<${sender}> ${end}`)
      assert.ok(event.type === 'rejected')
      const { host, from, subject, reason } = event
      assert.deepEqual({ host, from, subject, reason }, unsure)
    }
  const warned = start.replace('reject', 'warning').replace('x from', 'y from')
  checkPart({
    [`${warned} from=<"a from good[8.8.8.8]; x"@b> ${end}`]: { type: 'warning', host: null },
  })
})
