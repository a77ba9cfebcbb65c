/** Gmail and Google Workspace: rates, reputation, content, accounts. */
import { GOOGLE_ERRORS, GOOGLE_GUIDELINES, GOOGLE_POSTMASTER } from './links.ts'
import {
  CHECK_ADDRESS,
  STOP_SPAM,
  BUILD_REPUTATION,
  ASK_THEIR_ADMIN,
  JUST_WAIT,
} from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const HOSTS = ['google.com', 'googlemail.com', 'gmail.com', 'smtp.goog']

export const GOOGLE: readonly Rule[] = [
  {
    id: 'google-rate-same-message-id',
    category: 'rateLimited',
    title: 'Gmail: too many messages with one Message-ID',
    meaning:
      'Many copies with the same Message-ID arrived. Gmail takes that for a loop or for one mailing that was started again and again.',
    actor: 'you',
    remedy: [
      'Look for a forwarding loop or a script that sends the same message again.',
      'Have every message made with its own Message-ID.',
    ],
    retry: 'afterFix',
    links: [GOOGLE_ERRORS],
    match: { text: ['quota for sending messages*same message-id'] },
    examples: [
      '421-4.7.28 Gmail has detected this sender exceeded the quota for sending 421-4.7.28 messages that have the same Message-ID:. To best protect our users, the message has been temporarily rejected. - gsmtp',
    ],
  },
  {
    id: 'google-unusual-rate',
    category: 'rateLimited',
    title: 'Gmail: unusually much mail, perhaps spam',
    meaning:
      'More (unwanted) mail than usual came from this address, network, domain or with these links, so Gmail slows it down or blocks it for a while. Often an account or a form was taken over, or a mailing started too fast.',
    actor: 'you',
    remedy: [...STOP_SPAM, 'Look at spam rate and reputation in Google Postmaster Tools.'],
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_POSTMASTER, GOOGLE_ERRORS],
    match: [
      {
        text: [
          'detected an unusual rate of',
          'detected an unusual amount of',
          'an unusual rate of unsolicited',
        ],
      },
      { enhanced: ['x.7.28'], hosts: HOSTS },
      { enhanced: ['x.7.28'], text: ['gsmtp'] },
    ],
    examples: [
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your IP address 192.0.2.1. To protect our users from spam, mail 421-4.7.28 sent from your IP address has been temporarily rate limited. - gsmtp',
      '421-4.7.0 [192.0.2.1 15] Our system has detected an unusual rate of 421-4.7.0 unsolicited mail originating from your IP address. - gsmtp',
    ],
  },
  {
    id: 'google-ip-reputation',
    category: 'reputation',
    title: 'Gmail: bad reputation of the sending address',
    meaning:
      'Gmail has seen much spam from this address, so it takes the next message for suspicious too.',
    actor: 'you',
    remedy: [...STOP_SPAM, ...BUILD_REPUTATION],
    retry: 'afterFix',
    links: [GOOGLE_POSTMASTER, GOOGLE_GUIDELINES],
    match: { text: ['very low reputation of the sending ip', 'low reputation of the sending ip'] },
    examples: [
      '550-5.7.1 [192.0.2.22 18] Our system has detected that this message is 550-5.7.1 likely suspicious due to the very low reputation of the sending IP 550-5.7.1 address. To best protect our users from spam, the message has been 550-5.7.1 blocked. - gsmtp',
    ],
  },
  {
    id: 'google-domain-reputation',
    category: 'reputation',
    title: 'Gmail: bad reputation of the sending domain',
    meaning:
      'Users marked mail of this domain as spam, or somebody forges it because it has no strict DMARC policy.',
    actor: 'you',
    remedy: [
      'Look at the domain in Google Postmaster Tools: spam rate, reputation, authentication.',
      ...BUILD_REPUTATION,
      'Publish a DMARC policy of quarantine or reject once your own mail passes, so that forged mail no longer counts for you.',
    ],
    retry: 'afterFix',
    links: [GOOGLE_POSTMASTER, GOOGLE_GUIDELINES],
    match: { text: ['low reputation of the sending domain'] },
    examples: [
      '550-5.7.1 [192.0.2.1 19] Our system has detected that this message is 550-5.7.1 likely suspicious due to the very low reputation of the sending 550-5.7.1 domain. - gsmtp',
    ],
  },
  {
    id: 'google-suspicious-content',
    category: 'spamContent',
    title: 'Gmail: content or links look suspicious',
    meaning: 'Words, attachments or links of the message are like those of spam or phishing.',
    actor: 'sender',
    remedy: [
      'Send the same text without links and attachments, then add one after the other, to find the one that is refused.',
      'Check linked domains with Google Safe Browsing and on the Spamhaus domain list; leave out link shorteners.',
    ],
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, 'https://transparencyreport.google.com/safe-browsing/search'],
    match: {
      text: ['suspicious due to the nature of the content', 'nature of the content or the links'],
    },
    examples: [
      '421-4.7.0 This message is suspicious due to the nature of the content or the links within. To best protect our users from spam, the message has been blocked. - gsmtp',
    ],
  },
  {
    id: 'google-likely-spam',
    category: 'spamContent',
    title: 'Gmail: taken for spam',
    meaning:
      'The filter took this message for unwanted mail: by its content, its sender and how users treated earlier mail of the same kind.',
    actor: 'you',
    remedy: [
      'Read the message as its filter does: a plain text part, few links, no shorteners, no mail that only consists of a picture.',
      ...BUILD_REPUTATION,
      'Forwarded mail? Do not forward spam to Gmail: filter before forwarding.',
    ],
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: {
      text: ['likely unsolicited mail', 'likely unsolicited email', 'p=unsolicitedmessageerror'],
    },
    examples: [
      '550-5.7.1 [192.0.2.1 12] Our system has detected that this message is 550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to Gmail, 550-5.7.1 this message has been blocked. - gsmtp',
    ],
  },
  {
    id: 'google-header-format',
    category: 'messageFormat',
    title: 'Gmail: the header is not as RFC 5322 asks for',
    meaning:
      'A header field is missing, malformed or there twice: From:, Message-ID:, Subject:, To: or another. The error names it.',
    actor: 'sender',
    remedy: [
      'Mend the program that makes the message: exactly one From: with one valid address, one Date:, one Message-ID:, one Subject:.',
      'Look for a filter or a list that adds a field a second time.',
    ],
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: {
      text: [
        'not rfc*compliant',
        'messages missing a valid',
        'messages with multiple addresses in from',
        'multiple addresses in from: header',
        'encoded-word syntax is not permitted in message header',
        'unicode character in a disallowed header',
        'p=rfcmessagenoncompliant',
      ],
      without: ['helo', 'commands'],
    },
    examples: [
      '550-5.7.1 This message is not RFC 5322 compliant. There are multiple Subject 550-5.7.1 headers. To reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp',
      '550-5.7.1 [192.0.2.222 13] Messages with multiple 550 5.7.1 addresses in From: header are not accepted. - gsmtp',
      '550-5.7.1 [192.0.2.1 11] Our system has detected that this message is 550-5.7.1 not RFC 5322 compliant: 550-5.7.1 Messages missing a valid messageId header are not accepted. - gsmtp',
    ],
  },
  {
    id: 'google-blocked-attachment',
    category: 'contentPolicy',
    title: 'Gmail: an attachment of a forbidden type',
    meaning:
      'The message has a file that Gmail takes for dangerous: a program, a script, or an archive that holds one or has a password.',
    actor: 'sender',
    remedy: [
      'Put the file on a web page or a drive and send the link.',
      'Do not pack it into another archive: Gmail looks into archives.',
    ],
    retry: 'afterFix',
    links: ['https://support.google.com/mail/answer/6590'],
    match: { text: ['content presents a potential', 'p=blockedmessage'] },
    examples: [
      '552-5.7.0 This message was blocked because its content presents a potential 552-5.7.0 security issue. Please visit https://support.google.com/mail/?p=BlockedMessage - gsmtp',
    ],
  },
  {
    id: 'google-customer-policy',
    category: 'policy',
    title: 'Google Workspace: a rule of the customer refuses it',
    meaning:
      'The recipient’s organisation has a rule in Google Workspace that forbids this message (`gcdp` in the text says so). Google itself has nothing against it.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [GOOGLE_ERRORS],
    match: {
      text: [
        'has a policy that prohibit',
        'violates*email policy',
        '- gcdp',
        'not in whitelist for rcpt domain',
      ],
    },
    examples: [
      '550-5.7.1 The user or domain that you are sending to (or from) has a policy that 550-5.7.1 prohibited the mail that you sent. Please contact your domain 550-5.7.1 administrator for further details. - gsmtp',
      '550 5.7.1 This message violates example.com email policy. - gcdp d2e1a72fcca58 - gsmtp',
    ],
  },
  {
    id: 'google-direct-not-authorized',
    category: 'reputation',
    title: 'Gmail: this address may not send directly',
    meaning:
      'The address is of a range that Gmail takes for home lines or dynamic addresses, where no mail server should be.',
    actor: 'you',
    remedy: [
      'Send through the smarthost of your provider, or move the server to a fixed address with its own PTR record.',
      'Is it a fixed business line? Have the provider take it out of the Spamhaus PBL and set a PTR record that does not look dynamic.',
    ],
    retry: 'afterFix',
    links: ['https://support.google.com/mail/answer/10336'],
    match: {
      text: ['not authorized to*send email directly to our servers', 'p=notauthorizederror'],
    },
    examples: [
      "550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to 550-5.7.1 send email directly to our servers. Please use the SMTP relay at your 550-5.7.1 service provider instead. - gsmtp",
    ],
  },
  {
    id: 'google-no-such-user',
    category: 'mailboxUnknown',
    title: 'Gmail: there is no such account',
    meaning: 'The address does not exist at Gmail, or at the Workspace domain.',
    actor: 'sender',
    remedy: CHECK_ADDRESS,
    retry: 'never',
    links: ['https://support.google.com/mail/?p=NoSuchUser'],
    match: [
      {
        text: [
          'account that you tried to reach does not exist',
          'p=nosuchuser',
          'answer.py?answer=6596',
        ],
      },
      { enhanced: ['5.1.1'], text: ['gsmtp'] },
    ],
    examples: [
      "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. - gsmtp",
      '550 5.1.1 http://support.google.com/mail/bin/answer.py?answer=6596 ad1si1997204pbd.83 - gsmtp',
    ],
  },
  {
    id: 'google-account-disabled',
    category: 'mailboxDisabled',
    title: 'Gmail: the account is disabled or inactive',
    meaning:
      'The account was locked, suspended by its organisation, or not used for so long that Google closed it.',
    actor: 'recipient',
    remedy: [
      'Ask the recipient by another way for an address that works.',
      'Take the address out of mailing lists: it counts against the sender.',
    ],
    retry: 'never',
    links: ['https://support.google.com/mail/?p=DisabledUser'],
    match: {
      text: [
        'account that you tried to reach is disabled',
        'account that you tried to reach is inactive',
        'p=disableduser',
      ],
    },
    examples: [
      '550 5.2.1 The email account that you tried to reach is disabled. - gsmtp',
      '550-5.2.1 The email account that you tried to reach is inactive. For more information, go to https://support.google.com/mail/?p=DisabledUser - gsmtp',
    ],
  },
  {
    id: 'google-over-quota',
    category: 'mailboxFull',
    title: 'Gmail: the storage of the account is full',
    meaning:
      'Mail, Drive and photos of the account share one space, and it is used up. 4.2.2 is tried again, 5.2.2 means full and not used for long.',
    actor: 'recipient',
    remedy: ['Tell the recipient by another way to make room in Google storage or to buy more.'],
    retry: 'afterFix',
    links: ['https://support.google.com/mail/?p=OverQuotaPerm'],
    match: { text: ['inbox is out of storage', 'p=overquota', 'tried to reach is over quota'] },
    examples: [
      "552-5.2.2 The recipient's inbox is out of storage space and inactive. Please 552-5.2.2 direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm - gsmtp",
      '452-4.2.2 The email account that you tried to reach is over quota. - gsmtp',
    ],
  },
  {
    id: 'google-recipient-rate',
    category: 'rateLimited',
    title: 'Gmail: the recipient gets too much mail at once',
    meaning:
      'This one mailbox receives more messages a minute than Gmail allows, from all senders together.',
    actor: 'nobody',
    remedy: [
      ...JUST_WAIT,
      'Does a script of yours report to this mailbox? Have it send one message for many reports.',
    ],
    retry: 'helps',
    links: ['https://support.google.com/mail/?p=ReceivingRate'],
    match: {
      text: [
        'is receiving mail too quickly',
        'receiving mail at a rate that',
        'receiving email at a rate',
        'receiving email too quickly',
        'p=receivingrate',
      ],
    },
    examples: [
      '450-4.2.1 The user you are trying to contact is receiving mail too quickly. 450-4.2.1 Please resend your message at a later time. - gsmtp',
      '550-5.2.1 The user you are trying to contact is receiving mail at a rate that 550-5.2.1 prevents additional messages from being delivered. - gsmtp',
    ],
  },
  {
    id: 'google-too-big',
    category: 'tooBig',
    title: 'Gmail: message, header or attachments too big',
    meaning:
      'Gmail takes messages of up to 25 MB (50 MB incoming in Workspace), counted with the third that encoding adds, and has limits for the header and the number of attachments too.',
    actor: 'sender',
    remedy: ['Send a link to the file instead of the file.', 'Split the message.'],
    retry: 'never',
    links: ['https://support.google.com/mail/?p=MaxSizeError', GOOGLE_ERRORS],
    match: { text: ["exceeded google's message", "exceeds google's", 'p=maxsizeerror'] },
    examples: [
      "552-5.3.4 Your message exceeded Google's message size limits. Please visit https://support.google.com/mail/?p=MaxSizeError - gsmtp",
    ],
  },
  {
    id: 'google-group-no-post',
    category: 'recipientRestricted',
    title: 'Google Groups: no such group, or you may not post',
    meaning:
      'The group does not exist, or only its members, or nobody from outside, may write to it.',
    actor: 'recipientProvider',
    remedy: [
      'Check the name of the group.',
      'Have the owner of the group allow posts from outside (“Who can post”), or join it.',
    ],
    retry: 'afterFix',
    links: ['https://support.google.com/groups/'],
    match: {
      text: [
        'may not have permission to post messages to the group',
        'group you tried to contact*may not exist',
        'groups.google.com/support',
        'does not have permission to post',
      ],
    },
    examples: [
      "We're writing to let you know that the group you tried to contact (team) may not exist, or you may not have permission to post messages to the group.",
    ],
  },
  {
    id: 'google-no-connection',
    category: 'expired',
    title: 'Gmail could not reach the recipient’s server',
    meaning:
      'Google tried, for hours or days, to connect to the mail server of the recipient’s domain, and it did not answer or refused.',
    actor: 'recipientProvider',
    remedy: [
      'Is it your domain? See that the MX hosts are reachable from outside: `nc -vz MX-HOST 25`.',
      'Otherwise tell the recipient by another way that their mail server is down.',
    ],
    retry: 'helps',
    links: ['https://support.google.com/mail/answer/7720'],
    match: {
      text: [
        'did not accept our requests to connect',
        'recipient server did not accept our',
        'message will be retried for*more',
      ],
      without: ['the error that the other server returned was'],
    },
    examples: [
      'The recipient server did not accept our requests to connect. Learn more at https://support.google.com/mail/answer/7720 [mx.example.org 192.0.2.222: timed out]',
    ],
  },
  {
    id: 'google-temporary',
    category: 'serverFault',
    title: 'Gmail: a temporary problem, or a server that is busy',
    meaning: 'Gmail could not take the message just now and does not say more.',
    actor: 'nobody',
    remedy: [...JUST_WAIT, 'Lasts longer than some hours? Look at the Workspace status page.'],
    retry: 'helps',
    links: ['https://www.google.com/appsstatus/dashboard/', GOOGLE_ERRORS],
    match: [
      {
        text: [
          'temporary system problem',
          'server busy, try again later',
          'mail server temporarily rejected message',
          'connection expired, try reconnecting',
        ],
        temporary: true,
      },
      { text: ['try again later, closing connection'], hosts: HOSTS },
      { text: ['try again later, closing connection*gsmtp'] },
    ],
    examples: [
      '421 4.3.0 Temporary System Problem. Try again later. For more information, go to About SMTP error messages - gsmtp',
      '421 4.7.0 Try again later, closing connection. (EHLO) abc123 - gsmtp',
    ],
  },
]
