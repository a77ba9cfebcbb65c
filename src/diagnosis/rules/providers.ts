/** Mailbox providers other than Google, Microsoft and Yahoo. */
import { APPLE_POSTMASTER } from './links.ts'
import {
  CHECK_ADDRESS,
  SET_PTR,
  FIX_SPF,
  STOP_SPAM,
  BUILD_REPUTATION,
  JUST_WAIT,
} from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const APPLE = ['icloud.com', 'me.com', 'mac.com', 'apple.com']
const GMX = 'https://postmaster.gmx.net/en/error-messages'

export const PROVIDERS: readonly Rule[] = [
  {
    id: 'apple-local-policy',
    category: 'policy',
    title: 'iCloud: refused by local policy',
    meaning:
      'Apple’s filter refuses the message (CS01, CS02, HM08, HT and the like): by content, links, the sender’s domain, or a missing DMARC record.',
    actor: 'you',
    remedy: [
      'Check SPF, DKIM, DMARC and the PTR record; Apple asks for all of them.',
      'Send a plain text without links to see whether it is the content.',
      'Then write to icloudadmin@apple.com with domain, address, time and the whole error.',
    ],
    retry: 'afterFix',
    links: [APPLE_POSTMASTER],
    match: [
      { text: ['[cs01]', '[cs02]', '[hm0', '[hm1', 'message rejected due to local policy'] },
      { text: ['local policy', 'policy'], hosts: APPLE, without: ['dmarc'] },
      {
        text: ['support.apple.com/*ht204137', 'support.apple.com/en-us/102322'],
        without: ['excessive volume', 'deferred', 'dmarc'],
      },
    ],
    examples: [
      '550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
    ],
  },
  {
    id: 'apple-volume',
    category: 'rateLimited',
    title: 'iCloud: too much mail for now',
    meaning:
      'Apple puts off mail to this mailbox or from this address, since too much came at once.',
    actor: 'nobody',
    remedy: [...JUST_WAIT, 'A mailing: spread it over hours, with few connections at a time.'],
    retry: 'helps',
    links: [APPLE_POSTMASTER],
    match: [
      { text: ['deferred due to excessive volume'] },
      { text: ['service unavailable - try again later'], hosts: APPLE },
    ],
    examples: [
      '421 4.7.1 Messages to user@icloud.com deferred due to excessive volume. Try again later - https://support.apple.com/en-us/HT204137',
    ],
  },
  {
    id: 'gmx-unavailable',
    category: 'serverFault',
    title: 'GMX, WEB.DE, IONOS: put off, mailbox not available',
    meaning:
      'These providers put the message off with a temporary answer that names the mailbox. Mostly they want less mail from this address, or look at it longer; the link in the error tells.',
    actor: 'nobody',
    remedy: [
      ...JUST_WAIT,
      'Goes on for a day? Open the link in the error, send slower, and check SPF, DKIM and the PTR record.',
    ],
    retry: 'helps',
    links: [GMX],
    match: {
      text: ['mailbox unavailable*postmaster.gmx', 'mailbox unavailable*postmaster.web.de'],
      codes: [421, 450, 451, 452],
      without: ['block listed', 'blocklist', 'blacklist', 'ptr'],
    },
    examples: [
      '450-Requested mail action not taken: mailbox unavailable 450 For explanation visit https://postmaster.gmx.net/en/case?c=r0601&i=ip&v=192.0.2.1',
    ],
  },
  {
    id: 'gmx-blocklisted',
    category: 'blocklisted',
    title: 'GMX, WEB.DE, IONOS: the address is block listed',
    meaning:
      'The sending address is on a list of these providers (they are one company), or on one that they ask. The link in the error leads to the case.',
    actor: 'you',
    remedy: [
      'Open the link in the error: it says which list, and has a form for removal.',
      ...STOP_SPAM.slice(0, 2),
    ],
    retry: 'afterFix',
    links: [GMX],
    match: {
      text: [
        'nemesis*block listed',
        'nemesis*blocklisted',
        'nemesis*blacklist',
        'no smtp service*block listed',
        'postmaster.gmx.*r0',
        'postmaster.web.de*r0',
        'transaction failed*nemesis',
      ],
    },
    examples: [
      '554-gmx.net (mxgmx104) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is block listed. 554 For explanation visit https://postmaster.gmx.net/en/case?c=r0201&i=ip&v=198.51.100.42',
    ],
  },
  {
    id: 'gmx-ptr',
    category: 'reverseDns',
    title: 'GMX, WEB.DE, IONOS: bad PTR record',
    meaning:
      'The sending address has no reverse name, or one that looks like a home line or a default of the hosting provider.',
    actor: 'you',
    remedy: [
      ...SET_PTR.slice(0, 3),
      'The name must not hold the address itself, as defaults of providers do.',
    ],
    retry: 'afterFix',
    links: [GMX],
    match: { text: ['bad dns ptr resource record', 'nemesis*ptr'] },
    examples: [
      '554-web.de (mxweb010) Nemesis ESMTP Service not available 554-No SMTP service 554-Bad DNS PTR resource record. 554 For explanation visit https://postmaster.web.de/en/case?c=rdns',
    ],
  },
  {
    id: 'gmx-other',
    category: 'policy',
    title: 'GMX, WEB.DE, IONOS: refused; the link says why',
    meaning:
      'The last line of the error, and the page it links to, tell the cause: SPF, DKIM, HELO, content, a size, or too many messages.',
    actor: 'you',
    remedy: [
      'Open the link in the error and follow it.',
      'Check SPF, DKIM, DMARC, the PTR record and the name in HELO.',
    ],
    retry: 'afterFix',
    links: [GMX],
    match: {
      text: [
        'reject due to policy restrictions',
        'reject due to policy violations',
        'for explanation visit https://postmaster',
        'for explanation visit http://postmaster',
      ],
      without: ['relay', 'mailbox unavailable', 'user', 'mailbox'],
    },
    examples: [
      '550-Requested action not taken: policy 550-Reject due to policy restrictions. 550 For explanation visit https://postmaster.gmx.net/en/case?c=hi',
    ],
  },
  {
    id: 'proton-refused',
    category: 'policy',
    title: 'Proton: refused the message or the sender',
    meaning:
      'Proton’s filter refuses by the sender’s reputation, its authentication or the content.',
    actor: 'you',
    remedy: [
      ...FIX_SPF.slice(0, 2),
      ...BUILD_REPUTATION,
      'Then write to Proton’s support with the whole error.',
    ],
    retry: 'afterFix',
    links: ['https://proton.me/support'],
    match: {
      text: ['rejected', 'blocked', 'policy', 'denied', 'not accepted'],
      hosts: ['protonmail.ch', 'proton.me', 'protonmail.com'],
      without: ['unknown', 'does not exist', 'dmarc', 'spf'],
    },
    examples: [['554 5.7.1 Message blocked by filter', { host: 'mail.protonmail.ch' }]],
  },
  {
    id: 'mail-ru-spam',
    category: 'spamContent',
    title: 'Mail.ru: taken for spam',
    meaning:
      'Mail.ru’s filter takes the message for spam, by its content or by who sends it; the link in the error carries the details.',
    actor: 'you',
    remedy: [
      'Open the link of the error, or write to abuse@corp.mail.ru with it.',
      'Register the domain at postmaster.mail.ru and look at its state.',
      ...BUILD_REPUTATION,
    ],
    retry: 'afterFix',
    links: ['https://postmaster.mail.ru/'],
    match: {
      text: [
        'spam message rejected. please visit http',
        'spam message discarded',
        'our filters have considered',
      ],
    },
    examples: [
      '550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc or report details to abuse@corp.mail.ru.',
    ],
  },
  {
    id: 'mail-ru',
    category: 'reputation',
    title: 'Mail.ru: refused as spam or for the reputation',
    meaning:
      'Mail.ru takes the message or its sender for spam; the link in the error carries the details.',
    actor: 'you',
    remedy: [
      'Register the domain at postmaster.mail.ru and look at its state.',
      ...BUILD_REPUTATION,
    ],
    retry: 'afterFix',
    links: ['https://postmaster.mail.ru/'],
    match: {
      text: ['mail.ru/notspam', 'help.mail.ru', 'postmaster.mail.ru'],
    },
    examples: [
      '550 Too many letters from this address. See https://help.mail.ru/developers/mailing_rules/technical',
    ],
  },
  {
    id: 'yandex-spam',
    category: 'spamContent',
    title: 'Yandex: rejected under suspicion of spam',
    meaning: 'Yandex’s filter takes the message for spam, or its sender for a spammer.',
    actor: 'you',
    remedy: [
      'Check SPF, DKIM and the PTR record.',
      ...BUILD_REPUTATION.slice(1),
      'Then write to Yandex with the link of the error.',
    ],
    retry: 'afterFix',
    links: ['https://postoffice.yandex.com/'],
    match: {
      text: ['under suspicion of spam', 'yandex*spam', 'ya.cc/'],
      without: ['spam.yandex-team'],
    },
    examples: ['554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc'],
  },
  {
    id: 'kisa-rbl',
    category: 'blocklisted',
    title: 'On the Korean list (KISA RBL)',
    meaning:
      'Korean providers such as Naver and Daum ask the list of the agency KISA, which holds addresses that sent spam to Korea.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Ask KISA for removal; publish an SPF record, which it asks for.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['kisarbl', 'spamlist.or.kr', 'kisa.or.kr', 'kisa rbl'] },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using spamlist.or.kr; see https://www.kisarbl.or.kr',
    ],
  },
  {
    id: 'facebook-codes',
    category: 'mailboxUnknown',
    title: 'Facebook: the address does not take mail (RCP)',
    meaning:
      'facebook.com addresses of users have been closed; others are refused with a code (RCP-P1 unknown, POL, CON, INT).',
    actor: 'sender',
    remedy: CHECK_ADDRESS,
    retry: 'never',
    links: [],
    match: { text: ['|rcp-p'] },
    examples: [
      '550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes?ip=192.0.2.54#rcp Recipient address does not exist',
    ],
  },
]
