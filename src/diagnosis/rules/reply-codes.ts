/** Reply codes, those of RFC 5321 §4.2.3, of its extensions, and some that are of no standard. */
import type { Actor, Category } from '../reasons/types.ts'

/** The fields of a reason, as one line of a table. */
export type Row = readonly [
  id: string,
  category: Category,
  title: string,
  meaning: string,
  actor: Actor,
  remedy: string,
]

/** By reply code. */
export const REPLIES: readonly (readonly [code: number, row: Row])[] = [
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
      'The host answers and never takes mail, or cuts off a client that misbehaves.',
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
      'The account that logs in is disabled.',
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
      'The domain has a null MX record or a server that never takes mail.',
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
