/** The large mail providers of China, and the letters and links that they answer with. */
import { CHECK_ADDRESS, STOP_SPAM } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const NETEASE_CODES = 'http://mail.163.com/help/help_spam_16.htm'

export const CHINA: readonly Rule[] = [
  {
    id: 'qq-frequency',
    category: 'rateLimited',
    title: 'QQ, Tencent: too often in too short a time',
    meaning:
      'Tencent (qq.com, foxmail.com, its business mail) counts messages and connections for each address, domain and sender, and one of these counts is over its limit.',
    actor: 'you',
    remedy: [
      'Send less at a time: few connections, few recipients in one message, pauses of minutes.',
      'Returned for good (550)? Send again after some hours.',
      'Set SPF, DKIM and DMARC: who passes them may send more.',
    ],
    retry: 'helps',
    links: ['https://service.mail.qq.com/'],
    match: { text: ['frequency limited', 'frequency limit'] },
    examples: [
      '550 Ip frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725',
      '550 Domain frequency limited [abc. IP: 192.0.2.1]',
      '550 Mailbox unavailable or access denied [abc IP: 192.0.2.1]. Frequency limited',
    ],
  },
  {
    id: 'qq-content',
    category: 'spamContent',
    title: 'QQ, Tencent: the content is taken for spam',
    meaning: 'Tencent’s filter refuses the text, the links or an attachment of the message.',
    actor: 'sender',
    remedy: [
      'Open the link in the error.',
      'Send a plain short text to the same address: does that pass, it is the content.',
    ],
    retry: 'afterFix',
    links: ['https://service.mail.qq.com/'],
    match: { text: ['mail content denied', 'mail content is denied'] },
    examples: [
      '550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726',
    ],
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
      '550 Suspected bounce attacks [abc. IP: 192.0.2.1]. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000770',
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
    id: 'netease-rate',
    category: 'rateLimited',
    title: 'NetEase (163, 126): too much in too short a time',
    meaning:
      'NetEase counts connections (HL), senders (MI) and recipients (RP) for each address, and one of these counts is over its limit.',
    actor: 'you',
    remedy: [
      'Send less at a time: few connections, few recipients in one message, pauses of minutes.',
      'Returned for good? Send again after some hours, or the next day.',
    ],
    retry: 'helps',
    links: [NETEASE_CODES],
    match: {
      text: [
        ...['|hl:rep|', '|hl:itc|', '|hl:icc|', '|hl:ifc|', '|hl:its|', '|hl:mep|', '|mi:cel|'],
        ...['|mi:ccl|', '|mi:stc|', '|mi:sfq|', '|rp:drc|', '|rp:ccl|', '|rp:cel|', '|rp:qrc|'],
        ...['|rp:rcl|', '|rp:trc|'],
      ],
    },
    examples: [
      '421 HL:REP 163 mx17,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
      '450 MI:CEL 163 smtp8',
    ],
  },
  {
    id: 'netease-address-blocked',
    category: 'blocklisted',
    title: 'NetEase (163, 126): the sending address is blocked',
    meaning:
      'The address is locked out for its spam (MI:SPB, HL:IPB), for many unknown recipients (HL:IHU), or stands on a list (DT:RBL).',
    actor: 'you',
    remedy: [...STOP_SPAM, 'Clean now? Ask NetEase for removal by its page.'],
    retry: 'afterFix',
    links: [NETEASE_CODES],
    match: { text: ['|mi:spb|', '|hl:ipb|', '|hl:ihu|', '|dt:rbl|', '|wm:bli|', '|wm:blu|'] },
    examples: [
      '554 MI:SPB 163 mx20,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
    ],
  },
  {
    id: 'netease-sender-not-proven',
    category: 'authenticationPolicy',
    title: 'NetEase (163, 126): the sender is not proven',
    meaning:
      'SPF or DMARC fails (MI:SPF, MI:DMC, DT:DMC), or From: and the envelope sender differ (DT:SUM, MI:IMF).',
    actor: 'you',
    remedy: [
      'Let the domain’s SPF record name this server, and sign with DKIM.',
      'Use the same domain in From: and in the envelope sender.',
    ],
    retry: 'afterFix',
    links: [NETEASE_CODES],
    match: {
      text: ['|mi:spf|', '|dt:spf|', '|mi:dmc|', '|dt:dmc|', '|dt:sum|', '|mi:imf|'],
    },
    examples: [
      '554 DT:SUM 163 mx1,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
    ],
  },
  {
    id: 'netease-163',
    category: 'spamContent',
    title: 'NetEase (163, 126): refused; the code says why',
    meaning:
      'NetEase gives letters; DT:SPM is the filter of spam, by the content and by what was sent before.',
    actor: 'you',
    remedy: [
      'Look the letters up on NetEase’s page.',
      'Send a plain short text to the same address: does that pass, it is the content.',
    ],
    retry: 'afterFix',
    links: [NETEASE_CODES],
    match: { text: ['|dt:spm|', 'mail.163.com/help', '|dt:xl|'] },
    examples: [
      '554 DT:SPM 163 mx3,QMCowABHX8,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1',
    ],
  },
]
