/**
 * What is left when no words are known: the codes themselves. Statuses are those of the IANA registry
 * (RFC 3463 and its successors), reply codes those of RFC 5321 §4.2.3 and its extensions.
 */
import { STATUS_REGISTRY } from './links.ts'
import { REPLIES, type Row } from './reply-codes.ts'
import type { Rule } from '../reasons/rule.ts'
import type { Category, RetryOutlook } from '../reasons/types.ts'

const LOOK_AT_TEXT = 'Read the words of the other server in the log: they say more than the code.'

function retryOf(category: Category, id: string): RetryOutlook {
  if (id.startsWith('reply-4') || id.startsWith('status-4')) return 'helps'
  return category === 'mailboxUnknown' || category === 'domainUnknown' ? 'never' : 'afterFix'
}

function reasonOf([id, category, title, meaning, actor, remedy]: Row): Omit<
  Rule,
  'match' | 'examples'
> {
  return {
    id,
    category,
    title,
    meaning,
    actor,
    remedy: [remedy, LOOK_AT_TEXT],
    retry: retryOf(category, id),
    links: [],
    isFallback: true,
  }
}

/** By subject of the status: `x.SUBJECT.anything`, temporary or final. */
const SUBJECTS: readonly (readonly [subject: number, row: Row])[] = [
  [
    1,
    [
      'status-address',
      'mailboxUnknown',
      'Status x.1.x: something about an address',
      'The status says that a sender’s or recipient’s address is the cause; the words are not known here.',
      'sender',
      'Check the addresses of the message, the sender’s too.',
    ],
  ],
  [
    2,
    [
      'status-mailbox',
      'mailboxDisabled',
      'Status x.2.x: something about the mailbox',
      'The address is known, and its mailbox cannot take the message: disabled, full, too small, or a list that cannot be expanded.',
      'recipient',
      'Ask the recipient by another way whether the mailbox works.',
    ],
  ],
  [
    3,
    [
      'status-system',
      'serverFault',
      'Status x.3.x: something about the mail system',
      'The other mail system as a whole has a problem or a limit: storage, size, features, configuration.',
      'recipientProvider',
      'Wait for the next try; tell their postmaster when it lasts.',
    ],
  ],
  [
    4,
    [
      'status-network',
      'network',
      'Status x.4.x: something about network or routing',
      'The way to the other system is the cause: connection, DNS, routing, a loop, or time that ran out.',
      'you',
      'Try by hand: `dig +short MX DOMAIN`, `nc -vz HOST 25`.',
    ],
  ],
  [
    5,
    [
      'status-protocol',
      'protocol',
      'Status x.5.x: something about the protocol',
      'The two servers disagree about SMTP itself: a command, its order or its arguments.',
      'you',
      'Look for a firewall that rewrites SMTP, and for old software on either side.',
    ],
  ],
  [
    6,
    [
      'status-content',
      'messageFormat',
      'Status x.6.x: something about form or conversion',
      'The content cannot be carried or converted as the other system asks.',
      'sender',
      'Have the program write plain MIME with base64 or quoted-printable.',
    ],
  ],
  [
    7,
    [
      'status-policy',
      'policy',
      'Status x.7.x: security or policy',
      'The server refuses for a reason of security or policy: sender, authentication, reputation, content or rights.',
      'you',
      'Check blocklists, SPF, DKIM, DMARC and the PTR record; then ask their postmaster.',
    ],
  ],
  [
    0,
    [
      'status-undefined',
      'unknown',
      'Status x.0.0: no reason given',
      'The status says only whether it is temporary (4) or final (5).',
      'you',
      'Look at the lines before it in the log for the cause.',
    ],
  ],
]

/** Every other code of the two classes. */
const OTHERS: readonly (readonly [codes: readonly number[], row: Row])[] = [
  [
    codesOf(400),
    [
      'reply-4xx',
      'serverFault',
      'A code of the 400s: not now',
      'Every code that begins with 4 is temporary: the sender keeps the message and tries again.',
      'nobody',
      'Wait: the message is tried again.',
    ],
  ],
  [
    codesOf(500),
    [
      'reply-5xx',
      'policy',
      'A code of the 500s: no',
      'Every code that begins with 5 is final: the message is returned and not tried again.',
      'you',
      'Mend what the text names, and send again.',
    ],
  ],
]

export const CLASSES: readonly Rule[] = [
  ...SUBJECTS.filter(([subject]) => subject !== 0).map(statusRule),
  ...REPLIES.map(([code, row]) => ({
    ...reasonOf(row),
    match: { codes: [code] },
    examples: [`${code} xyzzy`],
  })),
  ...SUBJECTS.filter(([subject]) => subject === 0).map(statusRule),
  ...OTHERS.map(([codes, row]) => ({
    ...reasonOf(row),
    match: { codes },
    examples: [`${(codes[0] ?? 0) + 99} xyzzy`],
  })),
]

/** The registry goes to 30; providers use more. */
function statusRule([subject, row]: readonly [number, Row]): Rule {
  return {
    ...reasonOf(row),
    links: [STATUS_REGISTRY],
    match: { enhanced: [`x.${subject}.0-999`] },
    examples: [`5.${subject}.${subject === 0 ? 0 : 99} xyzzy`],
  }
}

function codesOf(first: number): readonly number[] {
  return Array.from({ length: 100 }, (_, at) => first + at)
}
