/** Exchange Online on the way in and out: versions of TLS, certificates, regions. */
import { MICROSOFT_ERRORS } from './links.ts'
import type { Rule } from '../reasons/rule.ts'

export const EXCHANGE_TLS: readonly Rule[] = [
  {
    id: 'tls-version-too-old',
    category: 'tls',
    title: 'TLS 1.0 or 1.1 is too old for the other server',
    meaning:
      'The server that sends offers no version of TLS newer than 1.1, and the other one takes TLS 1.2 at least (Exchange Online: 4.7.66).',
    actor: 'you',
    remedy: [
      'Update the mail server and its TLS library (OpenSSL 1.0.1 or later), or the device that sends.',
      'Is TLS 1.2 turned off? On Windows look at Schannel.',
      {
        exim: 'Look at `openssl_options` and `tls_require_ciphers`.',
        postfix: 'Look at `smtp_tls_protocols`.',
      },
      'Try it: `openssl s_client -starttls smtp -tls1_2 -connect HOST:25`.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      {
        text: [
          'tls 1.0*not supported',
          'tls 1.1*not supported',
          'tls 1.0*deprecated',
          'tls1.0*not supported',
          'tls 1.0*no longer',
        ],
      },
      { enhanced: ['x.7.66'] },
    ],
    examples: [
      '421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade/update your client to support TLS 1.2. Visit https://aka.ms/smtp_auth_tls.',
      '421 4.7.66 xyzzy',
    ],
  },
  {
    id: 'microsoft-wrong-region',
    category: 'configuration',
    title: 'Exchange Online: sent to the wrong region',
    meaning:
      'The message went to a host of Exchange Online that does not serve this tenant: an old or copied MX record or smarthost, or a connector that belongs to another tenant (4.4.62, ATTR35).',
    actor: 'recipientProvider',
    remedy: [
      'Sent by MX? Compare `dig +short MX DOMAIN` with what the Microsoft 365 admin center shows for the domain; their administrator corrects it.',
      'Sent to a smarthost set here? Set it to the MX host of the tenant’s own domain.',
      'Have the connector’s address or certificate checked: it must belong to one tenant only.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      { text: ['wrong office 365 region', 'wrong microsoft 365 region'] },
      { enhanced: ['x.4.62'] },
    ],
    examples: ['451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35', '550 5.4.62 xyzzy'],
  },
  {
    id: 'microsoft-send-as-denied',
    category: 'policy',
    title: 'Exchange: the account may not send as this address',
    meaning:
      'The account that sent has no right to use the address in From: (SendAsDenied). The recipient’s mailbox is not the point.',
    actor: 'sender',
    remedy: [
      'Send with the account’s own address.',
      'Or have your administrator give it “Send as” for the other mailbox or group (Exchange admin center, Delegation); it takes effect within an hour.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: { text: ['sendasdenied', 'send as denied'] },
    examples: [
      '554 5.2.252 SendAsDenied; alice@example.org not allowed to send as boss@example.org; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception',
    ],
  },
  {
    id: 'microsoft-tenant-block-list',
    category: 'policy',
    title: 'Exchange Online: your organisation blocks this recipient',
    meaning:
      'Your own organisation has the recipient’s address or domain on its Tenant Allow/Block List, so nobody in it may write there (5.7.703). One such recipient stops the message for all.',
    actor: 'you',
    remedy: [
      'Take the entry off the list: Defender portal, Policies & rules, Threat policies, Tenant Allow/Block Lists.',
      'Or send again without that recipient.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      {
        text: [
          'tenant allow block list',
          'tenant allow/block list',
          'blocked by your organization using tenant',
        ],
      },
      { enhanced: ['5.7.703'] },
    ],
    examples: [
      "550 5.7.703 Your message can't be delivered because messages to jane@example.org are blocked by your organization using Tenant Allow Block List.",
      '550 5.7.703 xyzzy',
    ],
  },
]
