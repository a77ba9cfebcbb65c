/** Mailbox providers other than Google, Microsoft and Yahoo, and services that send for others. */
import { APPLE_POSTMASTER } from './links.ts'
import {
  ASK_THEIR_ADMIN,
  BUILD_REPUTATION,
  CHECK_ADDRESS,
  FIX_SPF,
  JUST_WAIT,
  SET_PTR,
  STOP_SPAM,
} from './remedies.ts'
import type { Rule } from './rule.ts'

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
        without: ['excessive volume', 'deferred'],
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
    id: 'comcast-block',
    category: 'blocklisted',
    title: 'Comcast/Xfinity: the address is blocked',
    meaning:
      'Comcast blocks this address (BL000000 and the like, RL000001 for rates): for spam, or by a list it asks.',
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
        'comcast*too many sessions',
        'postmaster.comcast.net',
      ],
      without: ['ptr', 'reverse dns', 'dmarc'],
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
      text: [
        'mail.ru/notspam',
        'help.mail.ru',
        'postmaster.mail.ru',
        'our filters have considered',
        'spam message rejected. please visit http://help.mail.ru',
      ],
    },
    examples: [
      '550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc or report details to abuse@corp.mail.ru.',
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
    id: 'qq-refused',
    category: 'reputation',
    title: 'QQ, Tencent: refused by reputation or rate',
    meaning:
      'Tencent (qq.com, foxmail.com) counts messages and complaints for each address and domain, and limits strictly. The link in the error explains the number.',
    actor: 'you',
    remedy: [
      'Open the link in the error.',
      'Set SPF, DKIM and DMARC; send slowly, with few recipients in one message.',
    ],
    retry: 'afterFix',
    links: ['https://service.mail.qq.com/'],
    match: {
      text: ['service.mail.qq.com', 'open.mail.qq.com', 'suspected bounce attacks', 'mail.qq.com'],
      without: ['dmarc', 'spf', 'mailbox unavailable', 'mailbox not found', 'user', 'dkim'],
    },
    examples: [
      '550 Ip frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725',
    ],
  },
  {
    id: 'qq-mailbox',
    category: 'mailboxUnknown',
    title: 'QQ, Tencent: mailbox not available',
    meaning: 'The address does not exist at QQ, or takes no mail.',
    actor: 'sender',
    remedy: CHECK_ADDRESS,
    retry: 'never',
    links: [],
    match: {
      text: [
        'mailbox unavailable or access denied',
        'mailbox not found. http://service.mail.qq',
        'non-local user',
      ],
    },
    examples: [
      '550 Mailbox unavailable or access denied [MIJvsrx4g]. https://open.work.weixin.qq.com/help2/pc/20050',
    ],
  },
  {
    id: 'netease-163',
    category: 'spamContent',
    title: 'NetEase (163, 126): refused; the code says why',
    meaning:
      'NetEase gives letters: DT:SPM spam content, IP and RBL the address, SPF, HL:REP and MI for repeated or too many messages.',
    actor: 'you',
    remedy: [
      'Look the letters up on NetEase’s page.',
      'DT:SPM is the content; HL:REP wait and send less; IP:… have the address checked.',
    ],
    retry: 'afterFix',
    links: ['http://mail.163.com/help/help_spam_16.htm'],
    match: {
      text: [
        'dt:spm',
        'mi:spb',
        'mi:dmc',
        'hl:rep',
        'hl:its',
        'hl:itc',
        'hl:ifc',
        'mail.163.com/help',
        'dt:sum',
        'dt:xl',
      ],
    },
    examples: [
      '554 DT:SPM 163 mx3,QMCowABHX8,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
    ],
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
    id: 'godaddy-secureserver',
    category: 'blocklisted',
    title: 'GoDaddy (secureserver.net): the address is blocked',
    meaning:
      'GoDaddy’s mail platform refuses the address (IB103, IB504, IB603 …): by its list, reputation or rate.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Ask for removal with the form behind the link of the error.',
    ],
    retry: 'afterFix',
    links: ['https://unblock.secureserver.net/'],
    match: {
      text: [
        'unblock.secureserver.net',
        '|ib10',
        '|ib11',
        '|ib20',
        '|ib21',
        '|ib50',
        '|ib51',
        '|ib60',
        '|ib70',
        'secureserver*connection refused',
        'secureserver*blocked',
      ],
      without: ['user', 'recipient not found'],
    },
    examples: [
      '554 p3plibsmtp01-04.prod.phx3.secureserver.net bizsmtp IB103. Connection refused. 192.0.2.1 has a poor reputation on Cloudmark Sender Intelligence (CSI). https://unblock.secureserver.net/?ip=192.0.2.1',
    ],
  },
  {
    id: 'rackspace-emailsrvr',
    category: 'blocklisted',
    title: 'Rackspace (emailsrvr.com): blocked (G codes)',
    meaning:
      'Rackspace Email refuses the address or the message; the letter and number (G15, G18, G19, G28) say which filter.',
    actor: 'you',
    remedy: [...STOP_SPAM.slice(0, 2), 'Then ask for removal on the page that the error names.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: ['emailsrvr', '(g15', '(g18)', '(g19)', '(g28)', 'mailshell'],
      without: ['user unknown', 'invalid recipient', 'no such'],
    },
    examples: [
      '554 5.7.1 Blocked: ACL dns_rbl; Client host [192.0.2.1] blocked using reputation.emailsrvr.com. Please visit https://postmaster.emailsrvr.com/ (G28)',
    ],
  },
  {
    id: 'amazon-ses-suppressed',
    category: 'mailboxUnknown',
    title: 'Amazon SES: the address is on the suppression list',
    meaning: 'SES does not even try, because the address bounced before, or its owner complained.',
    actor: 'you',
    remedy: [
      'Does the address exist again? Take it off the suppression list of the SES account.',
      'Otherwise take it out of your lists.',
    ],
    retry: 'afterFix',
    links: ['https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html'],
    match: {
      text: [
        'suppression list',
        'suppressed address',
        'on the suppression',
        'is suppressed',
        'address is on your suppression',
        'bounced address',
        'previously bounced',
      ],
    },
    examples: [
      'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address. 550 5.1.1 on the suppression list',
      'Recipient address is on the suppression list for your account',
    ],
  },
  {
    id: 'amazon-ses-sandbox',
    category: 'senderRejected',
    title: 'Amazon SES: address or domain not verified',
    meaning:
      'SES sends only from addresses and domains that are verified in that region; an account in the sandbox also only to verified ones.',
    actor: 'you',
    remedy: [
      'Verify the domain in the SES console, in the region that the error names.',
      'Ask for production access when the account is in the sandbox.',
    ],
    retry: 'afterFix',
    links: ['https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-verification.html'],
    match: { text: ['following identities failed the check'] },
    examples: [
      '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: a@example.jp',
    ],
  },
  {
    id: 'amazon-ses-throttling',
    category: 'rateLimited',
    title: 'Amazon SES: the sending quota is used up',
    meaning: 'The account sends more in a second or a day than SES allows it.',
    actor: 'you',
    remedy: ['Send slower, or ask for a higher quota in the SES console.'],
    retry: 'helps',
    links: ['https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html'],
    match: {
      text: [
        'throttling failure',
        'maximum sending rate exceeded',
        'daily message quota exceeded',
        'daily sending quota',
      ],
    },
    examples: ['454 Throttling failure: Maximum sending rate exceeded.'],
  },
  {
    id: 'sending-service-account',
    category: 'configuration',
    title: 'Your sending service has paused the account',
    meaning:
      'SendGrid, Mailgun, Postmark, Brevo or another service does not send for you at the moment: limit reached, domain not verified, unpaid, or under review.',
    actor: 'you',
    remedy: [
      'Log in at the service and read its notice.',
      'Verify the domain and add funds or raise the plan, as it says.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'maximum credits exceeded',
        'sender identity',
        'domain*is not allowed to send: ',
        'domain is not verified',
        'account is not active yet',
        'account suspended*sending',
        'sandbox subdomains',
        'sending has been disabled',
        'account has been paused',
        'message sending*paused',
        'your account is under review',
        'sending paused',
        'not activated yet',
      ],
    },
    examples: [
      '451 Authentication failed: Maximum credits exceeded',
      '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.',
    ],
  },
  {
    id: 'zoho-policy',
    category: 'policy',
    title: 'Zoho: refused by its policy',
    meaning:
      'Zoho refuses to send (unusual activity, limits of the account) or to receive (5.4.6, 5.7.7 and the like).',
    actor: 'you',
    remedy: [
      'Sending: log in at Zoho and unblock the account (mail.zoho.com/UnblockMe).',
      ...ASK_THEIR_ADMIN.slice(0, 1),
    ],
    retry: 'afterFix',
    links: ['https://www.zoho.com/mail/help/'],
    match: { text: ['unusual sending activity detected', 'mail.zoho.com/unblockme', 'unblockme'] },
    examples: [
      '550 5.4.6 Unusual sending activity detected. Please try after sometime. Learn more: https://mail.zoho.com/UnblockMe',
    ],
  },
  {
    id: 'strato-ionos-hosting',
    category: 'relayDenied',
    title: 'IONOS, STRATO: the sender is not allowed for this login',
    meaning: 'The hosting provider sends only with sender addresses of the own contract.',
    actor: 'sender',
    remedy: ['Use an address of the account as sender, in From: and in the envelope.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'sender address is not allowed',
        'sender address not allowed.',
        'sender address rejected: not logged in',
        'not logged in',
      ],
    },
    examples: [
      '550-Requested action not taken: mailbox unavailable 550 Sender address is not allowed.',
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
    match: { text: ['|rcp-p', '|rcp-t'] },
    examples: [
      '550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes?ip=192.0.2.54#rcp Recipient address does not exist',
    ],
  },
]
