/**
 * What is left when no words are known: the codes themselves. Statuses are those of the IANA registry
 * (RFC 3463 and its successors), reply codes those of RFC 5321 §4.2.3 and its extensions.
 */
import { STATUS_REGISTRY } from './links.ts'
import type { Rule } from './rule.ts'
import type { Actor, Category, RetryOutlook } from './types.ts'

/** One line of the tables below: what finds it, then the reason's fields. */
type Row = readonly [
  id: string,
  category: Category,
  title: string,
  meaning: string,
  actor: Actor,
  remedy: string,
]

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

/** By reply code. */
const REPLIES: readonly (readonly [code: number, row: Row])[] = [
  [
    421,
    [
      'reply-421',
      'serverFault',
      'Code 421: the server closes the connection',
      'It is shutting down, overloaded, or wants no more from this client for now.',
      'nobody',
      'Wait: the message is tried again.',
    ],
  ],
  [
    422,
    [
      'reply-422',
      'mailboxFull',
      'Code 422: no room in the mailbox',
      'Some servers say with 422 that the mailbox or its disk is full.',
      'recipient',
      'Tell the recipient by another way to make room.',
    ],
  ],
  [
    432,
    [
      'reply-432',
      'serverFault',
      'Code 432: not now',
      'A password must be renewed first (RFC 4954), or, from Exchange, the queue of the recipient is stopped.',
      'recipientProvider',
      'Wait; with a login, set the password anew.',
    ],
  ],
  [
    441,
    [
      'reply-441',
      'network',
      'Code 441: the host does not answer',
      'Not of the standard: the sender’s server got no answer from the next one.',
      'recipientProvider',
      'Wait for the next try.',
    ],
  ],
  [
    442,
    [
      'reply-442',
      'network',
      'Code 442: the connection was lost',
      'Not of the standard: the connection broke off during the transfer.',
      'nobody',
      'Wait for the next try.',
    ],
  ],
  [
    450,
    [
      'reply-450',
      'serverFault',
      'Code 450: mailbox not available for now',
      'The recipient cannot take the message at the moment: busy, locked, or greylisted.',
      'nobody',
      'Wait: the message is tried again.',
    ],
  ],
  [
    451,
    [
      'reply-451',
      'serverFault',
      'Code 451: an error over there, for now',
      'The server stopped with a fault of its own, or puts off a sender it does not know.',
      'nobody',
      'Wait: the message is tried again.',
    ],
  ],
  [
    452,
    [
      'reply-452',
      'storage',
      'Code 452: no room for now',
      'The server has no storage left, or takes no more recipients in this transaction.',
      'nobody',
      'Wait: the message is tried again.',
    ],
  ],
  [
    453,
    [
      'reply-453',
      'policy',
      'Code 453: you have no mail',
      'An answer of on-demand relay, which ordinary servers do not give.',
      'you',
      'Check which server and port are used.',
    ],
  ],
  [
    454,
    [
      'reply-454',
      'tls',
      'Code 454: TLS or login not available for now',
      'The server cannot start TLS or check a login at the moment.',
      'recipientProvider',
      'Wait for the next try; your server? Look at its certificate and its password database.',
    ],
  ],
  [
    455,
    [
      'reply-455',
      'protocol',
      'Code 455: parameters not possible for now',
      'The server cannot grant the parameters of MAIL or RCPT at the moment.',
      'nobody',
      'Wait: the message is tried again.',
    ],
  ],
  [
    458,
    [
      'reply-458',
      'serverFault',
      'Code 458: cannot queue for this node',
      'An answer to ETRN: the queue of that host cannot be run now.',
      'nobody',
      'Wait and ask again.',
    ],
  ],
  [
    459,
    [
      'reply-459',
      'policy',
      'Code 459: this node is not allowed',
      'An answer to ETRN: the host may not have its queue run.',
      'you',
      'Have the host allowed for ETRN on the server that holds the queue.',
    ],
  ],
  [
    471,
    [
      'reply-471',
      'policy',
      'Code 471: put off by a filter',
      'Not of the standard: a local filter puts the message off.',
      'nobody',
      'Wait: the message is tried again.',
    ],
  ],
  [
    500,
    [
      'reply-500',
      'protocol',
      'Code 500: command not understood',
      'The server does not know the command, or the line is too long.',
      'you',
      'Look for a firewall that rewrites SMTP.',
    ],
  ],
  [
    501,
    [
      'reply-501',
      'protocol',
      'Code 501: argument not understood',
      'A command is right and its argument is not: often an address or the name in EHLO.',
      'you',
      'Check the sender’s address and the host name that this server gives.',
    ],
  ],
  [
    502,
    [
      'reply-502',
      'protocol',
      'Code 502: command not implemented',
      'The server does not have the command.',
      'you',
      'Look for a setting that demands it.',
    ],
  ],
  [
    503,
    [
      'reply-503',
      'protocol',
      'Code 503: commands in a wrong order',
      'A command came before its turn; often a login is missing before MAIL.',
      'you',
      'With a smarthost: set user name and password.',
    ],
  ],
  [
    504,
    [
      'reply-504',
      'protocol',
      'Code 504: parameter not implemented',
      'The server does not have this parameter or login mechanism, or wants a full host name in EHLO.',
      'you',
      'Check the name in EHLO and the login mechanism.',
    ],
  ],
  [
    510,
    [
      'reply-510',
      'mailboxUnknown',
      'Code 510: bad address',
      'Not of the standard: the address is taken for wrong.',
      'sender',
      'Check the address.',
    ],
  ],
  [
    511,
    [
      'reply-511',
      'mailboxUnknown',
      'Code 511: no such address',
      'Not of the standard: the mailbox is taken for unknown.',
      'sender',
      'Check the address.',
    ],
  ],
  [
    512,
    [
      'reply-512',
      'domainUnknown',
      'Code 512: host not found',
      'Not of the standard: the recipient’s domain is not in DNS.',
      'sender',
      'Check the domain of the address.',
    ],
  ],
  [
    521,
    [
      'reply-521',
      'noMailDomain',
      'Code 521: the host takes no mail',
      'The host answers and never takes mail (RFC 7504), or cuts off a client that misbehaves.',
      'sender',
      'Check the domain of the address and its MX record.',
    ],
  ],
  [
    523,
    [
      'reply-523',
      'tooBig',
      'Code 523: too big or encryption needed',
      'Used for a size limit, and for a login mechanism that needs encryption.',
      'sender',
      'Make the message smaller; for a login use TLS.',
    ],
  ],
  [
    525,
    [
      'reply-525',
      'loginFailed',
      'Code 525: the account is disabled',
      'The account that logs in is disabled (RFC 5248).',
      'you',
      'Have the account opened again.',
    ],
  ],
  [
    541,
    [
      'reply-541',
      'spamContent',
      'Code 541: rejected by the recipient',
      'Not of the standard: mostly an anti-spam filter.',
      'sender',
      'Have the recipient allow your address.',
    ],
  ],
  [
    550,
    [
      'reply-550',
      'policy',
      'Code 550: refused',
      'The server will not take this message: the mailbox is unknown, or a policy forbids it. It is the most common of all codes.',
      'sender',
      'Check the address first, then blocklists, SPF and DKIM.',
    ],
  ],
  [
    551,
    [
      'reply-551',
      'mailboxMoved',
      'Code 551: the user is not here',
      'The recipient is at another server, which the text may name.',
      'sender',
      'Use the address that the text names.',
    ],
  ],
  [
    552,
    [
      'reply-552',
      'mailboxFull',
      'Code 552: no room for the message',
      'The mailbox is full, or the message too big for it.',
      'recipient',
      'Ask the recipient to make room; make the message smaller.',
    ],
  ],
  [
    553,
    [
      'reply-553',
      'addressSyntax',
      'Code 553: the address is not allowed',
      'The server does not take this address: its syntax, a sender who is not the account’s own, or a relay that is not allowed.',
      'sender',
      'Check both addresses, and whether a login is needed.',
    ],
  ],
  [
    554,
    [
      'reply-554',
      'policy',
      'Code 554: transaction failed',
      'The server refuses the whole message, or the client at the start: content, a blocklist, or no valid recipient.',
      'you',
      'Look when it came: at the start it is the address that sends, after the data the content.',
    ],
  ],
  [
    555,
    [
      'reply-555',
      'protocol',
      'Code 555: parameter of MAIL or RCPT unknown',
      'A parameter was sent that the server did not offer, or an address lacks its brackets.',
      'you',
      'Look for a firewall that rewrites the answer to EHLO.',
    ],
  ],
  [
    556,
    [
      'reply-556',
      'noMailDomain',
      'Code 556: the domain takes no mail',
      'The domain has a null MX record or a server that never takes mail (RFC 7504).',
      'sender',
      'Check the domain of the address.',
    ],
  ],
  [
    557,
    [
      'reply-557',
      'policy',
      'Code 557: too many duplicates',
      'Not of the standard: a filter counts equal messages.',
      'you',
      'Look for a loop or a mailing that went out twice.',
    ],
  ],
  [
    571,
    [
      'reply-571',
      'policy',
      'Code 571: blocked',
      'Not of the standard: blocked by a policy or a filter of the recipient.',
      'you',
      'Check blocklists, SPF and DKIM.',
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
