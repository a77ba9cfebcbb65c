/** Errors that Postfix says of itself, and its words for refusals by restrictions. */
import { ASK_THEIR_ADMIN, JUST_WAIT } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

export const POSTFIX: readonly Rule[] = [
  {
    id: 'postfix-milter-unavailable',
    of: 'postfix',
    category: 'serverFault',
    title: 'A mail filter (milter) does not answer',
    meaning:
      'A filter such as OpenDKIM, rspamd or amavis, asked over the milter protocol, is down or too slow, so mail is put off.',
    actor: 'you',
    remedy: [
      'See whether it runs and listens where the mail server looks: `systemctl status opendkim` (rspamd …), `ss -lxtnp`.',
      'Compare the socket in `smtpd_milters` with the filter’s own settings, and its file permissions.',
      'To let mail pass meanwhile: `milter_default_action = accept`.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/MILTER_README.html'],
    match: {
      text: [
        'connect to milter service',
        'milter*connection refused',
        'milter*no such file',
        'milter*timed out',
        "can't read smfic",
        'milter service',
        'milter*unavailable',
        'milter unix:',
        'milter inet:',
      ],
    },
    examples: [
      'warning: connect to Milter service inet:127.0.0.1:8891: Connection refused',
      'warning: milter unix:/run/opendkim.sock: can’t read SMFIC_EOH reply packet header: Success',
    ],
  },
  {
    id: 'postfix-delivery-suspended',
    of: 'postfix',
    category: 'network',
    title: 'Postfix pauses delivery to this destination',
    meaning:
      'So many tries failed in a row that Postfix leaves the destination alone for a while. The cause is what the line goes on with.',
    actor: 'nobody',
    remedy: [
      'Mend the cause that the line names (connection, login, policy service).',
      'Then try at once: `postqueue -s DOMAIN` or `postqueue -f`.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'delivery temporarily suspended: unknown mail transport error',
        'delivery temporarily suspended: transport',
      ],
    },
    examples: ['delivery temporarily suspended: unknown mail transport error'],
  },
  {
    id: 'postfix-transport-error',
    of: 'postfix',
    category: 'configuration',
    title: 'Postfix: unknown mail transport error',
    meaning:
      'The program of Postfix that should deliver crashed or could not start; a line with “fatal” or “panic” just before says why.',
    actor: 'you',
    remedy: [
      'Look for it: `journalctl -u postfix -p warning`.',
      'Check the settings: `postfix check` and `postconf -n`.',
      'Then `postqueue -f`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'unknown mail transport error',
        'mail transport unavailable',
        'bad command startup',
        'killed by signal',
        'process*exit status',
        'throttling',
      ],
      without: ['sender', 'message', 'mailbox'],
    },
    examples: [
      'unknown mail transport error',
      'warning: process /usr/lib/postfix/smtpd pid 46234 killed by signal 11',
    ],
  },
  {
    id: 'postfix-recipient-table',
    of: 'postfix',
    category: 'mailboxUnknown',
    title: 'Postfix: the address is in no recipient table',
    meaning:
      'The server that has the domain is a Postfix, and its tables (local, virtual or relay) have no such address.',
    actor: 'sender',
    remedy: [
      'Check the address.',
      'Your server, and the address should exist? Look it up: `postmap -q ADDRESS TABLE`; after a change run `postmap` or `newaliases`.',
      'Is the domain in both `mydestination` and `virtual_mailbox_domains`? Keep it in one.',
    ],
    retry: 'never',
    links: [],
    match: {
      text: [
        'user unknown in virtual',
        'user unknown in local recipient table',
        'user unknown in relay recipient table',
        'user unknown in virtual alias table',
      ],
      without: ['sender address rejected'],
    },
    examples: [
      '550 5.1.1 <user@example.org>: Recipient address rejected: User unknown in local recipient table',
      '550 <a@example.org>: Recipient address rejected: User unknown in virtual mailbox table',
    ],
  },
  {
    id: 'lookup-failed-there',
    category: 'serverFault',
    title: 'The other server cannot look the address up for now',
    meaning:
      'The server that answered keeps its addresses in a table or database, and that did not answer (“Temporary lookup failure”). It does not know whether the address exists, so it asks to try again.',
    actor: 'recipientProvider',
    remedy: [...JUST_WAIT, ...ASK_THEIR_ADMIN.slice(0, 1)],
    retry: 'helps',
    links: [],
    match: { text: ['temporary lookup failure'], direction: 'outbound' },
    examples: [
      'host mx.example.org[192.0.2.4] said: 451 4.3.0 <jane@example.org>: Temporary lookup failure (in reply to RCPT TO command)',
    ],
  },
  {
    id: 'postfix-lookup-failed',
    of: 'postfix',
    category: 'configuration',
    title: 'Postfix: a table or database gives no answer',
    meaning:
      'A map of the configuration (hash file, MySQL, PostgreSQL, LDAP) could not be read, so Postfix does not know the address and puts the message off. It is no matter of DNS. A “warning:” line just before names the map.',
    actor: 'you',
    remedy: [
      'Find the map: `journalctl -u postfix -p warning`; then ask it by hand: `postmap -q ADDRESS TYPE:MAP`.',
      'A file: build it anew with `postmap FILE` or `newaliases`; may Postfix read it?',
      'A database: see that it runs and that the login in the map’s file works.',
      'Said by another server? Then it is theirs to mend: the message waits.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/DATABASE_README.html'],
    match: [
      { text: ['temporary lookup failure'], direction: 'inbound' },
      { text: ['temporary lookup failure', 'table lookup problem'] },
    ],
    examples: [
      '451 4.3.0 <jane@example.org>: Temporary lookup failure',
      'NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 451 4.3.0 <jane@example.org>: Temporary lookup failure; from=<a@example.net> to=<jane@example.org>',
      ['451 4.3.0 <jane@example.org>: Temporary lookup failure', { direction: 'local' }],
    ],
  },
  {
    id: 'postfix-unverified-recipient',
    category: 'mailboxUnknown',
    title: 'The server behind does not know this recipient',
    meaning:
      'A gateway asked the mail server behind it whether the address exists, and got a no, or no answer yet (450 while it asks).',
    actor: 'sender',
    remedy: [
      'Check the address.',
      'Your gateway? See that the server behind answers `RCPT TO` without error.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'recipient address rejected: unverified address',
        'recipient address rejected: undeliverable address',
        'recipient verify failed',
        'recipient verification',
        'could not complete recipient verify',
        'recipient callout',
      ],
    },
    examples: [
      '450 4.1.1 <user@example.org>: Recipient address rejected: unverified address: host mail.internal[192.0.2.5] said: 550 5.1.1 no',
      '451 Could not complete recipient verify callout',
    ],
  },
  {
    id: 'policy-service-unavailable',
    category: 'serverFault',
    title: 'A policy service does not answer',
    meaning:
      'The server asks another program about each sender (postgrey, policyd-spf and the like), and it is down.',
    actor: 'recipientProvider',
    remedy: [
      'Your server? See that the program runs and listens where `check_policy_service` looks.',
      ...JUST_WAIT,
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/SMTPD_POLICY_README.html'],
    match: {
      text: [
        'problem talking to server',
        'policy service',
        'server configuration problem',
        'policy server',
      ],
      without: ['rejected by policy service'],
    },
    examples: [
      '451 4.3.5 <user@example.org>: Recipient address rejected: Server configuration problem',
      'warning: problem talking to server private/policyd-spf: Connection timed out',
    ],
  },
  {
    id: 'pregreet-bot',
    category: 'policy',
    title: 'postscreen kept out something that is not a mail server',
    meaning: 'The client talked before its turn, or hung up in tests, as bots do.',
    actor: 'nobody',
    remedy: [
      'Nothing: that is what postscreen is for.',
      'Is it a partner’s server? Put its address into `postscreen_access_list`.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/POSTSCREEN_README.html'],
    match: {
      text: [
        'pregreet',
        'hangup after',
        'in tests before smtp handshake',
        'service currently unavailable; from=',
      ],
    },
    examples: [
      'PREGREET 14 after 0.2 from [192.0.2.1]:51637: EHLO ylmf-pc',
      'HANGUP after 0 from [66.55.85.58]:54017 in tests before SMTP handshake',
    ],
  },
  {
    id: 'message-refused-by-hold',
    category: 'policy',
    title: 'A restriction of the other server refuses this client',
    meaning: 'An access table or restriction class of their Postfix names this client or network.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'client address rejected',
        'client rejected',
        'end-of-data command rejected',
        'data command rejected',
        'recipient address rejected: access denied',
        'recipient address rejected: rejected by',
      ],
    },
    examples: [
      '554 5.7.1 <unknown[192.0.2.1]>: Client rejected: Access denied',
      '554 5.7.1 <user@example.org>: Recipient address rejected: Access denied',
    ],
  },
]
