/** What this server's own client and queue say when they send: `smtp-client/` and `queue/` have the words. */
import type { Rule } from '../reasons/rule.ts'

export const SENDING: readonly Rule[] = [
  {
    id: 'sender-not-told',
    of: 'waybill',
    category: 'mailboxUnknown',
    title: 'A sender could not be told what became of mail',
    meaning:
      'A notice about a message was due, and the sender’s mailbox is full or gone, or no server took it. There is nobody left to tell but you.',
    actor: 'you',
    remedy: [
      'See what became of the message: `waybill log trace ID` with the id in the line.',
      'An account of yours? Give it room (`waybill account set ADDRESS --quota SIZE`), and tell its owner by another way.',
      'A sender elsewhere that is unknown there was forged, or is gone: nothing needs doing.',
    ],
    retry: 'never',
    links: [],
    match: {
      text: [
        'a notice to a sender was not delivered:',
        'the sender of*is not told',
        'is a bounce that could not be delivered to',
      ],
    },
    examples: [
      'a notice to a sender was not delivered: about 1vnYk2-00000000BQ5-1EaB to jane@here.example: the mailbox is full',
      'the sender of 1vnYk2-00000000BQ5-1EaB is not told what became of it: gone@here.example: Unknown user',
      '1vnYk2-00000000BQ5-1EaB is a bounce that could not be delivered to bob@example.net, and is given up: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 550 5.1.1 no such user',
    ],
  },
  {
    id: 'mail-not-signed',
    of: 'waybill',
    category: 'configuration',
    title: 'Mail goes out without its DKIM signature',
    meaning:
      'The keys of the domain cannot be opened with the key file that is there. Mail is sent all the same, but some providers take what is not signed for spam, or refuse it.',
    actor: 'you',
    remedy: [
      'Put the file `key` of the data folder back from the backup that belongs to mail.db, owned by the user of the server.',
      'Is it lost? Make new keys, and publish them: `waybill dkim rotate DOMAIN`, `waybill dns records DOMAIN`. Passwords of relays are to be given again, too.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['goes out unsigned, until this is mended'] },
    examples: [
      'mail from here.example goes out unsigned, until this is mended: the key file is missing',
    ],
  },
  {
    id: 'address-kept-from-here',
    of: 'waybill',
    category: 'configuration',
    title: 'A setting of ours keeps us from their address',
    meaning:
      'The hosts of the domain have only addresses that `outgoing` excludes here: private ones, or a whole family that is turned off.',
    actor: 'you',
    remedy: [
      'See the addresses: `dig MX DOMAIN`, then `dig A HOST` and `dig AAAA HOST`.',
      'Private, and the host is one of yours? Set `outgoing.allow_private = true`, or add a relay for the domain.',
      'Otherwise their DNS is wrong, and nobody can reach them: tell them.',
      'IPv4 or IPv6 turned off? Turn it on (`outgoing.ipv4`, `outgoing.ipv6`), or send to such hosts by a relay.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'no usable address for*(outgoing.',
        "the relay's host*has only*which are turned off here",
      ],
    },
    examples: [
      'no usable address for example.net: 10.0.0.1 is a private address (outgoing.allow_private is off)',
      'no usable address for example.net: 192.0.2.1 is not tried (outgoing.ipv4 is off)',
      "the relay's host relay.example has only IPv6 addresses, which are turned off here",
    ],
  },
  {
    id: 'address-of-no-host',
    category: 'dns',
    title: 'Their DNS leads to an address that is no host’s',
    meaning:
      'The mail servers of the domain have addresses at which nobody can be: multicast, reserved or unspecified ones. Some domains say so that they want no mail.',
    actor: 'recipientProvider',
    remedy: [
      'See for yourself: `dig MX DOMAIN`, then `dig A HOST`.',
      'Tell them by another way; there is nothing to change here.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['no usable address for'] },
    examples: [
      'no usable address for example.net: 224.0.0.1 is a multicast address',
      'no usable address for [0.0.0.0]: it is none',
    ],
  },
  {
    id: 'relay-not-usable',
    of: 'waybill',
    category: 'configuration',
    title: 'The relay is gone, or cannot be used as it is set',
    meaning:
      'Mail waits for a relay that was removed, whose host has no address, or whose password cannot be opened with the key file that is there.',
    actor: 'you',
    remedy: [
      'Look at it: `waybill relay list`, `waybill relay show NAME`, `waybill relay test NAME`.',
      'Removed? Add it again, or send what waits another way: `waybill queue reroute`.',
      'The key file is missing or another one? Put the right one back, or give the password again: `waybill relay set NAME --password`.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['the relay*cannot be used:', "the relay's host*has no address"] },
    examples: [
      'the relay smart cannot be used: no relay smart',
      "the relay's host relay.example has no address",
    ],
  },
  {
    id: 'relay-login-impossible',
    of: 'waybill',
    category: 'loginFailed',
    title: 'The relay and we have no way to log in in common',
    meaning:
      'The relay offers no login that we can use, or none without encryption, or could not prove that it knows the password. No password was given away.',
    actor: 'you',
    remedy: [
      'See what it offers: `waybill relay test NAME`.',
      'Without TLS? Most relays offer logins inside TLS only: `waybill relay set NAME --tls starttls`, or `--tls implicit` with port 465.',
      'A fixed mechanism that it does not have? Leave the choice to us: `waybill relay set NAME --mechanism auto`.',
      'It failed to prove itself? Check that host and certificate are the right ones.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'the server offers no login',
        'the server offers the logins',
        'did not prove that it knows the password',
        'a challenge that makes no sense, or the wrong signature',
      ],
    },
    examples: [
      'the server offers no login; without TLS we do not send a password',
      'the server offers the logins GSSAPI, NTLM and not PLAIN',
      'AUTH SCRAM-SHA-256: the server says that it knows us, but did not prove that it knows the password',
      'AUTH SCRAM-SHA-256: the server sent a challenge that makes no sense, or the wrong signature: 501 5.5.2 no',
    ],
  },
  {
    id: 'requiretls-impossible',
    category: 'tls',
    title: 'The message demands TLS that cannot be had there',
    meaning:
      'Its sender demanded REQUIRETLS: checked encryption on the whole way. The other side does not offer it, or nothing proves which are its servers, so the message was not sent.',
    actor: 'sender',
    remedy: [
      'Send it again without that demand, if it may go like other mail.',
      'Otherwise use another way to the recipient: their provider does not support it.',
    ],
    retry: 'never',
    links: ['https://www.rfc-editor.org/rfc/rfc8689'],
    match: { text: ['the message demands requiretls', 'requiretls: neither dnssec nor mta-sts'] },
    examples: [
      'the message demands REQUIRETLS, and the server did not offer it',
      'REQUIRETLS: neither DNSSEC nor MTA-STS says which are the mail servers of example.net',
    ],
  },
  {
    id: 'tls-published-not-offered',
    of: 'waybill',
    category: 'tls',
    title: 'Their domain demands TLS, and their server has none',
    meaning:
      'The domain publishes (DANE, MTA-STS) that mail comes by TLS only, and the server that answered does not offer it. Somebody may be in between, so mail waits.',
    actor: 'recipientProvider',
    remedy: [
      'See what it offers: `openssl s_client -starttls smtp -connect HOST:25`.',
      'Only from here? A firewall may take STARTTLS out of the replies: turn off its SMTP inspection.',
      'Tell their postmaster. If mail must go meanwhile: `require_tls = false` for the domain, in `outgoing.domains`.',
    ],
    retry: 'afterFix',
    links: ['https://www.rfc-editor.org/rfc/rfc8461', 'https://www.rfc-editor.org/rfc/rfc7672'],
    match: {
      text: [
        'a tls session is required (mta-sts)',
        'a tls session is required (dane)',
        'a tls session is required (its tlsa records)',
      ],
    },
    examples: [
      'a TLS session is required (MTA-STS), but the server did not offer TLS support',
      'a TLS session is required (DANE), but the server refused STARTTLS: 454 4.7.0 TLS not available',
    ],
  },
  {
    id: 'sts-host-not-named',
    of: 'waybill',
    category: 'tls',
    title: 'Their MTA-STS policy does not name their mail server',
    meaning:
      'The MX records of the domain lead to a host that its MTA-STS policy does not list. Either the policy was forgotten when the host changed, or the MX records are forged; mail waits.',
    actor: 'recipientProvider',
    remedy: [
      'Compare `dig MX DOMAIN` with `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`.',
      'Tell their postmaster. If mail must go meanwhile: `require_tls = false` for the domain, in `outgoing.domains`.',
    ],
    retry: 'afterFix',
    links: ['https://www.rfc-editor.org/rfc/rfc8461'],
    match: { text: ['the mta-sts policy of*does not name'] },
    examples: ['the MTA-STS policy of example.net does not name mx.example.org'],
  },
  {
    id: 'eight-bit-not-taken',
    category: 'protocol',
    title: 'Their server takes no 8-bit text, and this has some',
    meaning:
      'The message has letters with accents or other 8-bit text as it stands, and the server, an old one, did not offer 8BITMIME. Most mail is converted for such a server; this could not be: the text stands in a header field, or in what its author signed.',
    actor: 'sender',
    remedy: [
      'Send it again with the text as quoted-printable or base64: mail programs have a setting for it.',
      'Sent by a program? Have it encode the text, as RFC 2045 says.',
    ],
    retry: 'never',
    links: [],
    match: { text: ['the message has 8-bit text*and the server did not offer 8bitmime'] },
    examples: [
      'the message has 8-bit text in a header field, and the server did not offer 8BITMIME',
      'the message has 8-bit text that its author signed, so it cannot be converted, and the server did not offer 8BITMIME',
    ],
  },
  {
    id: 'utf8-header-not-taken',
    category: 'protocol',
    title: 'Their server takes no header fields in UTF-8',
    meaning:
      'A field of the header, often the subject or a name, has letters with accents as they stand. Only a server with SMTPUTF8 (RFC 6531) may be given that, and this one did not offer it.',
    actor: 'sender',
    remedy: [
      'Send it again with such fields encoded (RFC 2047), as `=?utf-8?Q?gr=C3=BC=C3=9Fe?=`: every mail program does so by itself.',
      'Sent by a program or script? Have it encode them, or keep to plain ASCII there.',
    ],
    retry: 'never',
    links: ['https://www.rfc-editor.org/rfc/rfc6531', 'https://www.rfc-editor.org/rfc/rfc2047'],
    match: { text: ['the header of the message needs smtputf8'] },
    examples: ['the header of the message needs SMTPUTF8, and the server did not offer it'],
  },
  {
    id: 'utf8-address-not-taken',
    category: 'addressSyntax',
    title: 'Their server takes only addresses in plain ASCII',
    meaning:
      'The address in the error has such letters before the @. Only a server with SMTPUTF8 (RFC 6531) can be given it, and this one did not offer it.',
    actor: 'sender',
    remedy: [
      'Is it the recipient’s? Ask for another address, in plain ASCII.',
      'Is it the sender’s? Send from another address, in plain ASCII.',
    ],
    retry: 'never',
    links: ['https://www.rfc-editor.org/rfc/rfc6531'],
    match: { text: ['the address*needs smtputf8'] },
    examples: ['the address <jürgen@example.net> needs SMTPUTF8, and the server did not offer it'],
  },
  {
    id: 'address-not-sendable',
    category: 'addressSyntax',
    title: 'The address has characters that SMTP cannot carry',
    meaning: 'Nothing was sent: with this address a command would not be what it seems to be.',
    actor: 'sender',
    remedy: ['Write the address again, letter by letter, without spaces and control characters.'],
    retry: 'never',
    links: [],
    match: { text: ['the address*cannot be sent'] },
    examples: ['the address "a b@c" cannot be sent'],
  },
  {
    id: 'stopped-while-sending',
    category: 'network',
    title: 'This server was stopping, and ended the attempt',
    meaning: 'The connection was given up here. What was not delivered waits, and is tried again.',
    actor: 'nobody',
    remedy: ['Nothing needs doing: it is sent after the next start.'],
    retry: 'helps',
    links: [],
    match: { text: ['we closed the connection after', 'we stopped before the connection stood'] },
    examples: [
      'we closed the connection after MAIL FROM:<a@b.example>: the server is stopping',
      'we stopped before the connection stood',
    ],
  },
  {
    id: 'connecting-not-allowed-here',
    of: 'waybill',
    category: 'network',
    title: 'This host does not let us connect',
    meaning:
      'The system refused before anything went out: a firewall of this host, a sandbox of the service, or no free port.',
    actor: 'you',
    remedy: [
      'Try it by hand as the user of the server: `nc -v HOST 25`.',
      'Look at the firewall’s rules for outgoing port 25, and at `RestrictAddressFamilies` and `IPAddressDeny` of the service.',
      '`outgoing.source_ipv4` or `source_ipv6` set? It must be an address of this host.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['connecting is not possible from here'] },
    examples: ['connecting is not possible from here: Permission denied'],
  },
  {
    id: 'sending-fault-here',
    of: 'waybill',
    category: 'serverFault',
    title: 'A fault of this server keeps the message from going',
    meaning:
      'Not the other side: here something could not be read or done. The message waits and is tried again.',
    actor: 'you',
    remedy: [
      'Look into paniclog and at what the server printed at that time.',
      'Check what is stored: `waybill check --deep`.',
      'Disk and database are well? Then it is a defect of ours: report it with those lines.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'internal error of this server',
        'cannot read the message:',
        'the hosts of*could not be found:',
        'no host to connect to',
        'no recipient was accepted',
      ],
    },
    examples: [
      'internal error of this server: x is undefined',
      'cannot read the message: No such file or directory',
      'the hosts of example.net could not be found: database is locked',
      'no host to connect to',
      'no recipient was accepted',
    ],
  },
]
