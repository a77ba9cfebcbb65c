/** Public blocklists (DNSBL), each by its name. */
import { SPAMHAUS_CHECK } from './links.ts'
import { STOP_SPAM } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const CLEAN_THEN_REMOVE: readonly string[] = [
  'Find out which address is listed: the error names it (is it really yours?).',
  ...STOP_SPAM,
]

export const PUBLIC_LISTS: readonly Rule[] = [
  {
    id: 'url-listed',
    category: 'spamContent',
    title: 'The message links to a domain on a blocklist',
    meaning:
      'A domain or link in the text, the signature or the header stands on a list of spam domains (SURBL, URIBL, Spamhaus DBL).',
    actor: 'sender',
    remedy: [
      'The error names the domain or the list; look it up there, and leave the link out.',
      'Is the domain yours? Clean the web site (it may be hacked), then ask for removal.',
    ],
    retry: 'afterFix',
    links: ['https://surbl.org/surbl-analysis', 'https://admin.uribl.com/', SPAMHAUS_CHECK],
    match: {
      text: [
        'surbl',
        'uribl',
        'blacklisted url',
        'blacklisted link',
        'blocked url',
        'url*blacklist',
        'url*blocklist',
        'url*listed',
        'link*blacklist',
        'uri*blacklist',
        'dbl.spamhaus',
        'spamhaus dbl',
        'spamhaus*/dbl',
        'domain present in the spamhaus',
        'contains a url',
        'contains a link',
      ],
      // The domain of the sender, of the command or the envelope.
      without: ['sender address [', 'helo command'],
    },
    examples: [
      '550-REJECTED - Blacklisted URL in message. (example.com) in [black]. 550-See http://lookup.uribl.com.',
      '550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL -- see https://www.spamhaus.org/dbl/',
    ],
  },
  {
    id: 'spamhaus-open-resolver',
    category: 'configuration',
    title: 'Spamhaus refuses questions of an open resolver',
    meaning:
      'The server that asked Spamhaus does so through a public resolver (8.8.8.8 and the like) or too often, gets an error code instead of an answer, and takes that for a listing. You are not listed.',
    actor: 'recipientProvider',
    remedy: [
      'Is it your server that refuses? Let it use its own resolver, or a Spamhaus DQS key, and treat 127.255.255.x as “no answer”.',
      'Otherwise tell their administrator: they refuse mail from everybody.',
    ],
    retry: 'afterFix',
    links: ['https://www.spamhaus.org/returnc/pub/'],
    match: {
      text: [
        'open resolver',
        'spamhaus.org/returnc',
        '127.255.255.',
        'query refused*spamhaus',
        'spamhaus*query refused',
        'excessive number of queries',
      ],
    },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; Error: open resolver; https://www.spamhaus.org/returnc/pub/8.8.8.8',
    ],
  },
  {
    id: 'spamhaus-pbl',
    category: 'blocklisted',
    title: 'On the Spamhaus PBL: a line for end users',
    meaning:
      'The PBL lists ranges from which no mail should come directly, by word of their providers. It is no accusation of spam.',
    actor: 'you',
    remedy: [
      'Send through the smarthost of your provider, with login.',
      'A mail server with a fixed address: look it up at check.spamhaus.org and remove it yourself; set a PTR record first.',
    ],
    retry: 'afterFix',
    links: [SPAMHAUS_CHECK, 'https://www.spamhaus.org/blocklists/policy-blocklist/'],
    match: {
      text: [
        'pbl.spamhaus',
        'spamhaus pbl',
        'spamhaus.org/pbl',
        'spamhaus*policy block',
        'query/pbl',
      ],
    },
    examples: [
      '550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using pbl.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1',
    ],
  },
  {
    id: 'spamhaus-css-xbl',
    category: 'blocklisted',
    title: 'On Spamhaus XBL, CBL or CSS: infected or hacked',
    meaning:
      'Spamhaus saw this address send like a bot: from an infected computer behind the same address, a hacked web site, or a stolen login.',
    actor: 'you',
    remedy: [
      ...CLEAN_THEN_REMOVE,
      'Look the address up at check.spamhaus.org: the page says when and what was seen, and removes it.',
    ],
    retry: 'afterFix',
    links: [SPAMHAUS_CHECK],
    match: {
      text: [
        'xbl.spamhaus',
        'spamhaus*xbl',
        'cbl.abuseat',
        'abuseat.org',
        'css.spamhaus',
        'spamhaus css',
        'spamhaus*/css',
        'query/xbl',
        'query/css',
      ],
    },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.49] blocked using cbl.abuseat.org',
      '550 5.7.1 Client host blocked using xbl.spamhaus.org',
    ],
  },
  {
    id: 'spamhaus',
    category: 'blocklisted',
    title: 'On a list of Spamhaus',
    meaning:
      'The server asks Spamhaus (ZEN is all their lists together), and the sending address or network is listed there.',
    actor: 'you',
    remedy: [
      ...CLEAN_THEN_REMOVE,
      'Look the address up at check.spamhaus.org: it says which list (SBL: ask your provider; CSS/XBL/PBL: remove it there).',
    ],
    retry: 'afterFix',
    links: [SPAMHAUS_CHECK],
    match: { text: ['spamhaus'] },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1',
      '550 5.7.1 Your IP 192.0.2.1 is listed at sbl.spamhaus.org',
    ],
  },
  {
    id: 'spamcop',
    category: 'blocklisted',
    title: 'On the list of SpamCop',
    meaning:
      'People reported spam from this address, or spam traps got some. The listing ends by itself about a day after the last report.',
    actor: 'you',
    remedy: [...CLEAN_THEN_REMOVE, 'Wait: the listing ends some 24 hours after the last spam.'],
    retry: 'afterFix',
    links: ['https://www.spamcop.net/bl.shtml'],
    match: { text: ['spamcop'] },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.1',
    ],
  },
  {
    id: 'sorbs',
    category: 'blocklisted',
    title: 'On SORBS, a list that no longer exists',
    meaning:
      'SORBS was shut down in June 2024. A server that still asks it works with a dead or stale list.',
    actor: 'recipientProvider',
    remedy: [
      'Tell their administrator to take SORBS (dnsbl.sorbs.net) out of the settings.',
      'Is it your server? Remove it from `dnslists` or `reject_rbl_client`.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['sorbs'] },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.sorbs.net; Currently Sending Spam See: http://www.sorbs.net/lookup.shtml?192.0.2.1',
    ],
  },
  {
    id: 'barracuda-list',
    category: 'blocklisted',
    title: 'On the Barracuda list (BRBL)',
    meaning:
      'Barracuda’s list, asked by their appliances and by others, holds this address for spam or for viruses.',
    actor: 'you',
    remedy: [
      ...CLEAN_THEN_REMOVE,
      'Ask for removal at barracudacentral.org; it takes half a day or so.',
    ],
    retry: 'afterFix',
    links: ['https://www.barracudacentral.org/rbl/removal-request'],
    match: {
      text: [
        'barracudacentral',
        'barracudanetworks.com/reputation',
        'barracuda reputation',
        'barracuda*blocked using',
      ],
    },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using b.barracudacentral.org; http://www.barracudanetworks.com/reputation/?pr=1&ip=192.0.2.1',
      '550 5.7.1 Client host [192.0.2.1] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1',
    ],
  },
  {
    id: 'uceprotect',
    category: 'blocklisted',
    title: 'On a list of UCEPROTECT or Backscatterer',
    meaning:
      'Level 1 lists the address itself, levels 2 and 3 whole networks and providers: there you need not have done anything. Removal for money is offered; the listing ends by itself after 7 days.',
    actor: 'you',
    remedy: [
      'Level 1: stop the spam, then wait 7 days. Level 2 or 3: write to your provider.',
      'Backscatterer: stop bouncing to strangers; refuse unknown recipients during SMTP, do no sender callouts.',
      'Ask their administrator not to refuse by levels 2 and 3.',
    ],
    retry: 'afterFix',
    links: ['https://www.uceprotect.net/en/rblcheck.php', 'https://www.backscatterer.org/'],
    match: { text: ['uceprotect', 'backscatterer'] },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl-1.uceprotect.net; IP 192.0.2.1 is UCEPROTECT-Level 1 listed.',
      '550 Sorry 192.0.2.1 is blacklisted at http://www.backscatterer.org/?ip=192.0.2.1',
    ],
  },
  {
    id: 'abusix-list',
    category: 'blocklisted',
    title: 'On a list of Abusix',
    meaning: 'The Abusix Mail Intelligence lists hold this address or domain.',
    actor: 'you',
    remedy: [...CLEAN_THEN_REMOVE, 'Look it up at lookup.abusix.com and ask for removal there.'],
    retry: 'afterFix',
    links: ['https://lookup.abusix.com/'],
    match: { text: ['abusix'] },
    examples: [
      '554 5.7.1 Client host [192.0.2.1] blocked using combined.mail.abusix.zone; see https://lookup.abusix.com/search?q=192.0.2.1',
    ],
  },
  {
    id: 'psbl',
    category: 'blocklisted',
    title: 'On the Passive Spam Block List (PSBL)',
    meaning: 'A spam trap of PSBL got mail from this address. Anybody may remove an address there.',
    actor: 'you',
    remedy: [...CLEAN_THEN_REMOVE, 'Remove the address at psbl.org.'],
    retry: 'afterFix',
    links: ['https://psbl.org/'],
    match: { text: ['psbl.surriel', 'psbl.org', '|psbl|'] },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using psbl.surriel.com; Listed in PSBL, see http://psbl.org/listing?ip=192.0.2.1',
    ],
  },
  {
    id: 'spamrats',
    category: 'blocklisted',
    title: 'On a list of SpamRATS',
    meaning:
      'RATS lists addresses without a proper reverse name (NoPtr, Dyna), that send spam (Spam) or guess passwords (Auth).',
    actor: 'you',
    remedy: [
      'Set a PTR record that does not look dynamic.',
      ...STOP_SPAM.slice(0, 1),
      'Remove the address at spamrats.com.',
    ],
    retry: 'afterFix',
    links: ['https://www.spamrats.com/removal.php'],
    match: { text: ['spamrats'] },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using noptr.spamrats.com',
    ],
  },
  {
    id: 'cloudmark',
    category: 'reputation',
    title: 'Cloudmark has this address on its list',
    meaning:
      'Providers that use Cloudmark (Orange, Comcast, Cox, Charter and more) see spam from this address and block it.',
    actor: 'you',
    remedy: [...STOP_SPAM, 'Then ask for a reset of the address at csi.cloudmark.com.'],
    retry: 'afterFix',
    links: ['https://csi.cloudmark.com/en/reset/'],
    match: { text: ['csi.cloudmark', 'cloudmark sender', 'cloudmark*reset'] },
    examples: [
      '554 5.7.1 Blocked by Cloudmark Sender Intelligence, see https://csi.cloudmark.com/en/reset/?ip=192.0.2.1',
    ],
  },
  {
    id: 'trend-micro-ers',
    category: 'blocklisted',
    title: 'Trend Micro ERS has this address on its list',
    meaning:
      'Trend Micro’s Email Reputation Service lists the address: as a source of spam (RBL, QIL) or as a line for end users (DUL).',
    actor: 'you',
    remedy: [...CLEAN_THEN_REMOVE, 'Look it up and ask for removal at Trend Micro’s ERS page.'],
    retry: 'afterFix',
    links: ['https://servicecentral.trendmicro.com/en-us/ers/ip-lookup'],
    match: {
      text: [
        'trend micro',
        'trendmicro',
        'mail-abuse.com',
        'email reputation service',
        'ers.trend',
      ],
    },
    examples: [
      '550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using Trend Micro Email Reputation Service. Please see http://www.mail-abuse.com/cgi-bin/lookup?192.0.2.1',
    ],
  },
  {
    id: 'other-known-list',
    category: 'blocklisted',
    title: 'On one of the smaller public blocklists',
    meaning:
      'The server asks a public list (such as 0spam, Mailspike, invaluement, HostKarma, s5h, Truncate, DroneBL, WPBL, Manitu), and the sending address is on it. Some of them no longer exist and list everybody.',
    actor: 'you',
    remedy: [
      'Look the address up on the page that the error names, and follow its steps.',
      ...STOP_SPAM,
      'Is the list dead, or does it want money? Ask their administrator to stop using it.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        '0spam',
        'mailspike',
        'invaluement',
        'hostkarma',
        'junkemailfilter',
        's5h.net',
        'truncate.gbudb',
        'gbudb',
        'dronebl',
        'wpbl',
        'manitu',
        'nixspam',
        'nix spam',
        'njabl',
        'dsbl.org',
        'ahbl',
        'cymru',
        'spfbl',
        'nszones',
        'blocklist.de',
        'all.rbl.jp',
        'rbl.jp',
        'inps.de',
        'nordspam',
        'spamsources',
        'dnsbl.',
        '.dnsbl',
        'rbl.polarcomm',
        'mail-abuse.org',
        'maps rbl',
        'mxrate',
        'korea.services',
        'spam.dnsbl',
        'efnetrbl',
        'lashback',
        'senderscore',
        'returnpath',
        'anonmails',
        'calivent',
        'fabel.dk',
        'interserver',
        'zapbl',
        'bogons',
        'v4bl',
        'sem-black',
        'spameatingmonkey',
      ],
      without: ['sender domain'],
    },
    examples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using ix.dnsbl.manitu.net; Your e-mail service was detected by mx.selfip.biz as spamming',
      '550 5.7.1 blocked by invaluement, see https://www.invaluement.com/lookup/?item=192.0.2.1',
    ],
  },
]
