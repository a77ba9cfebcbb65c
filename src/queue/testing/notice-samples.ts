/** Outcomes and a message, for tests of notices. */
import type { MessageId } from '../../journal/event.ts'
import type { NoticeContext, NoticeMessage, NoticeRecipient } from '../notices.ts'
import type { Outcome } from '../types.ts'

export const ORIGINAL = Buffer.from(
  [
    'Received: from laptop ([192.0.2.3]) by mail.ours.test',
    'From: Jane <jane@ours.test>',
    'To: bob@there.example',
    'Subject: Proposal',
    'Message-ID: <m1@ours.test>',
    '',
    'Hello Bob',
    '',
  ].join('\r\n'),
)

export const MESSAGE: NoticeMessage = {
  messageId: '1vnYk2-00000000001-1EaB' as MessageId,
  from: 'jane@ours.test',
  sizeOctets: ORIGINAL.length,
  smtputf8: false,
  requireTls: false,
  ret: null,
  envelopeId: null,
  arrivedMs: Date.UTC(2026, 10, 21, 8),
  expiresMs: Date.UTC(2026, 10, 26, 8),
}

export const CONTEXT: NoticeContext = {
  hostName: 'mail.ours.test',
  postmaster: 'postmaster@ours.test',
  nowMs: Date.UTC(2026, 10, 21, 9, 0, 1),
  id: '1vnYk2-00000000002-1EaB' as MessageId,
  sender: 'jane@ours.test',
  original: ORIGINAL,
}

/** Refused at RCPT by mx.there.example. */
export const UNKNOWN_USER: Outcome = {
  kind: 'failed',
  atMs: Date.UTC(2026, 10, 21, 9),
  text: 'SMTP error from remote mail server after RCPT TO:<bob@there.example>: 550 5.1.1 <bob@there.example>: user unknown',
  status: '5.1.1',
  reply: '550 5.1.1 <bob@there.example>: user unknown',
  host: { name: 'mx.there.example', helo: null, address: '192.0.2.7', port: 25 },
  tls: null,
  authenticator: null,
  deliverTimeMs: 300,
  relaysNotices: false,
}

export const MAILBOX_FULL: Outcome = {
  ...UNKNOWN_USER,
  kind: 'deferred',
  text: 'SMTP error from remote mail server after RCPT TO:<bob@there.example>: 452 4.2.2 Mailbox full',
  status: '4.2.2',
  reply: '452 4.2.2 Mailbox full',
}

export const DELIVERED: Outcome = {
  ...UNKNOWN_USER,
  kind: 'delivered',
  text: '250 2.0.0 Ok: queued as 4F2',
  status: '2.0.0',
  reply: '250 2.0.0 Ok: queued as 4F2',
}

export function told(
  outcome: Outcome,
  recipient: Partial<NoticeRecipient['recipient']> = {},
): NoticeRecipient {
  const asked = { parents: [], notify: null, original: null }
  return {
    recipient: { address: 'bob@there.example', ...asked, ...recipient },
    outcome,
    nextAttemptMs: Date.UTC(2026, 10, 21, 13),
  }
}
