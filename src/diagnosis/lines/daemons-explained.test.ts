/** Whole lines of Postfix and Dovecot, as a person would ask about them: the reason, and who must act. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { logReader } from '../../journal/reader.ts'
import { UTC } from '../../journal/zone.ts'
import type { Actor } from '../reasons/types.ts'
import { explainLine } from './explain-line.ts'

const LIST = 'user=<jane>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1'

const cases: readonly [message: string, id: string | null, actor?: Actor][] = [
  ['postfix/smtpd[7]: fatal: bad boolean configuration: x = reject', 'postfix-setting', 'you'],
  [
    'postfix/smtpd[7]: warning: premature end-of-input on private/policyd-spf while reading input attribute name',
    'postfix-policy-down',
    'you',
  ],
  [
    'postfix/master[7]: warning: process /usr/lib/postfix/sbin/smtpd pid 12 exit status 1',
    'postfix-daemon-died',
    'you',
  ],
  [
    'postfix/postscreen[7]: warning: dnsblog reply timeout 10s for zen.spamhaus.org',
    'postfix-blocklist-silent',
    'you',
  ],
  [
    'postfix/smtpd[7]: warning: Connection rate limit exceeded: 44 from unknown[192.0.2.6] for service smtp',
    'postfix-client-limit',
    'nobody',
  ],
  [
    'postfix/smtpd[7]: warning: hostname x.example.com does not resolve to address 192.0.2.6',
    'client-name-unproved',
    'sender',
  ],
  [
    'postfix/smtpd[7]: warning: TLS library problem: error:0A000412:SSL routines::sslv3 alert bad certificate:../ssl/record/rec_layer_s3.c:1586:SSL alert number 42:',
    'certificate-refused-by-client',
    'you',
  ],
  [
    'postfix/smtp[7]: warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:ssl/record/methods/tlsany_meth.c:80:',
    'tls-handshake-failed',
    'you',
  ],
  [
    'postfix/postscreen[7]: NOQUEUE: reject: RCPT from [192.0.2.6]:4242: 450 4.3.2 Service currently unavailable; from=<a@example.org>, to=<b@example.com>, proto=ESMTP, helo=<x>',
    'postscreen-come-again',
    'nobody',
  ],
  [
    'postfix/cleanup[7]: 3F2A1B0C4D: milter-reject: END-OF-MESSAGE from x[192.0.2.6]: 4.7.1 Service unavailable - try again later; from=<a@example.org> to=<b@example.com> proto=ESMTP helo=<x>',
    'postfix-milter-silent',
    'you',
  ],
  [
    'dovecot: imap(jane)<7><a>: Panic: file x.c: line 1 (f): assertion failed: (a)',
    'dovecot-crash',
  ],
  [
    'dovecot: doveconf: Fatal: Error in configuration file /etc/dovecot/dovecot.conf line 5: ssl_cert: Unknown setting: ssl_cert',
    'dovecot-setting',
    'you',
  ],
  [
    'dovecot: auth-worker(7): Error: sql(jane,192.0.2.3,<a>): Password query failed: Not connected to database',
    'dovecot-auth-database',
    'you',
  ],
  [
    `dovecot: imap-login: Login aborted: Connection closed (auth service reported temporary failure): ${LIST}`,
    'dovecot-login-internal',
    'you',
  ],
  [
    `dovecot: imap-login: Disconnected: Connection closed (no auth attempts in 0 secs): user=<>, rip=192.0.2.3, lip=192.0.2.1, TLS handshaking: SSL_accept() failed: error:0A000416:SSL routines::sslv3 alert certificate unknown: SSL alert number 46`,
    'certificate-refused-by-client',
    'you',
  ],
  [
    'dovecot: imap-login: Disconnected: Inactivity (no auth attempts in 180 secs): user=<>, rip=192.0.2.3, lip=192.0.2.1',
    'dovecot-no-auth-attempt',
    'nobody',
  ],
  [
    'dovecot: imap(jane)<7><a>: Disconnected: Internal error occurred. Refer to server log for more information. in=1 out=2',
    'dovecot-internal-error',
    'you',
  ],
  ['dovecot: imap(jane)<7><a>: Disconnected: Logged out in=1 out=2', null],
  ['dovecot: imap(jane)<7><a>: Connection closed (IDLE finished 1 secs ago) in=1 out=2', null],
  ['dovecot: auth-worker(7): mysql(localhost): Connected to database mail', null],
]

for (const [message, id, actor] of cases)
  test(`explained: ${message.slice(0, 100)}`, () => {
    const latestMs = Date.UTC(2026, 11, 31)
    const reader = logReader({ format: 'auto', zone: UTC, latestMs, log: 'main' })
    const { error } = explainLine(`Nov 20 09:00:06 mx ${message}`, reader)
    assert.equal(error?.reason.id ?? null, id)
    if (actor !== undefined) assert.equal(error?.reason.actor, actor)
  })
