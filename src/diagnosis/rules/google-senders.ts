/** What Gmail asks of those who send to it: SPF, DKIM, DMARC, names, TLS. Replies end in `gsmtp`. */
import { GOOGLE_ERRORS, GOOGLE_GUIDELINES } from './links.ts'
import { SET_PTR, FIX_SPF, FIX_DKIM, FIX_DMARC } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const HOSTS = ['google.com', 'googlemail.com', 'gmail.com', 'smtp.goog']

export const GOOGLE_SENDERS: readonly Rule[] = [
  {
    id: 'google-dmarc',
    category: 'authenticationPolicy',
    title: 'Gmail: refused by the DMARC policy of your domain',
    meaning:
      'The domain in From: publishes a DMARC policy of reject, and neither SPF nor DKIM passed for that same domain. Gmail does what the policy asks for.',
    actor: 'you',
    remedy: FIX_DMARC,
    retry: 'afterFix',
    links: ['https://support.google.com/mail/answer/2451690', GOOGLE_ERRORS],
    match: [
      { text: ["not accepted due to domain's*dmarc policy", 'p=dmarcrejection'] },
      { text: ['dmarc policy'], hosts: HOSTS },
    ],
    examples: [
      "550-5.7.26 Unauthenticated email from example.org is not accepted due to domain's 550-5.7.26 DMARC policy. Please contact the administrator of example.org domain if 550-5.7.26 this was a legitimate mail. - gsmtp",
      "550-5.7.1 Unauthenticated email from example.org is not accepted due to domain's DMARC policy. Please contact the administrator of example.org domain",
    ],
  },
  {
    id: 'google-spf-hard-fail',
    category: 'authenticationPolicy',
    title: 'Gmail: SPF says this address may not send',
    meaning:
      'The SPF record of the envelope sender’s domain ends in -all and does not list the address that sent. Gmail takes the domain at its word.',
    actor: 'you',
    remedy: FIX_SPF,
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: { text: ['has an spf record with a*hard fail', 'fails to pass spf checks with the ip'] },
    examples: [
      '550-5.7.26 The MAIL FROM domain [example.org] has an SPF record with a 550-5.7.26 hard fail policy (-all) but it fails to pass SPF checks with the ip: 550 5.7.26 [192.0.2.24]. - gsmtp',
    ],
  },
  {
    id: 'google-unauthenticated',
    category: 'authenticationPolicy',
    title: 'Gmail: neither SPF nor DKIM passed',
    meaning:
      'Gmail asks every sender for SPF or DKIM. This message passed neither: the sending address is not in the SPF record, and there is no valid DKIM signature.',
    actor: 'you',
    remedy: [...FIX_SPF.slice(0, 2), ...FIX_DKIM.slice(0, 2)],
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: [
      {
        text: [
          'because the sender is unauthenticated',
          'because it is unauthenticated',
          'does not have authentication information or fails to pass',
          'authenticate with either spf or dkim',
          'p=unauthenticatedemail',
        ],
      },
      { enhanced: ['x.7.26'], hosts: HOSTS },
      { enhanced: ['x.7.26'], text: ['gsmtp'] },
    ],
    examples: [
      '550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM. 550-5.7.26 DKIM = did not pass - gsmtp',
      '550-5.7.1 This message does not have authentication information or fails to pass 550-5.7.1 authentication checks. To best protect our users from spam, the 550 5.7.1 message has been blocked. - gsmtp',
      '421-4.7.26 This mail has been rate limited because it is unauthenticated. Gmail requires all senders to authenticate',
    ],
  },
  {
    id: 'google-bulk-spf',
    category: 'authenticationPolicy',
    title: 'Gmail: SPF did not pass, bulk senders need it',
    meaning:
      'Whoever sends some 5,000 messages a day to Gmail must pass SPF for the envelope sender’s domain; this message did not. 4.7.27 slows down, 5.7.27 refuses.',
    actor: 'you',
    remedy: FIX_SPF,
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: [
      { text: ["spf authentication didn't pass", "didn't pass spf", 'did not pass spf'] },
      { enhanced: ['x.7.27'], hosts: HOSTS },
      { enhanced: ['x.7.27'], text: ['gsmtp'] },
    ],
    examples: [
      "421-4.7.27 Your email has been rate limited because SPF authentication didn't pass for this message. Gmail requires all bulk email senders to authenticate their email with SPF. - gsmtp",
      "550-5.7.27 This message was blocked because it didn't pass SPF authentication. Gmail requires bulk email senders to authenticate their email with SPF.",
    ],
  },
  {
    id: 'google-bulk-dkim',
    category: 'authenticationPolicy',
    title: 'Gmail: DKIM did not pass, bulk senders need it',
    meaning:
      'Whoever sends some 5,000 messages a day to Gmail must sign with DKIM; this message had no valid signature. 4.7.30 slows down, 5.7.30 refuses.',
    actor: 'you',
    remedy: FIX_DKIM,
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: [
      { text: ["dkim authentication didn't pass", "didn't pass dkim", 'did not pass dkim'] },
      { enhanced: ['x.7.30'], hosts: HOSTS },
      { enhanced: ['x.7.30'], text: ['gsmtp'] },
    ],
    examples: [
      "550-5.7.30 This message was blocked because it didn't pass DKIM authentication. Gmail requires bulk email senders to authenticate their email with DKIM. - gsmtp",
      "421-4.7.30 Your email has been rate limited because DKIM authentication didn't pass for this message.",
    ],
  },
  {
    id: 'google-bulk-dmarc-missing',
    category: 'authenticationPolicy',
    title: 'Gmail: the domain has no DMARC record',
    meaning:
      'Whoever sends some 5,000 messages a day to Gmail must publish a DMARC policy for the domain in From:; `p=none` is enough.',
    actor: 'you',
    remedy: [
      'Publish one: a TXT record at `_dmarc.DOMAIN` with `v=DMARC1; p=none; rua=mailto:dmarc@DOMAIN`.',
      'Read the reports for some weeks, then raise the policy to quarantine or reject.',
    ],
    retry: 'afterFix',
    links: ['https://support.google.com/a/answer/2466580', GOOGLE_ERRORS],
    match: {
      text: [
        "sending domain doesn't have a dmarc record",
        'sending domain does not have a dmarc record',
        "dmarc record doesn't specify a dmarc policy",
      ],
    },
    examples: [
      "550-5.7.40 Your message was blocked because the sending domain doesn't have a DMARC record or the DMARC record doesn't specify a DMARC policy. - gsmtp",
    ],
  },
  {
    id: 'google-alignment',
    category: 'authenticationPolicy',
    title: 'Gmail: From: is of another domain than SPF and DKIM',
    meaning:
      'SPF or DKIM may pass, but for a domain that is not the one in From:. DMARC calls this not aligned, and Gmail asks bulk senders for it.',
    actor: 'you',
    remedy: FIX_DMARC.slice(1),
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: [
      { text: ["isn't aligned with either the authenticated", 'not aligned with either the auth'] },
      { enhanced: ['x.7.32'] },
    ],
    examples: [
      "421-4.7.32 Your email has been rate limited because the From: header (RFC 5322) in this message isn't aligned with either the authenticated SPF or DKIM organizational domain. - gsmtp",
    ],
  },
  {
    id: 'google-spf-suspicious',
    category: 'authenticationPolicy',
    title: 'Gmail: the SPF record has suspicious entries',
    meaning:
      'The SPF record of the sending domain allows too much, such as +all or whole networks of strangers, or includes a domain that spammers use.',
    actor: 'you',
    remedy: [
      'Look at the record and at every record that it includes: `dig +short TXT DOMAIN`.',
      'Take out `+all`, wide address ranges and services that no longer send for you.',
    ],
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: { text: ['spf record of the sending domain has*suspicious'] },
    examples: [
      '550 5.7.24 The SPF record of the sending domain has one or more suspicious entries. For more information, go to Email sender guidelines - gsmtp',
    ],
  },
  {
    id: 'google-ptr',
    category: 'reverseDns',
    title: 'Gmail: the sending address has no PTR record',
    meaning:
      'The address that sends has no reverse name, or the name does not lead back to the address. Gmail refuses or slows such senders.',
    actor: 'you',
    remedy: SET_PTR,
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: [
      {
        text: [
          'does not have a ptr record',
          "doesn't have a ptr record",
          'ipv6 sending guidelines regarding ptr',
        ],
      },
      { enhanced: ['x.7.25', 'x.7.23'], hosts: HOSTS },
      { enhanced: ['x.7.25', 'x.7.23'], text: ['gsmtp'] },
    ],
    examples: [
      '550-5.7.25 [192.0.2.202] The IP address sending this message does not have a 550-5.7.25 PTR record setup, or the corresponding forward DNS entry does not 550-5.7.25 point to the sending IP. - gsmtp',
      '550-5.7.1 [2001:db8::1] Our system has detected that this message does 550-5.7.1 not meet IPv6 sending guidelines regarding PTR records and authentication. - gsmtp',
    ],
  },
  {
    id: 'google-no-tls',
    category: 'tls',
    title: 'Gmail: the message came without TLS',
    meaning:
      'Gmail asks bulk senders to encrypt, and a Workspace customer may demand it of everybody. This connection was in clear text.',
    actor: 'you',
    remedy: [
      'Let the mail server use STARTTLS whenever it is offered (that is the default of Exim and Postfix).',
      'Look in the log for a TLS handshake with google.com that failed, and at firewalls that remove STARTTLS from the replies.',
    ],
    retry: 'afterFix',
    links: [GOOGLE_GUIDELINES, GOOGLE_ERRORS],
    match: [
      {
        text: [
          "you're not using a tls connection",
          "wasn't sent over a tls connection",
          'tls required for rcpt domain',
        ],
      },
      { enhanced: ['x.7.29'], hosts: HOSTS },
    ],
    examples: [
      "421-4.7.29 Your email has been rate limited because you're not using a TLS connection. Gmail requires all bulk email senders to use TLS/SSL - gsmtp",
      '421 4.7.0 TLS required for RCPT domain, closing connection. - gsmtp',
    ],
  },
]
