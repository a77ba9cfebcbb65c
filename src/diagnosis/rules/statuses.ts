/**
 * Statuses that speak for themselves, whatever the words: those of RFC 3463 §3 and of the IANA
 * registry that no other rule explains. The vague ones (x.1.0, x.7.0, x.7.1 …) are in `classes.ts`.
 */
import { STATUS_REGISTRY } from './links.ts'
import { ASK_THEIR_ADMIN, CHECK_ADDRESS, JUST_WAIT } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

export const STATUSES: readonly Rule[] = [
  {
    id: 'status-valid-address',
    category: 'serverFault',
    title: 'Status x.1.5: the address is valid, and yet it failed',
    meaning:
      'This status belongs to successes. With a failure it tells that the other server mixes things up.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [STATUS_REGISTRY],
    match: { enhanced: ['x.1.5'] },
    examples: ['550 5.1.5 xyzzy'],
  },
  {
    id: 'status-relayed-to-non-compliant',
    category: 'protocol',
    title: 'Status x.1.9: handed on to a system without reports',
    meaning: 'The message went on to a mailer that cannot report what became of it.',
    actor: 'nobody',
    remedy: ['Ask the recipient by another way whether the message arrived.'],
    retry: 'never',
    links: [STATUS_REGISTRY],
    match: { enhanced: ['x.1.9'] },
    examples: ['550 5.1.9 xyzzy'],
  },
  {
    id: 'mailing-list-expansion',
    category: 'recipientRestricted',
    title: 'A mailing list could not be expanded',
    meaning:
      'The address is a list, and the server could not, or may not for this sender, send to its members.',
    actor: 'recipientProvider',
    remedy: ['Write to a member of the list, or have the list’s owner look at it.'],
    retry: 'afterFix',
    links: [STATUS_REGISTRY],
    match: [
      {
        text: [
          'mailing list expansion',
          'list expansion',
          'unable to expand',
          'distribution list*expan',
          'group expansion',
        ],
      },
      { enhanced: ['x.2.4', 'x.7.2'] },
    ],
    examples: ['550 5.2.4 Mailing list expansion problem', '550 5.7.2 xyzzy'],
  },
  {
    id: 'feature-not-supported',
    category: 'protocol',
    title: 'The other system lacks a feature the message needs',
    meaning:
      'The message needs something (8-bit text, binary, UTF-8 addresses, a priority) that the next system does not have.',
    actor: 'sender',
    remedy: [
      'Send it without that feature: addresses in ASCII, text as quoted-printable.',
      ...ASK_THEIR_ADMIN.slice(0, 1),
    ],
    retry: 'never',
    links: [STATUS_REGISTRY],
    match: [
      {
        text: [
          'not capable of selected features',
          'feature not supported',
          'does not support 8bitmime',
          'does not support smtputf8',
          'does not support internationalized',
          'utf8 not supported',
          'eai not supported',
        ],
      },
      { enhanced: ['x.3.3', 'x.3.6', 'x.7.15'] },
    ],
    examples: ['554 5.3.3 System not capable of selected features', '550 5.3.6 xyzzy'],
  },
  {
    id: 'system-takes-no-mail',
    category: 'serverFault',
    title: 'The other system takes no mail at the moment',
    meaning: 'Their server is shutting down, overloaded or under maintenance (x.3.2).',
    actor: 'nobody',
    remedy: [...JUST_WAIT, ...ASK_THEIR_ADMIN.slice(0, 1)],
    retry: 'helps',
    links: [STATUS_REGISTRY],
    match: { enhanced: ['x.3.2', '5.3.1'] },
    examples: ['453 4.3.2 xyzzy', '421 4.3.2 System not accepting network messages, try again'],
  },
  {
    id: 'unable-to-route',
    category: 'dns',
    title: 'No route to the domain could be found',
    meaning:
      'The server found no host to hand the message to: no usable MX or address record, or no route in its own tables (x.4.4).',
    actor: 'you',
    remedy: [
      'Ask DNS: `dig +short MX DOMAIN`, `dig +short A MX-HOST`.',
      'A gateway or smarthost of yours? Look at its routing table for the domain.',
    ],
    retry: 'afterFix',
    links: [STATUS_REGISTRY],
    match: [
      {
        text: [
          'unable to route',
          'cannot route',
          'no route to domain',
          'no route for',
          'routing not possible',
          'not routable',
          'unable to find a route',
        ],
      },
      { enhanced: ['x.4.4'] },
    ],
    examples: ['550 5.4.4 Unable to route', '454 4.4.4 xyzzy'],
  },
  {
    id: 'encryption-trouble',
    category: 'tls',
    title: 'Encryption or signature of the message failed',
    meaning:
      'The content was to be encrypted, decrypted, converted or checked on the way, and that failed (x.7.3, x.7.5 to x.7.7).',
    actor: 'recipientProvider',
    remedy: [
      'Send the message without encryption or signature, if its content allows.',
      ...ASK_THEIR_ADMIN.slice(0, 1),
    ],
    retry: 'afterFix',
    links: [STATUS_REGISTRY],
    match: [
      {
        text: [
          'cryptographic failure',
          'cryptographic algorithm not supported',
          'message integrity failure',
          'unable to decrypt',
          'decryption failed',
          'security conversion required',
        ],
      },
      { enhanced: ['x.7.3', 'x.7.5', 'x.7.7'] },
    ],
    examples: ['550 5.7.5 Cryptographic failure', '550 5.7.7 xyzzy'],
  },
  {
    id: 'authentication-weak-or-encrypted',
    category: 'loginFailed',
    title: 'This way to log in is too weak or needs TLS',
    meaning:
      'The mechanism of the login is not allowed, or only over an encrypted connection (x.7.9, x.7.11).',
    actor: 'sender',
    remedy: ['Turn on TLS for the connection, or choose another mechanism in the mail program.'],
    retry: 'afterFix',
    links: [STATUS_REGISTRY],
    match: [
      {
        text: ['encryption required for requested authentication'],
      },
      { enhanced: ['x.7.11'] },
      { codes: [538] },
    ],
    examples: ['538 5.7.11 Encryption required for requested authentication mechanism'],
  },
  {
    id: 'trust-relationship',
    category: 'authenticationRequired',
    title: 'A trust relationship is required',
    meaning:
      'The server that fetches or forwards the message is not trusted by the other (x.7.14, of BURL).',
    actor: 'you',
    remedy: ['Set up the login between the two servers.'],
    retry: 'afterFix',
    links: [STATUS_REGISTRY],
    match: [{ text: ['trust relationship required'] }, { enhanced: ['x.7.14'] }],
    examples: ['554 5.7.14 Trust relationship required to submission server'],
  },
  {
    id: 'owner-changed',
    category: 'mailboxUnknown',
    title: 'The address has another owner now',
    meaning:
      'The sender asked for delivery only to the person who had the address at a certain time; since then the mailbox or the domain changed hands (x.7.17 to x.7.19).',
    actor: 'sender',
    remedy: CHECK_ADDRESS,
    retry: 'never',
    links: [STATUS_REGISTRY],
    match: [
      { text: ['mailbox owner has changed', 'domain owner has changed'] },
      { enhanced: ['x.7.17-19'] },
    ],
    examples: ['550 5.7.17 Mailbox owner has changed', '550 5.7.18 xyzzy'],
  },
  {
    id: 'sender-null-mx',
    category: 'senderRejected',
    title: 'The sender’s domain says it takes no mail',
    meaning:
      'The domain of the sender has a null MX record (RFC 7505), so nobody could answer; the server refuses such senders.',
    actor: 'you',
    remedy: [
      'Use a sender of a domain that takes mail.',
      'Your domain? Replace the null MX (`0 .`) by a real one.',
    ],
    retry: 'afterFix',
    links: [STATUS_REGISTRY],
    match: [
      { text: ['sender address has null mx', 'sender domain has null mx', 'sender has null mx'] },
      { enhanced: ['x.7.27'], without: ['gsmtp'] },
    ],
    examples: ['550 5.7.27 Sender address has null MX'],
  },
  {
    id: 'mail-flood',
    category: 'rateLimited',
    title: 'Mail flood: far too much at once',
    meaning:
      'The server sees a flood of mail from this sender or to this recipient, and keeps it away (x.7.28).',
    actor: 'you',
    remedy: [
      'Look for a script, loop or stolen account that sends so much.',
      'Then wait, and send slower.',
    ],
    retry: 'helps',
    links: [STATUS_REGISTRY],
    match: { enhanced: ['x.7.28'] },
    examples: ['421 4.7.28 xyzzy'],
  },
]
