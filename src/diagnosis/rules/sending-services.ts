/** Services that send or host mail for others: Amazon SES, SendGrid, GoDaddy, Rackspace, Zoho. */
import { STOP_SPAM, ASK_THEIR_ADMIN } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

export const SENDING_SERVICES: readonly Rule[] = [
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
        '|ib50',
        '|ib51',
        '|ib60',
        '|ib70',
        'secureserver*connection refused',
        'secureserver*blocked',
      ],
      without: [
        'user',
        'recipient not found',
        'spf',
        'content',
        'relay',
        'per connection',
        'per hour',
        'from:',
        'temporarily unavailable',
        'not allowed on',
      ],
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
    match: {
      text: [
        'unusual sending activity detected',
        'mail.zoho.com/unblockme',
        'unblockme',
        'mailpolicy violation',
      ],
    },
    examples: [
      '550 5.4.6 Unusual sending activity detected. Please try after sometime. Learn more: https://mail.zoho.com/UnblockMe',
      '554 5.2.3 MailPolicy violation Error delivering to mailboxes,mx.zoho.com',
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
]
