/** Gateways before mail servers: Mimecast, Proofpoint, Barracuda, Cisco. */
import { TALOS, PROOFPOINT_CHECK } from './links.ts'
import { CHECK_ADDRESS, STOP_SPAM, ASK_THEIR_ADMIN, JUST_WAIT } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const MIMECAST_HOSTS = ['mimecast.com', 'mimecast.co.za', 'mimecast-offshore.com']
const MIMECAST =
  'https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691-Policies-Mimecast-SMTP-Error-Codes'
const PROOFPOINT_HOSTS = ['pphosted.com', 'ppe-hosted.com', 'ppops.net']
const BARRACUDA_HOSTS = ['barracudanetworks.com', 'ess.barracudanetworks.com']

/** Words of Mimecast that other rules explain better than “a policy”. */
const PRECISE_WORDS = ['sender invalid', 'open relay', 'poor reputation', 'blacklist', 'dkim']

export const FILTERS: readonly Rule[] = [
  {
    id: 'mimecast-greylisting',
    category: 'greylisted',
    title: 'Mimecast: greylisted, try again',
    meaning:
      'Mimecast puts off the first message from an unknown sender (“Internal resources are temporarily unavailable”); or the address has a bad name and is looked at again.',
    actor: 'nobody',
    remedy: [
      ...JUST_WAIT,
      'Still put off after a day? Check that retries come from the same address, and its reputation.',
    ],
    retry: 'helps',
    links: [MIMECAST],
    match: {
      text: [
        'internal resource temporarily unavailable',
        'internal resources are temporarily unavailable',
        'internal resources temporarily unavailable',
      ],
    },
    examples: [
      '451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [abc.uk123]',
    ],
  },
  {
    id: 'mimecast-blocked-sender',
    category: 'senderRejected',
    title: 'Mimecast: the recipient’s policy blocks the sender',
    meaning:
      'A blocked-senders policy of the recipient’s organisation names this sender, domain or address.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [MIMECAST],
    match: [
      {
        text: [
          'administrative prohibition*envelope blocked',
          'envelope blocked',
          'header blocked',
          'manually blocked senders',
        ],
      },
      { text: ['administrative prohibition', 'sender address blocked'], hosts: MIMECAST_HOSTS },
    ],
    examples: [
      '550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550',
      '550 Rejected by header based manually Blocked Senders: user@example.org - https://community.mimecast.com/docs/DOC-1369#550 [x.uk1]',
    ],
  },
  {
    id: 'mimecast-anti-spoofing',
    category: 'authenticationPolicy',
    title: 'Mimecast: anti-spoofing policy',
    meaning:
      'The message comes from outside and claims a sender of the recipient’s own organisation, or fails its rules for SPF, DKIM and DMARC.',
    actor: 'you',
    remedy: [
      'Does a service send in the organisation’s name? Its administrator must allow that service’s addresses in Mimecast.',
      'Otherwise set SPF, DKIM and DMARC of your own domain.',
    ],
    retry: 'afterFix',
    links: [MIMECAST],
    match: {
      text: ['anti-spoofing policy', 'antispoofing', 'inbound not allowed', 'spoofing policy'],
    },
    examples: [
      '550 Rejected by header based Anti-Spoofing policy: user@example.org - https://community.mimecast.com/docs/DOC-1369#550',
    ],
  },
  {
    id: 'mimecast-unknown-recipient',
    category: 'mailboxUnknown',
    title: 'Mimecast: invalid recipient',
    meaning: 'The address is not known to the organisation behind Mimecast.',
    actor: 'sender',
    remedy: CHECK_ADDRESS,
    retry: 'never',
    links: [MIMECAST],
    match: {
      text: [
        'invalid recipient*mimecast',
        'known recipient*mimecast',
        'recipient*unknown*mimecast',
        'unknown*mimecast',
      ],
    },
    examples: [
      '550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [ZvX.uk205]',
    ],
  },
  {
    id: 'mimecast-security-policies',
    category: 'virus',
    title: 'Mimecast: rejected as malware or spam by signature',
    meaning: 'A signature of Mimecast (MCSpamSignature, MCVirus) fits the content.',
    actor: 'sender',
    remedy: [
      'Send the text without attachment and links, to find the cause.',
      ...ASK_THEIR_ADMIN.slice(0, 1),
    ],
    retry: 'afterFix',
    links: [MIMECAST],
    match: { text: ['rejected due to security policies', 'mcspamsignature', 'mcvirus'] },
    examples: ['554 email rejected due to security policies - MCSpamSignature.sa.2.2'],
  },
  {
    id: 'mimecast-policy',
    category: 'policy',
    title: 'Mimecast: refused by a policy',
    meaning:
      'Mimecast, or a policy of the organisation behind it, refuses the connection or the message (“Host network not allowed”, “Local CT IP Reputation”).',
    actor: 'recipientProvider',
    remedy: [
      'Look the words up in Mimecast’s table of codes.',
      ...ASK_THEIR_ADMIN.slice(0, 1),
      'Mimecast itself talks to its customers only.',
    ],
    retry: 'afterFix',
    links: [MIMECAST],
    match: [
      {
        text: ['host network not allowed', 'mimecast'],
        without: [...PRECISE_WORDS, 'user unknown', 'recipient', 'virus'],
      },
      {
        text: ['reject', 'denied', 'blocked', 'not allowed', 'policy'],
        hosts: MIMECAST_HOSTS,
        without: [...PRECISE_WORDS, 'recipient', 'unknown', 'virus', 'dmarc', 'spf'],
      },
    ],
    examples: [
      '554 Host network not allowed - https://community.mimecast.com/docs/DOC-1369#554 [z7qZw5BPd1zlDYHka4589ru.us222]',
    ],
  },
  {
    id: 'proofpoint-ip-blocked',
    category: 'blocklisted',
    title: 'Proofpoint: the sending address is blocked',
    meaning:
      'Proofpoint’s Dynamic Reputation (PDR) blocks or slows this address; many companies, and Apple, use it.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Look the address up at ipcheck.proofpoint.com and ask for removal there.',
    ],
    retry: 'afterFix',
    links: [PROOFPOINT_CHECK],
    match: {
      text: [
        'ipcheck.proofpoint.com',
        'proofpoint*block',
        'blocked by proofpoint',
        'proofpoint dynamic reputation',
        'blocked - see https://ipcheck',
        'support.proofpoint.com/dnsbl-lookup',
        'proofpoint*reputation',
        'proofpoint.com/dnsbl',
      ],
    },
    examples: [
      '554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1',
      '421 4.7.1 Service unavailable; Client host [192.0.2.1] blocked by PDR; see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.1',
    ],
  },
  {
    id: 'proofpoint-local-policy',
    category: 'contentPolicy',
    title: 'Proofpoint: a rule of the recipient’s organisation',
    meaning:
      'A rule that the recipient’s organisation set forbids the message, mostly for its content, its links or its attachments.',
    actor: 'recipientProvider',
    remedy: [...ASK_THEIR_ADMIN, 'Check the links of the message on blocklists.'],
    retry: 'afterFix',
    links: [],
    match: { text: ['local policy violation'], without: ['dmarc'] },
    examples: ['550 5.7.0 Local Policy Violation'],
  },
  {
    id: 'proofpoint-spam-or-policy',
    category: 'spamContent',
    title: 'Proofpoint: refused as spam or by policy',
    meaning:
      'The filter of the recipient’s organisation takes the message for spam, or a rule there forbids it (“Message considered spam”).',
    actor: 'recipientProvider',
    remedy: [...ASK_THEIR_ADMIN, 'Check the links of the message on blocklists.'],
    retry: 'afterFix',
    links: [],
    match: [
      {
        text: [
          'message contains spam or virus',
          'urls in this message',
          '5.7.0 message considered spam',
        ],
      },
      {
        text: ['spam', 'policy', 'rejected', 'denied'],
        hosts: PROOFPOINT_HOSTS,
        without: ['recipient', 'unknown', 'dmarc', 'spf', 'ip', 'blocked', 'relay'],
      },
    ],
    examples: [['554 5.7.1 Message rejected', { host: 'mx0a-00123.pphosted.com' }]],
  },
  {
    id: 'barracuda-permanent-failure',
    category: 'recipientRestricted',
    title: 'Barracuda: refused for this recipient',
    meaning:
      'Barracuda says after the data why each recipient was refused: `blocked` is its filter, a code in the brackets is the answer of the server behind.',
    actor: 'recipientProvider',
    remedy: [
      'Read what stands behind the address in the brackets.',
      ...ASK_THEIR_ADMIN.slice(0, 1),
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: ['permanent failure for one or more recipients'],
      without: ['550 5.1.1', '5.1.1', 'unknown', '5.2.2'],
    },
    examples: ['550 permanent failure for one or more recipients (user@example.org:blocked)'],
  },
  {
    id: 'barracuda-content',
    category: 'spamContent',
    title: 'Barracuda: message refused by content',
    meaning:
      'A Barracuda filter refused the message; “UBE” stands for unsolicited bulk mail, and the id helps their administrator find it.',
    actor: 'recipientProvider',
    remedy: [
      'Give their administrator the id of the error, so that the message can be released.',
      'Check links and form of the message.',
    ],
    retry: 'afterFix',
    links: [],
    match: [
      { text: ['message content rejected, ube', 'rejected, ube'] },
      {
        text: ['permanent failure', 'message rejected', 'blocked', 'spam'],
        hosts: BARRACUDA_HOSTS,
        without: ['recipient', 'unknown'],
      },
    ],
    examples: [
      '550 5.7.1 Message content rejected, UBE, id=00000-22-225',
      ['554 Service unavailable; message rejected', { host: 'd1.ess.barracudanetworks.com' }],
    ],
  },
  {
    id: 'cisco-sbrs',
    category: 'reputation',
    title: 'Cisco (IronPort): poor reputation of the sending MTA',
    meaning:
      'Cisco Talos (once SenderBase) rates this address as poor, and appliances of Cisco refuse it at the start.',
    actor: 'you',
    remedy: [
      'Look the address up at Talos; “Poor” refuses, “Neutral” passes.',
      ...STOP_SPAM.slice(0, 2),
      'The rating recovers in days once the spam stops; otherwise open a reputation ticket at Talos.',
    ],
    retry: 'afterFix',
    links: [TALOS],
    match: {
      text: [
        "sending mta's poor reputation",
        'senderbase',
        'talosintelligence',
        'mta*poor reputation',
        'sbrs',
        'your access to this mail system has been rejected',
      ],
    },
    examples: [
      "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means.",
    ],
  },
  {
    id: 'cisco-hat-blocked',
    category: 'policy',
    title: 'Cisco (IronPort): the host access table refuses you',
    meaning:
      'The address falls into a sender group of the appliance that may not connect; `#5.7.1` with a hash is its form.',
    actor: 'recipientProvider',
    remedy: [...ASK_THEIR_ADMIN, 'Look the address up at Talos meanwhile.'],
    retry: 'afterFix',
    links: [TALOS],
    match: {
      text: [
        'esmtp (ironport)',
        '#5.7.1 access denied',
        '#5.7.1 relay',
        '#5.7.1 your access',
        '#4.7.1 your access',
        'domain not found: #5',
      ],
      without: ['#5.1.0 address rejected'],
    },
    examples: ['554 #5.7.1 Access denied by the administrator of this appliance'],
  },
]
