/** What Outlook.com and Exchange Online ask of those who send to them. Codes such as S3140 or AS(843). */
import {
  MICROSOFT_ERRORS,
  MICROSOFT_DELIST,
  OUTLOOK_SUPPORT,
  OUTLOOK_SNDS,
  OUTLOOK_POSTMASTER,
} from './links.ts'
import { SET_PTR, FIX_SPF, FIX_DMARC, STOP_SPAM, BUILD_REPUTATION, JUST_WAIT } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const HOSTS = [
  'outlook.com',
  'hotmail.com',
  'live.com',
  'office365.com',
  'msn.com',
  'microsoft.com',
]

export const MICROSOFT: readonly Rule[] = [
  {
    id: 'microsoft-block-list-s3140',
    category: 'blocklisted',
    title: 'Outlook.com: your network is on its block list',
    meaning:
      'Outlook.com and Hotmail block this address or its whole network (S3140, S3150, AS3140): for spam from it or its neighbours, or because a new address has no record yet.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Register the address in SNDS and look at its state there.',
      'Fill in the sender support form with the whole error; answer the first automatic “not qualified” mail with a request to look again.',
    ],
    retry: 'afterFix',
    links: [OUTLOOK_SUPPORT, OUTLOOK_SNDS, OUTLOOK_POSTMASTER],
    match: {
      text: [
        '(s3140)',
        '(s3150)',
        '(as3140)',
        '(as3150)',
        'part of their network is on our block list',
        'mail.live.com/mail/troubleshooting.aspx*block list',
      ],
    },
    examples: [
      "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors.",
      "550 NN-222 (NEKO-CAT-222) Unfortunately, messages from 203.0.113.2 weren't sent. Please contact your Internet service provider since part of their network is on our block list.",
    ],
  },
  {
    id: 'microsoft-rate-limited-ip',
    category: 'reputation',
    title: 'Outlook.com: slowed down for the address’s reputation',
    meaning:
      'Outlook.com takes only little mail from this address for the moment (4.7.650 to 4.7.652, S3113 to S3115, S775), because its reputation is bad or it is new.',
    actor: 'you',
    remedy: [
      'Let the queue try on, and send less at once; a new address must be warmed up over weeks.',
      ...BUILD_REPUTATION,
      'Look at the address in SNDS; if it is clean, use the sender support form.',
    ],
    retry: 'helps',
    links: [OUTLOOK_SNDS, OUTLOOK_SUPPORT, OUTLOOK_POSTMASTER],
    match: [
      {
        text: [
          'temporarily rate limited due to ip reputation',
          'rate limited due to ip reputation',
          's3113',
          's3114',
          's3115',
          '(s775)',
        ],
      },
      { enhanced: ['4.7.650-655'] },
    ],
    examples: [
      '451 4.7.650 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S3113)',
    ],
  },
  {
    id: 'microsoft-banned-ip',
    category: 'blocklisted',
    title: 'Exchange Online: the sending address is banned',
    meaning: 'Exchange Online blocks this address for spam (5.7.606 to 5.7.649).',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Then take the address off the list at sender.office.com; it takes up to 24 hours.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_DELIST, MICROSOFT_ERRORS],
    match: [
      { text: ['access denied, banned sending ip', 'banned sending ip'] },
      { enhanced: ['5.7.606-649'] },
    ],
    examples: [
      '550 5.7.606 Access denied, banned sending IP [198.51.100.222]. To request removal from this list please visit https://sender.office.com/ and follow the directions. (AS16012609)',
    ],
  },
  {
    id: 'microsoft-banned-sender',
    category: 'blocklisted',
    title: 'Exchange Online: sender banned, write to delist',
    meaning:
      'The address is on a harder block list of Exchange Online (5.7.511), which the delist page cannot clear.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Forward the whole error to delist@microsoft.com, as it says; an answer takes one or two days.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      {
        text: [
          'access denied, banned sender',
          'forward this message to delist',
          'forward this message to @',
        ],
      },
      { enhanced: ['5.7.511'] },
    ],
    examples: [
      '550 5.7.511 Access denied, banned sender[192.0.2.197]. To request removal from this list please forward this message to delist@messaging.microsoft.com.',
    ],
  },
  {
    id: 'microsoft-spam-abuse',
    category: 'reputation',
    title: 'Exchange Online: sender blocked for spam',
    meaning:
      'Mail of this account or domain was taken for spam again and again, so Exchange Online takes no more of it (5.7.501 to 5.7.503, 5.1.8 for an account of its own).',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'An account in Microsoft 365: lift the restriction in Defender, Email & collaboration, Restricted entities.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      {
        text: [
          'access denied, spam abuse detected',
          'access denied, banned sender*spam',
          'bad outbound sender',
        ],
      },
      { enhanced: ['5.7.501-503'] },
    ],
    examples: [
      '550 5.7.501 Access denied, spam abuse detected. For more information please go to http://go.microsoft.com/fwlink/?LinkId=526653',
      '550 5.1.8 Access denied, bad outbound sender AS(42004)',
    ],
  },
  {
    id: 'microsoft-dmarc',
    category: 'authenticationPolicy',
    title: 'Outlook.com: fails DMARC, and the policy is reject',
    meaning:
      'Neither SPF nor DKIM passed for the domain in From:, and its DMARC policy says reject.',
    actor: 'you',
    remedy: FIX_DMARC,
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      { text: ['does not pass dmarc verification', 'due to domain owner policy restrictions'] },
      { enhanced: ['5.7.509'] },
    ],
    examples: [
      '550 5.7.509 Access denied, sending domain [EXAMPLE.JP] does not pass DMARC verification and has a DMARC policy of reject.',
      '550 5.7.0 (COL0-MC6-F31) Unfortunately, messages from (192.0.2.1) on behalf of (example.org) could not be delivered due to domain owner policy restrictions.',
    ],
  },
  {
    id: 'microsoft-bulk-authentication',
    category: 'authenticationPolicy',
    title: 'Outlook.com: bulk sender without SPF, DKIM, DMARC',
    meaning:
      'Since May 2025, whoever sends more than 5,000 messages a day to Outlook.com must pass SPF and DKIM and publish DMARC; this domain does not.',
    actor: 'you',
    remedy: [
      ...FIX_SPF.slice(0, 2),
      ...FIX_DMARC.slice(0, 2),
      'Publish a DMARC record; `v=DMARC1; p=none` is enough to begin with.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      { text: ['meet the required authentication level', 'sending domain*authentication level'] },
      { enhanced: ['5.7.515'] },
    ],
    examples: [
      "550 5.7.515 Access denied, sending domain EXAMPLE.COM doesn't meet the required authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender. Spf= Fail , Dkim= Pass , DMARC= None",
      '550 Access denied, sending domain EXAMPLE.COM doesn’t meet the required authentication level.',
      '550 5.7.515 Access denied, sending domain EXAMPLE.COM does not meet the required authentication level.',
    ],
  },
  {
    id: 'microsoft-ip-not-in-spf-5-7-708',
    category: 'reputation',
    title: 'Exchange Online: tenant or address of low trust',
    meaning:
      'A new tenant of Microsoft 365, or one that sent spam, may not send to the outside (5.7.705, 5.7.708, 5.7.750).',
    actor: 'you',
    remedy: [
      'Look for accounts that were taken over, and lock them.',
      'Do not relay mail of domains that are not registered in the tenant.',
      'Then open a ticket at Microsoft support; a new trial tenant needs a paid licence first.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      {
        text: [
          'access denied, traffic not accepted from this ip',
          'tenant has exceeded threshold',
          'client blocked from sending from unregistered domain',
          'service unavailable. client blocked from sending',
        ],
      },
      { enhanced: ['5.7.700-749', '5.7.750'] },
    ],
    examples: [
      '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.',
      '550 5.7.705 Access denied, tenant has exceeded threshold',
    ],
  },
  {
    id: 'microsoft-server-busy',
    category: 'rateLimited',
    title: 'Exchange Online: server busy, slowed down',
    meaning:
      'Exchange Online puts off mail from this address for the moment (4.7.500 to 4.7.699, AS(843) and the like): it sends more than its record allows, or is new there.',
    actor: 'you',
    remedy: [
      ...JUST_WAIT,
      'Lasts for days? Look for spam that leaves by this address, check its PTR record, and use the sender support form.',
    ],
    retry: 'helps',
    links: [MICROSOFT_ERRORS, OUTLOOK_SUPPORT],
    match: [
      {
        text: [
          'server busy. please try again later from',
          'access denied, please try again later',
          'pfa agent busy',
        ],
      },
      { enhanced: ['4.7.500-649', '4.7.656-799'] },
    ],
    examples: [
      '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS843) [mx.prod.protection.outlook.com]',
      '451 4.7.700 PFA agent busy, please try again.',
    ],
  },
  {
    id: 'microsoft-ipv6-ptr',
    category: 'reverseDns',
    title: 'Exchange Online: IPv6 without PTR or SPF/DKIM',
    meaning:
      'From an IPv6 address Exchange Online takes mail only with a PTR record and with SPF or DKIM passed.',
    actor: 'you',
    remedy: SET_PTR,
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      { text: ['sending ipv6 address', 'service unavailable, sending address doesn'] },
      { enhanced: ['4.7.25', '5.7.25'], hosts: HOSTS },
      { enhanced: ['4.7.26', '5.7.26'], hosts: HOSTS },
    ],
    examples: [
      '450 4.7.25 Service unavailable, sending IPv6 address [2001:db8::1] must have reverse DNS record',
    ],
  },
  {
    id: 'microsoft-invalid-sender-spoof',
    category: 'authenticationPolicy',
    title: 'Exchange Online: looks like a forged sender',
    meaning:
      'The message claims to be from the recipient’s own domain, or fails the anti-spoofing checks (5.7.23, 5.7.60).',
    actor: 'you',
    remedy: [...FIX_SPF.slice(0, 2), ...FIX_DMARC.slice(1, 2)],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: { enhanced: ['5.7.23'], hosts: HOSTS },
    examples: [
      [
        '550 5.7.23 The message was rejected because of a check of the sender',
        { host: 'example-org.mail.protection.outlook.com' },
      ],
    ],
  },
  {
    id: 'microsoft-from-field',
    category: 'messageFormat',
    title: 'Exchange Online: the From: field breaks the rules',
    meaning:
      'The message has no From: field, several of them, or one that is no valid address (RFC 5322 §3.6.2).',
    actor: 'sender',
    remedy: ['Mend the program that makes the message: one From: field with one valid address.'],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [{ enhanced: ['5.7.512'] }, { text: ['message must be rfc*section 3.6.2 compliant'] }],
    examples: [
      '550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant and include a valid From address',
    ],
  },
  {
    id: 'microsoft-rate-codes',
    category: 'rateLimited',
    title: 'Outlook.com: over the limit of this address',
    meaning:
      'Hotmail counts connections and messages for each address; RP-001 and RP-003 say that the count is over what its reputation allows.',
    actor: 'you',
    remedy: ['Wait; send slower, over fewer connections.', ...BUILD_REPUTATION.slice(0, 1)],
    retry: 'helps',
    links: [OUTLOOK_POSTMASTER],
    match: {
      text: [
        '421 rp-001',
        '421 rp-003',
        'exceeded the rate limit allowed',
        'exceeded the connection limit allowed',
      ],
    },
    examples: [
      '421 RP-001 The mail server IP connecting to Outlook.com server has exceeded the rate limit allowed.',
    ],
  },
  {
    id: 'microsoft-partner-code',
    category: 'reputation',
    title: 'Outlook.com: refused for policy reasons',
    meaning:
      'Older codes of Hotmail: RP- reputation, SC- content, DY- dynamic address, OU- policy. The letters say which of the four.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      ...BUILD_REPUTATION,
      'Then use the sender support form with the whole error.',
    ],
    retry: 'afterFix',
    links: [OUTLOOK_SUPPORT, OUTLOOK_POSTMASTER],
    match: {
      text: [
        '550 rp-00',
        '550 sc-00',
        '550 dy-00',
        '550 ou-00',
        ' rp-00',
        ' sc-00',
        ' dy-00',
        ' ou-00',
        '421 rp-00',
      ],
    },
    examples: [
      '550 SC-001 (COL004-MC1F1) Unfortunately, messages from 192.0.2.1 weren’t sent. Mail rejected by Outlook.com for policy reasons.',
    ],
  },
]
