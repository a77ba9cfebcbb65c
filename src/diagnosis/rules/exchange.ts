/** Exchange and Exchange Online: recipients, restrictions, connectors, logins, the store. */
import { MICROSOFT_ERRORS } from './links.ts'
import { CHECK_ADDRESS, ASK_THEIR_ADMIN } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

const HOSTS = [
  'outlook.com',
  'hotmail.com',
  'live.com',
  'office365.com',
  'msn.com',
  'microsoft.com',
]

export const EXCHANGE: readonly Rule[] = [
  {
    id: 'microsoft-recipient-address-rejected',
    category: 'mailboxUnknown',
    title: 'Exchange Online: no such recipient in the tenant',
    meaning:
      'Directory based edge blocking: the domain is at Exchange Online, and the address is not known there (5.4.1 “Access denied”). It is not about the sender.',
    actor: 'sender',
    remedy: [
      ...CHECK_ADDRESS,
      'Your own tenant, and the user exists? Wait for the directory to synchronise, or set the domain to “internal relay”.',
    ],
    retry: 'never',
    links: [
      'https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/use-directory-based-edge-blocking',
      MICROSOFT_ERRORS,
    ],
    match: [
      {
        text: ['recipient address rejected: access denied'],
        enhanced: ['5.4.1', '4.4.1'],
      },
      {
        text: [
          'recipient not found by smtp address lookup',
          'resolver.adr.recipientnotfound',
          'resolver.adr.exrecipnotfound',
          'resolver.adr.recipnotfound',
          'recipientnotfound',
        ],
      },
      { enhanced: ['5.1.10'], hosts: HOSTS },
    ],
    examples: [
      '550 5.4.1 [user@example.org]: Recipient address rejected: Access denied. [mx.prod.protection.outlook.com]',
      '550 5.4.1 Recipient address rejected: Access denied. AS(201806281)',
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
      '550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found',
    ],
  },
  {
    id: 'microsoft-relay-tenant-attribution',
    category: 'relayDenied',
    title: 'Exchange Online: the tenant does not know the sender',
    meaning:
      'The address or certificate that connects matches no connector of the tenant, so Exchange Online will not relay (5.7.64 TenantAttribution).',
    actor: 'you',
    remedy: [
      'In the Exchange admin center, Mail flow, Connectors: put this server’s address or certificate name into the inbound connector.',
      'Send only for accepted domains of the tenant.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      { text: ['tenantattribution', 'tenant attribution'] },
      { enhanced: ['5.7.64', '5.7.367'], hosts: HOSTS },
    ],
    examples: ['550 5.7.64 TenantAttribution; Relay Access Denied SMTP'],
  },
  {
    id: 'microsoft-sender-restrictions',
    category: 'recipientRestricted',
    title: 'Exchange: a delivery restriction of the recipient',
    meaning:
      'The mailbox or group takes mail only from certain senders, or only from those logged in at the organisation.',
    actor: 'recipientProvider',
    remedy: [
      'Have their administrator open “message delivery restrictions” of the recipient for your address.',
      'Write to a person instead of the group.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      {
        text: [
          'resolver.rst',
          'sender not authenticated for group',
          'sender not authenticated for mailbox',
          'delivery restriction check failed',
          'delivery not authorized',
        ],
        without: ['recipsizelimit', 'sizelimit'],
      },
      { enhanced: ['5.7.12', '5.7.13', '5.7.129', '5.7.133-136'], hosts: HOSTS },
    ],
    examples: [
      '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated',
      '550 5.7.1 RESOLVER.RST.AuthRequired; authentication required',
    ],
  },
  {
    id: 'microsoft-transport-rule',
    category: 'policy',
    title: 'Exchange: a mail flow rule of the organisation',
    meaning:
      'The administrator of the recipient’s (or your own) organisation set a rule that refuses this message.',
    actor: 'recipientProvider',
    remedy: ASK_THEIR_ADMIN,
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: [
      { text: ['transport.rules.rejectmessage', 'transportrules'] },
      { text: ['routing.'], enhanced: ['5.7.900-999'] },
    ],
    examples: [
      '550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy',
    ],
  },
  {
    id: 'microsoft-anonymous-mail',
    category: 'authenticationRequired',
    title: 'Exchange: no mail from clients that do not log in',
    meaning:
      'The connector that was reached takes mail from logged-in clients only (5.7.57): it is the submission service, or a receive connector without “anonymous users”.',
    actor: 'you',
    remedy: [
      'A device or program: log in with a mailbox at smtp.office365.com, port 587, and have SMTP AUTH allowed for it.',
      'A server: use the domain’s MX host (`dig +short MX DOMAIN`) instead.',
      'Your own Exchange: allow anonymous users on the receive connector for the internet.',
    ],
    retry: 'afterFix',
    links: [
      'https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365',
      MICROSOFT_ERRORS,
    ],
    match: [
      {
        text: ['client was not authenticated to send', 'not authenticated to send anonymous mail'],
      },
      { enhanced: ['5.7.57'] },
    ],
    examples: [
      '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM [AM6PR0732BE0065.eurprd07.prod.outlook.com]',
    ],
  },
  {
    id: 'microsoft-smtp-auth-disabled',
    category: 'loginFailed',
    title: 'Microsoft 365: SMTP AUTH is turned off',
    meaning:
      'The login may be right, but the tenant or the mailbox does not allow SMTP AUTH, or basic authentication has been retired for it (5.7.139).',
    actor: 'you',
    remedy: [
      'Allow “Authenticated SMTP” for the mailbox in the admin center, and see that security defaults do not forbid it.',
      'Use OAuth where basic authentication no longer works.',
    ],
    retry: 'afterFix',
    links: [
      'https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission',
    ],
    match: {
      text: [
        'smtpclientauthentication is disabled',
        'basic authentication is disabled',
        'user credentials were incorrect',
        'security defaults policy',
        'authentication unsuccessful*outlook',
        'authentication unsuccessful*office365',
        'authentication unsuccessful',
      ],
    },
    examples: [
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled',
      '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.',
      '535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.exchangelabs.com]',
    ],
  },
  {
    id: 'microsoft-storedrv-quota',
    category: 'mailboxFull',
    title: 'Exchange: the mailbox is full',
    meaning:
      'The store refused the message because the quota of the mailbox is used up (STOREDRV, ShutoffQuotaExceeded).',
    actor: 'recipient',
    remedy: [
      'Tell the recipient by another way to empty the mailbox and its deleted items, or to have the quota raised.',
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: { text: ['quotaexceeded', 'storedrv*mailbox full', 'storedrv*quota'] },
    examples: [
      '550 5.2.2 STOREDRV.Deliver: mailbox full. The following information should help identify the cause: "MapiExceptionShutoffQuotaExceeded"',
    ],
  },
  {
    id: 'microsoft-storedrv',
    category: 'mailboxDisabled',
    title: 'Exchange: the store would not take the message',
    meaning:
      'The mailbox is disabled, has no licence, or a forwarding or inbox rule of it failed (STOREDRV.Deliver, 5.2.0).',
    actor: 'recipientProvider',
    remedy: [
      'Have their administrator look at the mailbox: licence, state, inbox rules, forwarding.',
      ...ASK_THEIR_ADMIN.slice(0, 1),
    ],
    retry: 'afterFix',
    links: [MICROSOFT_ERRORS],
    match: {
      text: ['storedrv.deliver', 'accountdisabled', 'mapiexception'],
      without: ['thread limit'],
    },
    examples: [
      '550 5.7.13 STOREDRV.Deliver.Exception:AccountDisabledException.MapiExceptionADUserDisabledAndHidden',
    ],
  },
  {
    id: 'microsoft-forwarding-blocked',
    category: 'policy',
    title: 'Exchange Online: forwarding to the outside is off',
    meaning:
      'The recipient forwards mail to another provider, and the organisation does not allow that.',
    actor: 'recipientProvider',
    remedy: [
      'Have their administrator allow external forwarding in the outbound spam policy, or the recipient turn it off.',
    ],
    retry: 'afterFix',
    links: [
      'https://learn.microsoft.com/en-us/defender-office-365/outbound-spam-policies-external-email-forwarding',
    ],
    match: [
      {
        text: [
          'your organization does not allow external forwarding',
          'does not allow external forwarding',
        ],
      },
      { enhanced: ['5.7.520'] },
    ],
    examples: [
      '550 5.7.520 Access denied, Your organization does not allow external forwarding. Please contact your administrator for further assistance. AS(7555)',
    ],
  },
]
