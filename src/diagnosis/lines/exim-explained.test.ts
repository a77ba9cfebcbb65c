import assert from 'node:assert/strict'
import { test } from 'node:test'

import { logReader } from '../../journal/reader.ts'
import { UTC } from '../../journal/zone.ts'
import type { Actor } from '../reasons/types.ts'
import { explainLine } from './explain-line.ts'

const ID = '1vnYk2-00000000BQ5-1EaB'
const CLIENT = 'H=(h) [192.0.2.9]:4444'

function errorOf(text: string) {
  const reader = logReader({ format: 'auto', zone: UTC, latestMs: 0, log: 'main' })
  return explainLine(`2026-11-20 09:00:06 ${text}`, reader).error
}

const GOOD_NEWS: readonly string[] = [
  `${ID} DKIM: d=example.com s=k c=relaxed/relaxed a=rsa-sha256 b=2048 [verification succeeded]`,
  `${ID} DMARC results: spf_domain=example.com dmarc_domain=example.com spf_align=yes dkim_align=no enforcement='Accept'`,
  `${ID} SPF: pass`,
  `${ID} ${CLIENT} Warning: "SpamAssassin as jane detected message as NOT spam (-0.1)"`,
  `${ID} ${CLIENT} Warning: Message has been scanned: no virus or other harmful content was found`,
  'no MAIL in SMTP connection from [192.0.2.9]:4444 D=2s C=EHLO,QUIT',
]

for (const text of GOOD_NEWS)
  test(`nothing is wrong: ${text}`, () => {
    assert.equal(errorOf(text), null)
  })

const ERRORS: readonly (readonly [text: string, id: string, actor: Actor])[] = [
  [
    `${ID} DKIM: d=example.com s=k [verification failed - body hash mismatch]`,
    'dkim-failed',
    'sender',
  ],
  [`${ID} DKIM: signing failed: no such key`, 'dkim-sign-failed', 'you'],
  [
    `${ID} ${CLIENT} Warning: "SpamAssassin as jane detected message as spam (12.3)"`,
    'spamassassin-refused',
    'sender',
  ],
  ['Sender jane@example.com has an outgoing mail hold', 'cpanel-outgoing-suspended', 'you'],
  [
    `${ID} ** a@b.example R=nonlocal: Mailing to remote domains not supported`,
    'exim-local-mail-only',
    'you',
  ],
  [
    `${ID} ${CLIENT} F=<x@y.example> rejected after DATA: syntax error in 'From' header when scanning for sender: missing or malformed local part in "<>"`,
    'exim-header-syntax',
    'sender',
  ],
  [
    `${CLIENT} F=<x@y.example> temporarily rejected RCPT <a@b.example>: Deferred due to greylisting. Host: '192.0.2.9' SPF: 'none'`,
    'greylisted',
    'nobody',
  ],
  ['spam acl condition: all spamd servers failed', 'spamd-unreachable', 'you'],
  [
    'SMTP protocol synchronization error (next input sent too soon: pipelining was not advertised): rejected "EHLO x" H=[192.0.2.9] next input="SPAM spam blocked"',
    'exim-client-talks-early',
    'nobody',
  ],
  [
    'SMTP call from [192.0.2.9] dropped: too many nonmail commands (last was "RSET")',
    'exim-client-speaks-badly',
    'nobody',
  ],
  [`${CLIENT} sender verify fail for <x@y.example>: no`, 'sender-verify-failed', 'sender'],
  ['rejected "EHLO x.example" from [192.0.2.9]', 'bad-helo', 'sender'],
  ['Connection from [192.0.2.9]:1 refused: load average = 12.00', 'exim-load-high', 'you'],
  [
    'Failed to get write lock for /var/spool/exim/db/retry.lockfile: timed out',
    'exim-hints-lock',
    'you',
  ],
  [
    'socket bind() to port 25 for address (any IPv4) failed: Address already in use: daemon abandoned',
    'port-in-use',
    'you',
  ],
  [
    'DNS list lookup defer (probably timeout) for 9.2.0.192.zen.spamhaus.org: assumed not in list',
    'exim-blocklist-silent',
    'you',
  ],
  [
    'plain authenticator failed for (h) [192.0.2.9]: 435 Unable to authenticate at present (set_id=jane): authentication socket connection error',
    'exim-login-service',
    'you',
  ],
  [
    `${ID} ** a@b.example R=r T=t: SMTP timeout while connected to mx.b.example [192.0.2.1] after sending data block (12 bytes written): Connection timed out`,
    'exim-smtp-timeout',
    'recipientProvider',
  ],
  [
    `${ID} == a@b.example R=r T=t defer (-53): all hosts for 'b.example' have been failing for a long time and were last tried after this message arrived`,
    'exim-hosts-failing-long',
    'recipientProvider',
  ],
  [
    `${ID} == a@b.example R=r T=lmtp defer (111): Connection refused: while trying to open LMTP socket: /run/dovecot/lmtp`,
    'exim-lmtp-socket',
    'you',
  ],
]

for (const [text, id, actor] of ERRORS)
  test(`${id}: ${text}`, () => {
    const reason = errorOf(text)?.reason
    assert.deepEqual([reason?.id, reason?.actor], [id, actor])
  })
