/** Yahoo, AOL, and domains hosted there. Codes in brackets such as TSS04 or PH01. */
import { YAHOO_CONTACT, YAHOO_ERRORS, YAHOO_PRACTICES, SPAMHAUS_CHECK } from './links.ts'
import { BUILD_REPUTATION, CHECK_ADDRESS, FIX_DMARC, JUST_WAIT, STOP_SPAM } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const HOSTS = ['yahoodns.net', 'yahoo.com', 'aol.com', 'yahoo.co.jp']

export const YAHOO: readonly Rule[] = [
  {
    id: 'yahoo-tss-complaints',
    category: 'reputation',
    title: 'Yahoo: deferred for volume or complaints',
    meaning:
      'Yahoo sees unusual traffic from this address, complaints of users, or a bad reputation, and puts mail off (TSS04, TSS05, TSS09 and the like). It tests how you go on.',
    actor: 'you',
    remedy: [
      'Let the queue try on, slowly: few connections, long pauses.',
      ...STOP_SPAM.slice(0, 2),
      ...BUILD_REPUTATION,
      'Lasts longer than two days? Use the form of the sender hub with the whole error.',
    ],
    retry: 'helps',
    links: [YAHOO_ERRORS, YAHOO_PRACTICES, YAHOO_CONTACT],
    match: {
      text: ['[tss', 'temporarily deferred due to unexpected volume'],
      without: ['retrying will not succeed', 'permanently deferred'],
    },
    examples: [
      '421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
      '421 4.7.1 [TSS09] Messages from 192.0.2.1 temporarily deferred due to user complaints',
    ],
  },
  {
    id: 'yahoo-ts03',
    category: 'reputation',
    title: 'Yahoo: permanently deferred',
    meaning:
      'All mail from this address is put off, “permanently” (TS01 to TS03, TSS09): retries do not help until the address has a better record.',
    actor: 'you',
    remedy: [...STOP_SPAM.slice(0, 2), 'Then ask for a review with the form of the sender hub.'],
    retry: 'afterFix',
    links: [YAHOO_ERRORS, YAHOO_CONTACT],
    match: {
      text: [
        '[ts01]',
        '[ts02]',
        '[ts03]',
        '[ts0',
        'will be permanently deferred',
        'retrying will not succeed',
      ],
    },
    examples: [
      '421 4.7.0 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes',
      '421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes',
    ],
  },
  {
    id: 'yahoo-greylisted',
    category: 'greylisted',
    title: 'Yahoo: greylisted, try again later (GL01)',
    meaning:
      'Yahoo puts off what comes from an address it does not know well yet, and takes it later.',
    actor: 'nobody',
    remedy: [...JUST_WAIT, ...BUILD_REPUTATION.slice(0, 1)],
    retry: 'helps',
    links: [YAHOO_ERRORS],
    match: { text: ['[gl01]', '[gl0'] },
    examples: [
      '451 4.7.0 [GL01] Message from (192.0.2.1) temporarily deferred - 4.16.50. Please refer to https://postmaster.yahooinc.com/error-codes',
    ],
  },
  {
    id: 'yahoo-content',
    category: 'contentPolicy',
    title: 'Yahoo: the content is refused (PH01)',
    meaning:
      'Yahoo takes something in the message for phishing, malware or a link to it (PH01, SPx). The sender’s address is not the point.',
    actor: 'sender',
    remedy: [
      'Send the text without links, then add them one by one to find the one that is refused.',
      'Check linked domains on blocklists, and web sites for a break-in.',
    ],
    retry: 'afterFix',
    links: [YAHOO_ERRORS],
    match: { text: ['[ph01]', '[ph0', '[sp0', '[cn01]'] },
    examples: [
      '554 5.7.9 Message not accepted for policy reasons. [PH01] See https://postmaster.yahooinc.com/error-codes',
    ],
  },
  {
    id: 'yahoo-blocklist',
    category: 'blocklisted',
    title: 'Yahoo: the sending address is blocked',
    meaning:
      'The address is on a block list of Yahoo, or at Spamhaus, which Yahoo asks (BL21, BL23, IPTS and the like).',
    actor: 'you',
    remedy: [
      'Look the address up at check.spamhaus.org and have it removed.',
      ...STOP_SPAM.slice(0, 2),
      'Not at Spamhaus? Use the form of the sender hub.',
    ],
    retry: 'afterFix',
    links: [YAHOO_ERRORS, YAHOO_CONTACT, SPAMHAUS_CHECK],
    match: { text: ['[bl2', '[bl1', '[ipts'] },
    examples: [
      '553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus’s list; see https://postmaster.yahooinc.com/550-bl23',
    ],
  },
  {
    id: 'yahoo-authentication',
    category: 'authenticationPolicy',
    title: 'Yahoo: the message failed authentication',
    meaning:
      'Yahoo asks every sender for SPF or DKIM, bulk senders for both and DMARC; this message failed what it asks for.',
    actor: 'you',
    remedy: FIX_DMARC,
    retry: 'afterFix',
    links: ['https://help.yahoo.com/kb/SLN7253.html', YAHOO_PRACTICES, YAHOO_ERRORS],
    match: [
      {
        text: [
          'not accepted*failing*dmarc',
          'message not accepted due to failed',
          'authentication failed*yahooinc',
          'unauthenticated email is not accepted due to domain owner',
        ],
      },
      {
        text: [
          'not accepted for policy reasons*dmarc',
          'not accepted for policy reasons*authenticat',
        ],
      },
      // Yahoo's own page for 5.7.9 says so.
      { text: ['message not accepted for policy reasons'], enhanced: ['5.7.9'] },
      { text: ['sln7253', 'errors/postmaster-28'] },
      { enhanced: ['5.7.9'], hosts: HOSTS },
    ],
    examples: [
      '554 5.7.9 Message not accepted for policy reasons. See https://help.yahoo.com/kb/postmaster/SLN7253.html',
      '554 5.7.9 Message not accepted for policy reasons, authentication failed. See https://postmaster.yahooinc.com/error-codes',
    ],
  },
  {
    id: 'yahoo-sender-domain',
    category: 'senderRejected',
    title: 'Yahoo: the sender’s domain does not resolve',
    meaning:
      'Yahoo asks DNS for the SOA record of the sender’s domain and finds none, or no answer.',
    actor: 'you',
    remedy: [
      'Ask by hand: `dig +short SOA DOMAIN`, for the domains of From: and of the envelope sender.',
      'Use a domain that exists, and see that all its name servers answer.',
    ],
    retry: 'afterFix',
    links: [YAHOO_ERRORS],
    match: { text: ['unresolvable rfc', 'unresolvable from domain', 'resolve rfc*from domain'] },
    examples: [
      '451 Message temporarily deferred due to unresolvable RFC.5321 from domain; see https://postmaster.yahooinc.com/error-codes',
    ],
  },
  {
    id: 'yahoo-policy',
    category: 'policy',
    title: 'Yahoo: not accepted for policy reasons',
    meaning:
      'Yahoo refuses the message and says no more: DMARC, content, an invalid header or sender domain are the usual causes.',
    actor: 'you',
    remedy: [
      'Check SPF, DKIM and DMARC for the domain in From:; mail of lists and forwarders from Yahoo or AOL addresses fails there.',
      'Check that the sender’s domain has MX or A, and an SOA record.',
      'Try a plain short message to see whether it is the content.',
    ],
    retry: 'afterFix',
    links: [YAHOO_ERRORS, YAHOO_PRACTICES],
    match: [
      {
        text: [
          'message not accepted for policy reasons',
          'postmaster.verizonmedia.com/error-codes',
          'postmaster.yahooinc.com/error-codes',
          'postmaster.yahoo.com/5',
        ],
      },
    ],
    examples: [
      '554 Message not accepted for policy reasons. See https://postmaster.verizonmedia.com/error-codes',
    ],
  },
  {
    id: 'yahoo-account-disabled',
    category: 'mailboxDisabled',
    title: 'Yahoo: the account was disabled or discontinued',
    meaning: 'The account exists, or did, and takes no mail any more ([#101], [#102], DD Sorry).',
    actor: 'recipient',
    remedy: [
      'Ask the recipient by another way for an address that works.',
      'Take the address out of mailing lists.',
    ],
    retry: 'never',
    links: [YAHOO_ERRORS],
    match: { text: ['account has been disabled or discontinued'] },
    examples: [
      '554 delivery error: dd Sorry your message to user@yahoo.com cannot be delivered. This account has been disabled or discontinued [#102]. - mta1.mail.bf1.yahoo.com',
      'Sorry your message to mikeneko@example.com cannot be delivered. This account has been disabled or discontinued [#102].',
    ],
  },
  {
    id: 'yahoo-no-account',
    category: 'mailboxUnknown',
    title: 'Yahoo: there is no such account',
    meaning:
      'Nobody has this address at Yahoo, AOL or a domain hosted there; accounts not used for a year are deleted.',
    actor: 'sender',
    remedy: CHECK_ADDRESS,
    retry: 'never',
    links: [YAHOO_ERRORS],
    match: {
      text: [
        'delivery error: dd',
        "dd this user doesn't have a",
        "this user doesn't have a*yahoo",
        "this user doesn't have an aol",
      ],
    },
    examples: [
      "554 delivery error: dd This user doesn't have a yahoo.com account (user@yahoo.com) [0] - mta1082.mail.bf1.yahoo.com",
    ],
  },
  {
    id: 'yahoo-busy',
    category: 'serverFault',
    title: 'Yahoo: busy for the moment',
    meaning: 'Yahoo’s servers had no room for this transaction just now.',
    actor: 'nobody',
    remedy: JUST_WAIT,
    retry: 'helps',
    links: [YAHOO_ERRORS],
    match: {
      text: ['resources temporarily unavailable', 'max message per connection reached'],
      without: ['queue too long', 'been in the queue'],
    },
    examples: [
      '451 mta1082.mail.yahoo.com Resources temporarily unavailable. Please try again later [#4.16.5].',
    ],
  },
]
