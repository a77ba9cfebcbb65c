import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AT, ID, MX, OTHER, checkPart, readLine } from '../testing/postfix-lines.ts'

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
    [`postfix/pickup[1]: ${ID}: warning: message has been queued for 3 days`]: {
      type: 'warning',
      id: ID,
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
    assert.deepEqual(readLine(line), { type: 'unknown', atMs: AT, id, program: null, line }, said)
  }
})
