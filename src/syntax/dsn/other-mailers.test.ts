/** Bounces in prose, of groupware, gateways and providers. */
import { ORIGINAL, testForms } from '../testing/bounce-forms.ts'

testForms({
  'IIS and Outlook.com': {
    subject: 'Delivery Status Notification (Failure)',
    body: `This is an automatically generated Delivery Status Notification.

Delivery to the following recipients failed.

       bob@example.net
       carol@example.org

`,
    recipients: [{ address: 'bob@example.net' }, { address: 'carol@example.org' }],
  },
  Gmail: {
    subject: 'Delivery Status Notification (Failure)',
    body: `Delivery to the following recipient failed permanently:

     bob@example.net

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server for the recipient domain example.net by mx.example.net. [192.0.2.9].

The error that the other server returned was:
550 5.1.1 <bob@example.net>: no such user

----- Original message -----

${ORIGINAL}`,
    recipients: [
      { address: 'bob@example.net', code: 550, status: '5.1.1', remoteHost: 'mx.example.net' },
    ],
  },
  'Gmail, of today': {
    body: `
** Address not found **

Your message wasn't delivered to bob@example.net because the address couldn't be found, or is unable to receive mail.

Learn more here: https://support.google.com/mail/?p=NoSuchUser

The response was:

550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos.
`,
    recipients: [{ address: 'bob@example.net', code: 550, status: '5.1.1' }],
  },
  Yahoo: {
    subject: 'Failure Notice',
    body: `Sorry, we were unable to deliver your message to the following address.

<bob@example.net>:
Remote host said:
554 5.7.9 Message not accepted for policy reasons.
 [RCPT_TO]

--- Below this line is a copy of the message.

${ORIGINAL}`,
    recipients: [{ address: 'bob@example.net', code: 554, status: '5.7.9', phase: 'rcpt' }],
  },
  'GMX and 1&1': {
    body: `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

"bob@example.net":
SMTP error from remote server after RCPT command:
host: mx.example.net
5.1.1 <bob@example.net>... User Unknown

--- The header of the original message is following. ---

${ORIGINAL}`,
    recipients: [
      { address: 'bob@example.net', status: '5.1.1', remoteHost: 'mx.example.net', phase: 'rcpt' },
    ],
  },
  'Mail.ru, in two languages': {
    subject: '=?UTF-8?B?0JLQsNGI0LUg0YHQvtC+0LHRidC10L3QuNC1?=',
    body: `Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.

К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:

  bob@example.net
    SMTP error from remote mail server after RCPT TO:<bob@example.net>:
    host mx.example.net [192.0.2.9]: 550 5.2.2 Mailbox Full

**********************

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bob@example.net
    SMTP error from remote mail server after RCPT TO:<bob@example.net>:
    host mx.example.net [192.0.2.9]: 550 5.2.2 Mailbox Full

------ This is a copy of the message, including all the headers. ------

${ORIGINAL}`,
    recipients: [{ address: 'bob@example.net', code: 550, status: '5.2.2' }],
  },
  Zoho: {
    body: `This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

bob@example.net Invalid Address, ERROR_CODE :550, ERROR_CODE :5.2.1 User Unknown
carol@example.org Error, ERROR_CODE :421, ERROR_CODE :, Host not reachable.

${ORIGINAL}`,
    recipients: [
      { address: 'bob@example.net', code: 550, status: '5.2.1' },
      { address: 'carol@example.org', code: 421, diagnostic: /Host not reachable/ },
    ],
  },
  OpenSMTPD: {
    subject: 'Delivery status notification: error',
    body: `    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

bob@example.net: 550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown
carol@example.org: Network error on destination MXs

    Below is a copy of the original message:

${ORIGINAL}`,
    reporter: 'opensmtpd',
    recipients: [
      { address: 'bob@example.net', code: 550, status: '5.1.1' },
      { address: 'carol@example.org', diagnostic: /^Network error on destination MXs$/ },
    ],
  },
  'DragonFly Mail Agent': {
    body: `This is the DragonFly Mail Agent v0.13 at mx.example.

There was an error delivering your mail to <bob@example.net>.

mx.example.net [192.0.2.9] did not like our RCPT TO:
550 5.1.1 <bob@example.net>: User unknown

Original message follows.

${ORIGINAL}`,
    reporter: 'dma',
    recipients: [
      {
        address: 'bob@example.net',
        code: 550,
        status: '5.1.1',
        phase: 'rcpt',
        remoteHost: 'mx.example.net',
      },
    ],
  },
  Courier: {
    subject: 'NOTICE: mail delivery status.',
    body: `This is a delivery status notification from mx.example,
running the Courier mail server, version 0.65.2.

The original message was received on Fri, 20 Nov 2026 09:00:00 +0000
from [127.0.0.1]

---------------------------------------------------------------------------

                           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<bob@example.net>:
    mx.example.net [192.0.2.9]:
>>> MAIL FROM:<jane@example.com>
<<< 550 5.7.1 Sender refused

---------------------------------------------------------------------------

If your message was also sent to additional recipients, their delivery
status is not included in this report.
`,
    reporter: 'courier',
    recipients: [
      {
        address: 'bob@example.net',
        code: 550,
        status: '5.7.1',
        phase: 'mail',
        remoteHost: 'mx.example.net',
        without: /additional recipients/,
      },
    ],
  },
  Domino: {
    subject: 'DELIVERY FAILURE: User bob (bob@example.net) not listed in Domino Directory',
    body: `Your message

  Subject: Lunch

was not delivered to:

  bob@example.net

because:

  User bob (bob@example.net) not listed in Domino Directory

`,
    reporter: 'domino',
    recipients: [
      { address: 'bob@example.net', diagnostic: /^(?:because: )?User bob .*not listed/ },
    ],
  },
  'Lotus Notes': {
    body: `------- Failure Reasons  --------

User not listed in public Name & Address Book
bob@example.net

------- Returned Message --------

${ORIGINAL}`,
    recipients: [{ address: 'bob@example.net', diagnostic: /not listed in public Name/ }],
  },
  GroupWise: {
    subject: 'Message status - undeliverable',
    body: `The message that you sent was undeliverable to the following:
\tbob@example.net (user not found)
`,
    recipients: [{ address: 'bob@example.net', diagnostic: /user not found/ }],
  },
  'IMail and smtp32': {
    subject: 'Undeliverable Mail',
    body: `Unknown user: bob@example.net

RCPT TO generated following response:
550 <bob@example.net> no such user

Unknown user: carol@example.org

RCPT TO generated following response:
553 5.3.0 <carol@example.org>... Addressee unknown, relay=[192.0.2.9]

Original message follows.

${ORIGINAL}`,
    recipients: [
      { address: 'bob@example.net', code: 550, phase: 'rcpt' },
      { address: 'carol@example.org', code: 553, status: '5.3.0', phase: 'rcpt' },
    ],
  },
  'IMail, undeliverable to': {
    body: 'undeliverable to bob@example.net\n\nBody of message generated response:\n550 Blacklisted URL in message\n\nOriginal message follows.\n\nx\n',
    recipients: [{ address: 'bob@example.net', code: 550, phase: 'endOfData' }],
  },
  hMailServer: {
    body: `Your message did not reach some or all of the intended recipients.

   Sent: Fri, 20 Nov 2026 09:00:00 +0000
   Subject: Lunch

The following recipient(s) could not be reached:

bob@example.net
   Error Type: SMTP
   Remote server (192.0.2.9) issued an error.
   hMailServer sent: RCPT TO:<bob@example.net>
   Remote server replied: 550 5.1.1 <bob@example.net>... User unknown

hMailServer
`,
    recipients: [
      {
        address: 'bob@example.net',
        code: 550,
        status: '5.1.1',
        phase: 'rcpt',
        remoteHost: '192.0.2.9',
      },
    ],
  },
  MDaemon: {
    from: 'MDaemon@example.org',
    subject: 'Permanent Delivery Failure',
    body: `The attached message had PERMANENT fatal delivery errors!

Failed address: bob@example.net

--- Session Transcript ---
 Fri 2026-11-20 09:00:01: Attempting SMTP connection to [192.0.2.9:25]
 Fri 2026-11-20 09:00:01: --> EHLO example.org
 Fri 2026-11-20 09:00:01: <-- 250 OK
 Fri 2026-11-20 09:00:01: --> MAIL From:<alice@example.org>
 Fri 2026-11-20 09:00:01: <-- 250 OK
 Fri 2026-11-20 09:00:01: --> RCPT To:<bob@example.net>
 Fri 2026-11-20 09:00:01: <-- 550 No such user here
--- End Transcript ---
`,
    recipients: [
      {
        address: 'bob@example.net',
        code: 550,
        phase: 'rcpt',
        remoteHost: '192.0.2.9',
        diagnostic: /^550 No such user here$/,
      },
    ],
  },
  'GroupWise, names without a domain': {
    from: 'Mailer-Daemon@example.net',
    subject: 'Message status - undeliverable',
    body: `The message that you sent was undeliverable to the following:
	bob (User account is expired)
	carol (mailbox is full)
`,
    recipients: [
      { address: 'bob@example.net', diagnostic: /^User account is expired$/ },
      { address: 'carol@example.net', diagnostic: /^mailbox is full$/ },
    ],
  },
  'Verizon, who names it in a field only': {
    from: 'post_master@vtext.example',
    subject: 'Undeliverable Message',
    body: `Message could not be delivered to mobile.
Error: No valid recipients for this MM

Your message:
 From: alice@example.org
 To: 5551234567@vtext.example
`,
    recipients: [{ address: '5551234567@vtext.example', diagnostic: /No valid recipients/ }],
  },
  'Exchange in Spanish, without a report': {
    from: 'Microsoft Outlook <postmaster@example.net>',
    subject: 'No se puede entregar: Oferta',
    body: `No se pudo realizar la entrega a estos destinatarios o grupos:

bob@example.net
No se encontró la dirección.

Información de diagnóstico para los administradores:

bob@example.net
Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'
`,
    recipients: [{ address: 'bob@example.net', code: 550, status: '5.1.1' }],
  },
  'InterMail, who tells of every cause there could be': {
    subject: 'Mail System Error - Returned Mail',
    body: `This message was undeliverable due to the following reason:

Your message was not delivered because the destination computer refused
to accept it. It could be caused by your message since some mail systems
refuse messages with invalid header information, or if they are too large.

     Error message below:
     550 - Requested action not taken: no such user here

Please reply to Postmaster@mx.example if you feel this message to be in error.

Reporting-MTA: dns; mx.example
Final-Recipient: rfc822; bob@example.net
`,
    recipients: [
      { address: 'bob@example.net', code: 550, diagnostic: /no such user/, without: /header/ },
    ],
  },
})
