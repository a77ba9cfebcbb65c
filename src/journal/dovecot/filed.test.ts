import { test } from 'node:test'

import { assertEvent } from '../testing/dovecot-lines.ts'

const LMTP = 'lmtp(bob)<12><a1b2>'
const filed: readonly [message: string, expected: Record<string, unknown>][] = [
  [
    `lda(bob): msgid=<m1@example.net>: rejected: Quota exceeded (mailbox for user is full)`,
    { action: 'rejected', reason: 'Quota exceeded (mailbox for user is full)' },
  ],
  [`${LMTP}: size=${'9'.repeat(400)}, msgid=<m1@x>: saved mail to INBOX`, { sizeOctets: null }],
  [
    `${LMTP}: msgid=<m1@example.net>: saved mail to INBOX`,
    {
      type: 'filed',
      action: 'saved',
      login: 'bob',
      messageIdHeader: 'm1@example.net',
      mailbox: 'INBOX',
      session: 'a1b2',
      reason: null,
    },
  ],
  [
    "lmtp(12, bob): 4KOmJQX+sFQ5DAAAJwkDVQ:2: sieve: msgid=<m1@example.net>: stored mail into mailbox 'A/B'",
    { action: 'saved', login: 'bob', mailbox: 'A/B', session: '4KOmJQX+sFQ5DAAAJwkDVQ:2' },
  ],
  [
    `lda(bob): sieve: msgid=<m1@example.net> (added by postmaster@example.net): fileinto action: stored mail into mailbox 'Spam'`,
    { action: 'saved', messageIdHeader: 'm1@example.net', mailbox: 'Spam' },
  ],
  [`${LMTP}: msgid=unspecified: saved mail to INBOX`, { action: 'saved', messageIdHeader: null }],
  [
    `${LMTP}: from=<x@y>, subject=Re: a, b, msgid=<m1@example.net>, size=1234: saved mail to INBOX`,
    { from: 'x@y', subject: 'Re: a, b', messageIdHeader: 'm1@example.net', sizeOctets: 1234 },
  ],
  [
    `${LMTP}: msgid=<m1@example.net>: save failed to INBOX: Quota exceeded (mailbox for user is full)`,
    { action: 'failed', mailbox: 'INBOX', reason: 'Quota exceeded (mailbox for user is full)' },
  ],
  [
    `${LMTP}: msgid=<m1@example.net>: save failed to open mailbox INBOX: Quota exceeded`,
    { action: 'failed', mailbox: 'INBOX', reason: 'Quota exceeded' },
  ],
  [
    `${LMTP}: Error: sieve: msgid=<m1@example.net>: failed to store into mailbox 'A: b': Mailbox doesn't exist: A: b`,
    { action: 'failed', mailbox: 'A: b', reason: "Mailbox doesn't exist: A: b" },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: forwarded to <jane@example.org>`,
    { action: 'forwarded', to: 'jane@example.org', mailbox: null },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: marked message to be discarded if not explicitly delivered (discard action)`,
    {
      action: 'discarded',
      reason: 'marked message to be discarded if not explicitly delivered (discard action)',
    },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: discarded duplicate forward to <jane@example.org>`,
    { action: 'duplicate', to: 'jane@example.org' },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: rejected message from <x@y> (reject)`,
    { action: 'rejected', to: 'x@y' },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: vacation action: sent vacation response to <x@y>`,
    { action: 'replied', to: 'x@y', messageIdHeader: 'm1@example.net' },
  ],
  [
    `${LMTP}: sieve: msgid=<m1@example.net>: sent mail notification to <x@y>`,
    { action: 'notified', to: 'x@y' },
  ],
]

for (const [message, expected] of filed) {
  test(`a delivery: ${message.slice(0, 100)}`, () =>
    assertEvent(message, { type: 'filed', ...expected }))
}

test('whoever sends a message cannot write what became of it into its id', () => {
  assertEvent(`${LMTP}: msgid=<a@b>: discarded message: x@y>: saved mail to INBOX`, {
    action: 'saved',
    mailbox: 'INBOX',
    messageIdHeader: 'a@b>: discarded message: x@y',
  })
})
