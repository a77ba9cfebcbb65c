/** More gateways and filters, and those that ask the sender to confirm. */
import { BUILD_REPUTATION, ASK_THEIR_ADMIN, JUST_WAIT } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

export const GATEWAYS: readonly Rule[] = [
  {
    id: 'messagelabs',
    category: 'policy',
    title: 'Symantec.cloud (MessageLabs): refused',
    meaning:
      'Broadcom’s Email Security.cloud refuses: “Client host rejected” by reputation, “invalid recipient” by its list of addresses, or 553-Message filtered by content.',
    actor: 'recipientProvider',
    remedy: [...ASK_THEIR_ADMIN, 'The link in the error leads to its troubleshooting page.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'messagelabs',
        'symanteccloud',
        'symantec.com/docs',
        'email security.cloud',
        'message filtered. refer to the troubleshooting page',
      ],
      without: [
        'invalid recipient',
        'user unknown',
        'smtp authentication',
        'not exist',
        'spf',
        'dkim',
        'dmarc',
      ],
    },
    examples: [
      '553-Message filtered. Refer to the Troubleshooting page at 553 http://www.symanteccloud.com/troubleshooting for more information. (#5.7.1)',
    ],
  },
  {
    id: 'sophos',
    category: 'policy',
    title: 'Sophos: refused by the gateway',
    meaning: 'A Sophos gateway or Sophos Email refuses the sender, the content or the address.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [],
    match: {
      text: ['sophos', 'utm*ctasd', 'cyren', 'ctasd'],
      without: ['unknown', 'no such', 'reputation', 'greylist', 'dmarc', 'spf', 'dkim'],
    },
    examples: ['550 5.7.1 Message rejected by Sophos Anti Spam Engine'],
  },
  {
    id: 'fortinet',
    category: 'spamContent',
    title: 'FortiMail: refused as spam',
    meaning: 'A FortiMail gateway refuses by FortiGuard: the address, a link or the content.',
    actor: 'you',
    remedy: ['Look address and links up at FortiGuard.', ...ASK_THEIR_ADMIN.slice(0, 1)],
    retry: 'afterFix',
    links: ['https://www.fortiguard.com/learnmore#as'],
    match: {
      text: ['fortiguard', 'fortimail', 'fortinet'],
      without: ['greylist', 'antispam ip', 'email from ip', 'unknown', 'reputation'],
    },
    examples: [
      '554 5.7.1 This message has been blocked because it contains FortiGuard - AntiSpam blocking URL(s)',
    ],
  },
  {
    id: 'hornetsecurity-antispameurope',
    category: 'policy',
    title: 'Hornetsecurity: refused by the filter',
    meaning:
      'Hornetsecurity (antispameurope) refuses the message; the text behind the code tells the cause, greylisting for 4xx.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [],
    match: { text: ['antispameurope', 'hornetsecurity'], without: ['greylist', 'unknown'] },
    examples: ['554 5.6.9 customer rule based reject [antispameurope]'],
  },
  {
    id: 'spamexperts',
    category: 'spamContent',
    title: 'SpamExperts (N-able): refused',
    meaning:
      'The SpamExperts filter of a hosting provider refuses: by content, a list, or an outgoing limit.',
    actor: 'recipientProvider',
    remedy: [...ASK_THEIR_ADMIN, 'The id in brackets lets the filter’s operator find the message.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'spamexperts',
        'antispamcloud',
        'high probability of spam',
        'blocked by spamexperts',
        'antispam filter*report.antispamcloud',
      ],
    },
    examples: [
      '550 High probability of spam (-H6Yo)',
      '550 A URL in this email is blacklisted; report.antispamcloud.com',
    ],
  },
  {
    id: 'vade-secure',
    category: 'spamContent',
    title: 'Vade: refused as spam or phishing',
    meaning:
      'Vade’s filter (Hornetsecurity), used by many providers in Europe and Japan, takes the message or address for spam.',
    actor: 'you',
    remedy: ['Ask for a check at Vade’s sender tool, with the whole error.', ...BUILD_REPUTATION],
    retry: 'afterFix',
    links: ['https://sendertool.vadesecure.com/'],
    match: { text: ['vadesecure', 'vade secure', 'vade retro', 'sendertool.vade'] },
    examples: ['550 5.7.1 spam detected by VadeSecure, see https://sendertool.vadesecure.com/en/'],
  },
  {
    id: 'mcafee-trellix',
    category: 'policy',
    title: 'McAfee/Trellix gateway: refused',
    meaning:
      'A McAfee (Trellix) or MX Logic gateway refuses: “Denied by policy”, a list, or the content.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [],
    match: {
      text: ['mxlogic', 'mcafee', 'trellix', '(mode: normal)', '[snip]'],
      without: [
        'invalid recipient',
        'unknown',
        'no such',
        'not exist',
        'boundary',
        'denied by spamhaus',
      ],
    },
    examples: ['554 Denied [abc123] (Mode: normal)'],
  },
  {
    id: 'forcepoint-websense',
    category: 'policy',
    title: 'Forcepoint gateway: refused',
    meaning:
      'A Forcepoint (Websense, SurfControl, BlackSpider) gateway refuses the message or the sender.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [],
    match: {
      text: ['forcepoint', 'websense', 'blackspider', 'mailcontrol.com'],
      without: ['unknown', 'no such'],
    },
    examples: ['550 5.7.1 Rejected by Forcepoint: sender not accepted'],
  },
  {
    id: 'rspamd-refused',
    category: 'spamContent',
    title: 'rspamd: spam message rejected',
    meaning: 'The recipient’s rspamd gave so many points that the message was refused.',
    actor: 'sender',
    remedy: [
      'Your own rspamd? Its history shows the symbols and points (web interface, or `rspamc` on the message).',
      ...ASK_THEIR_ADMIN.slice(0, 1),
    ],
    retry: 'afterFix',
    links: ['https://docs.rspamd.com/'],
    match: {
      text: ['spam message rejected', 'gtube', 'matched map', 'rejected by rspamd'],
      without: ['mail.ru', 'unable'],
    },
    examples: ['554 5.7.1 Spam message rejected'],
  },
  {
    id: 'spamassassin-refused',
    category: 'spamContent',
    title: 'SpamAssassin: too many points',
    meaning:
      'SpamAssassin, run during SMTP, gave more points than the limit. The tests that fired may be named.',
    actor: 'sender',
    remedy: [
      'Have the message scored: `spamassassin -t < message` names the tests and their points.',
      'Mend what scores most: missing headers, links, HTML without text, no PTR.',
    ],
    retry: 'afterFix',
    links: ['https://spamassassin.apache.org/'],
    match: {
      text: [
        'spamassassin',
        'spam points',
        'scored*spam',
        'spam score',
        'milter-reject: end-of-message',
        'this message scored',
      ],
      without: ['timed out', 'unavailable', 'socket'],
    },
    examples: [
      'milter-reject: END-OF-MESSAGE from mx.example.org[192.0.2.1]: 5.7.1 Blocked by SpamAssassin; from=<a@example.org>',
      '550 This message scored 15.2 spam points.',
    ],
  },
  {
    id: 'challenge-response',
    category: 'recipientRestricted',
    title: 'The recipient wants you to confirm first',
    meaning:
      'A challenge-response filter (BoxTrapper, Spam Arrest, UOL) holds the message until the sender answers or opens a link.',
    actor: 'sender',
    remedy: ['Answer the message or open its link, when you do know the recipient.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'boxtrapper',
        'spam arrest',
        'spamarrest',
        'sender confirmation',
        'requires confirmation',
        'challenge-response',
        'confirm*you are*human',
        'verify*delivery*click',
        'antispam uol',
      ],
    },
    examples: ['Your message is held by BoxTrapper and requires confirmation'],
  },
  {
    id: 'trend-micro-blocked',
    category: 'senderRejected',
    title: 'Trend Micro: blocked by a rule of the recipient’s side',
    meaning:
      'Trend Micro Email Security has this sender or this recipient on a block list of the organisation (BLOCK-SEND-ER, BLOCK-RCPT).',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [TREND_MICRO],
    match: { text: ['rejected: block-send', 'rejected: block-rcpt'] },
    examples: [
      '554 5.7.1 <user@example.org>: Recipient address rejected: BLOCK-SEND-ER.',
      '554 5.7.1 <user@example.org>: Recipient address rejected: BLOCK-RCPT.',
    ],
  },
  {
    id: 'trend-micro-no-domain',
    category: 'relayDenied',
    title: 'Trend Micro: the domain is not set up there',
    meaning:
      'The MX of the domain leads to Trend Micro Email Security, which is not told, or not yet, to take mail for it (NO-DOMAIN).',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [TREND_MICRO],
    match: { text: ['rejected: no-domain'] },
    examples: ['554 5.7.1 <user@example.org>: Recipient address rejected: NO-DOMAIN.'],
  },
  {
    id: 'gateway-license-expired',
    category: 'serverFault',
    title: 'The license of their mail filter has expired',
    meaning: 'A filter before the recipient’s server (Barracuda and others) takes no mail unpaid.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [],
    match: { text: ['license expired', 'license has expired', 'licence expired'] },
    examples: ['422 License Expired'],
  },
  {
    id: 'recipient-check-running',
    category: 'greylisted',
    title: 'Their server is still checking the address',
    meaning:
      'A gateway (`reject_unverified_recipient` in Postfix) asks the server behind it whether the address exists, and has no answer yet.',
    actor: 'nobody',
    remedy: [
      ...JUST_WAIT,
      'Your gateway, and it stays so? See that the server behind answers `RCPT TO` at all.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/ADDRESS_VERIFICATION_README.html'],
    match: { text: ['unverified address: address verification in progress'] },
    examples: [
      '450 4.1.1 <user@example.org>: Recipient address rejected: unverified address: Address verification in progress',
    ],
  },
  {
    id: 'sieve-put-off',
    category: 'serverFault',
    title: 'The recipient’s Sieve script failed for now',
    meaning:
      'Dovecot could not finish the recipient’s filter script: a mailbox that cannot be opened, a copy that cannot be sent on, a disk or permissions.',
    actor: 'recipientProvider',
    remedy: [
      ...JUST_WAIT,
      'Your Dovecot, behind LMTP? Its log has a line with `sieve: ` of the same second that says what failed.',
    ],
    retry: 'helps',
    links: [],
    match: { text: ['execution of sieve filters was aborted due to temporary failure'] },
    examples: [
      'host 192.0.2.6[192.0.2.6] said: 451 4.2.0 <user@example.org> Execution of Sieve filters was aborted due to temporary failure (in reply to end of DATA command)',
    ],
  },
]

const TREND_MICRO =
  'https://success.trendmicro.com/en-US/solution/KA-0007796'
