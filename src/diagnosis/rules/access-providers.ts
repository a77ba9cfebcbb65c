/** Access providers: Comcast, Cox, AT&T, Orange, T-Online, Free. */
import { SET_PTR, STOP_SPAM, JUST_WAIT } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

export const ACCESS_PROVIDERS: readonly Rule[] = [
  {
    id: 't-online-block',
    category: 'blocklisted',
    title: 'T-Online: ask tosa@rx.t-online.de to open',
    meaning:
      'Telekom takes no mail from addresses it does not know. It asks that the server has a speaking name, and a web page with an imprint under that domain.',
    actor: 'you',
    remedy: [
      'Give the address a PTR record with the server’s own domain, and a web page with name and contact there.',
      'Then write to tosa@rx.t-online.de with the address; the answer comes within days.',
    ],
    retry: 'afterFix',
    links: ['https://postmaster.t-online.de/'],
    match: [
      { text: ['postmaster.t-online.de'] },
      {
        text: [
          'a problem occurred. ask your postmaster',
          'ask your postmaster for help or to contact',
        ],
        hosts: ['t-online.de'],
      },
    ],
    examples: [
      [
        '554 IP=192.0.2.1 - A problem occurred. Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify. See postmaster.t-online.de',
        {},
      ],
    ],
  },
  {
    id: 'comcast-rate-limit',
    category: 'rateLimited',
    title: 'Comcast/Xfinity: too much at once (RL)',
    meaning:
      'Comcast counts connections, recipients and messages of each address, by its reputation, and this one is over its count (RL000001 to RL000010).',
    actor: 'you',
    remedy: [
      ...JUST_WAIT,
      'Open fewer connections to Comcast at a time, and spread a mailing over hours.',
      ...STOP_SPAM.slice(0, 1),
    ],
    retry: 'helps',
    links: ['https://postmaster.comcast.net/'],
    match: { text: ['rl00000', 'rl00001', 'comcast*too many sessions', 'comcast*throttled'] },
    examples: [
      '421 4.1.0 192.0.2.1 Throttled - try again later. Please see http://postmaster.comcast.net/smtp-error-codes.php#RL000010',
      '452 4.1.0 try again later. RL000010',
    ],
  },
  {
    id: 'comcast-block',
    category: 'blocklisted',
    title: 'Comcast/Xfinity: the address is blocked',
    meaning: 'Comcast blocks this address (BL000000 and the like): for spam, or by a list it asks.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Then ask for removal with the form on Comcast’s postmaster page.',
    ],
    retry: 'afterFix',
    links: ['https://postmaster.comcast.net/'],
    match: {
      text: [
        'comcast*bl0000',
        'comcast*block',
        'bl000000',
        'bl000010',
        'comcast block for spam',
        'postmaster.comcast.net',
      ],
      without: ['rl0000', 'ptr', 'reverse dns', 'dmarc'],
    },
    examples: [
      '554 resimta-h1p-027593.sys.comcast.net 192.0.2.1 Comcast block for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000',
    ],
  },
  {
    id: 'cox-aup',
    category: 'blocklisted',
    title: 'Cox: blocked, with an AUP code',
    meaning:
      'Cox refuses the address. The code says why: CXBL its own list, CDRBL Cloudmark, SPHRBL Spamhaus, CXMXRT no MX or PTR, CXSNDR the sender’s domain.',
    actor: 'you',
    remedy: [
      'Look the code up on Cox’s page of error codes.',
      ...STOP_SPAM.slice(0, 2),
      'CDRBL: ask Cloudmark for a reset; SPHRBL: Spamhaus; otherwise unblock.request@cox.net.',
    ],
    retry: 'afterFix',
    links: [
      'https://www.cox.com/residential/support/email-error-codes.html',
      'https://csi.cloudmark.com/en/reset/',
    ],
    match: {
      text: [
        'aup#',
        'cox.com/residential/support/email-error-codes',
        'cox too many',
        'postmaster.cox.net',
        'ipbl',
        'cxbl',
        'cdrbl',
      ],
      without: ['aup#snd', 'aup#out'],
    },
    examples: [
      '550 5.1.0 <a@example.com> sender rejected. Refer to Error Codes section at https://www.cox.com/residential/support/email-error-codes.html for more information. AUP#CDRBL',
    ],
  },
  {
    id: 'att-block',
    category: 'blocklisted',
    title: 'AT&T: the address is blocked',
    meaning:
      'AT&T’s gateways block this address by a list (“Blocked by RBL”, “Fix reverse DNS” for a missing PTR).',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Then write to abuse_rbl@abuse-att.net with the address and the whole error.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'att.net/blocks',
        'abuse-att.net',
        'att.net/cgi-bin',
        'blocked*att.net',
        'att postmaster',
        'refused*mail.prodigy',
      ],
      without: ['fix reverse dns'],
    },
    examples: [
      '553 5.3.0 flpd598 DNSBL:ATTRBL 521< 192.0.2.1 >_is_blocked.__For_information_see_http://att.net/blocks',
    ],
  },
  {
    id: 'att-reverse-dns',
    category: 'reverseDns',
    title: 'AT&T: fix reverse DNS',
    meaning: 'The sending address has no valid reverse name, so AT&T takes no connection from it.',
    actor: 'you',
    remedy: SET_PTR,
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'fix reverse dns for',
        'connections not accepted from servers without a valid sender domain',
      ],
    },
    examples: [
      '550 5.7.1 Connections not accepted from servers without a valid sender domain.alph760 Fix reverse DNS for 203.0.113.22',
    ],
  },
  {
    id: 'orange-blocked',
    category: 'blocklisted',
    title: 'Orange, La Poste: blocked for spam (OFR, LPN)',
    meaning:
      'Orange, Wanadoo, SFR and La Poste block or slow down this address (OFR006_102, OFR_506, LPN006_107, LPN007_…): for spam seen by Cloudmark, or its reputation.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Ask for a reset at csi.cloudmark.com; then use the form of the provider’s postmaster page.',
    ],
    retry: 'afterFix',
    links: ['https://postmaster.orange.fr/', 'https://csi.cloudmark.com/en/reset/'],
    match: {
      text: [
        'ofr006',
        'ofr_102',
        'ofr_108',
        'ofr_506',
        'ofr_999',
        'lpn006',
        'lpn007_102',
        'lpn007_108',
        'ofr*bloquee',
        'client host blocked for spamming',
        'adresse ip source bloquee',
      ],
    },
    examples: [
      '550 mwinf5c04 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102 Ref http://csi.cloudmark.com/reset-request/?ip=10.0.0.1 [102]',
      '421 mwinf5c77 ME Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR_999 [999]',
    ],
  },
  {
    id: 'orange-too-many-connections',
    category: 'rateLimited',
    title: 'Orange: too many connections, slow down',
    meaning:
      'Orange allows only two or three connections from one address at a time (OFR004_104, OFR_105, OFR_109).',
    actor: 'you',
    remedy: [
      'Allow at most two parallel connections, and few messages on each, to orange.fr and wanadoo.fr.',
      ...JUST_WAIT,
    ],
    retry: 'helps',
    links: ['https://postmaster.orange.fr/'],
    match: { text: ['ofr004', 'ofr_104', 'ofr_105', 'ofr_109', 'ofr*too many connections'] },
    examples: [
      '421 mwinf5c36 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 [104]',
    ],
  },
  {
    id: 'orange-try-later',
    category: 'serverFault',
    title: 'Orange: the service is refused for the moment',
    meaning:
      'A temporary refusal of Orange (OFR005_…): its own systems, or its doubts about the sender.',
    actor: 'nobody',
    remedy: [
      ...JUST_WAIT,
      'Lasts for days? Check PTR record and reputation, then use the form of the postmaster page.',
    ],
    retry: 'helps',
    links: ['https://postmaster.orange.fr/'],
    match: { text: ['ofr005'] },
    examples: [
      '421 4.2.0 Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR005_505 [505]',
    ],
  },
  {
    id: 'free-fr',
    category: 'reputation',
    title: 'Free.fr: too much spam from your address',
    meaning: 'Free slows down or blocks an address for some time when spam came from it.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Look at the state of the address on Free’s postmaster page.',
    ],
    retry: 'helps',
    links: ['https://postmaster.free.fr/'],
    match: { text: ['too many spams from your ip', 'postmaster.free.fr'] },
    examples: [
      '421 Too many spams from your IP (192.0.2.1), please visit http://postmaster.free.fr/',
    ],
  },
]
