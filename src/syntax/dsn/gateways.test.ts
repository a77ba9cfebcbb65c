/** Bounces in prose, of gateways and providers. */
import { ORIGINAL, testForms } from '../testing/bounce-forms.ts'

testForms({
  'MailMarshal, the reason first': {
    body: `Your message:
   From:    jane@example.com
   Subject: Lunch

Could not be delivered because of

550 5.1.1 User unknown

The following recipients were affected:
    bob@example.net

Additional Information
======================
Original Sender:    <jane@example.com>
Sender-MTA:         <192.0.2.250>
`,
    recipients: [{ address: 'bob@example.net', code: 550, status: '5.1.1' }],
  },
  MDaemon: {
    subject: 'Warning: bob@example.net - User unknown!',
    from: 'MDaemon@mx.example',
    body: 'bob@example.net - no such user here.\n\nThere is no user by that name at this server.\n\n: Message contains [1] file attachments\n',
    reporter: 'mdaemon',
    recipients: [{ address: 'bob@example.net', diagnostic: /no such user here/ }],
  },
  MailEnable: {
    subject: 'Message Delivery Failure',
    body: `MailEnable: Message Delivery Failure.

The following recipient(s) could not be reached:

\tRecipient: [SMTP:bob@example.net]
\tReason: The message could not be delivered because the domain name (example.net) does not appear to be registered.

Message headers follow:

${ORIGINAL}`,
    recipients: [{ address: 'bob@example.net', diagnostic: /does not appear to be registered/ }],
  },
  SmarterMail: {
    subject: 'Delivery Failure',
    body: `Could not deliver message to the following recipient(s):

Failed Recipient: bob@example.net
Reason: Remote host said: 550 5.1.1 User unknown

   -- The header and top 20 lines of the message follows --

${ORIGINAL}`,
    recipients: [{ address: 'bob@example.net', code: 550, status: '5.1.1', without: /laptop/ }],
  },
  InterScan: {
    body: `****** Message from InterScan Messaging Security Suite ******

Sent >>> RCPT TO:<bob@example.net>
Received <<< 550 5.1.1 <bob@example.net>... User unknown

Unable to deliver message to <bob@example.net>.

************************     End of message     **********************
`,
    recipients: [{ address: 'bob@example.net', code: 550, status: '5.1.1', phase: 'rcpt' }],
  },
  'Sun Messaging Server': {
    subject: 'Delivery Notification: Delivery has failed',
    body: `This report relates to a message you sent with the following header fields:

  Message-id: <a1@example.com>
  Date: Fri, 20 Nov 2026 09:00:00 +0000
  From: jane@example.com
  To: friends@example.com
  Subject: Lunch

Your message cannot be delivered to the following recipients:

  Recipient address: bob@example.net
  Reason: Remote SMTP server has rejected address
  Diagnostic code: smtp;550 5.1.1 User Unknown
  Remote system: dns;mx.example.net (TCP|192.0.2.1|47323|192.0.2.9|25) (mx.example.net ESMTP)

`,
    recipients: [
      {
        address: 'bob@example.net',
        code: 550,
        status: '5.1.1',
        remoteHost: 'mx.example.net',
        diagnostic: /Remote SMTP server has rejected address/,
      },
    ],
  },
  'a gateway that tells of the response in brackets': {
    subject: 'There was an error sending your mail',
    body: `We had trouble delivering your message. Full details follow:

Subject: 'Lunch'
Date: 'Fri, 20 Nov 2026 09:00:00 +0000'

1 error(s):

SMTP Server <mx.example.net> rejected recipient <bob@example.net>
  (Error following RCPT command). It responded as follows: [550 5.1.1 unknown user]
`,
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
  'a mailer that puts the reason in square brackets': {
    subject: 'Returned Mail: User unknown',
    body: `The original message was received at Fri, 20 Nov 2026 09:00:00 +0000 (JST)
from jane@example.com

---The following addresses had delivery errors---

bob@example.net [User unknown]
carol@example.org [Mailbox full]
`,
    recipients: [
      { address: 'bob@example.net', diagnostic: /User unknown/, without: /Mailbox/ },
      { address: 'carol@example.org', diagnostic: /Mailbox full/ },
    ],
  },
  'a mailer with a bullet, and the details apart': {
    body: `============================================================================
      This is an automatically generated Delivery Status Notification.

Delivery to the following recipients failed permanently:

   * bob@example.net

============================================================================
                             Technical details:

SMTP:RCPT host 192.0.2.9: 553 5.3.0 <bob@example.net>... No such user here

============================================================================
`,
    recipients: [
      {
        address: 'bob@example.net',
        code: 553,
        status: '5.3.0',
        phase: 'rcpt',
        remoteHost: '192.0.2.9',
      },
    ],
  },
  'Netscape, the reason first': {
    body: `This Message was undeliverable due to the following reason:

Your message was not delivered because the destination computer was
not reachable within the allowed queue period.

Your message was not delivered within 2 days.
Host mx.example.net is not responding.

The following recipients did not receive your message:

     <bob@example.net>
The following recipients did not receive your message:

     <carol@example.org>

Please reply to Postmaster@mx.example
if you feel this message to be in error.
`,
    recipients: [
      { address: 'bob@example.net', diagnostic: /not reachable within/ },
      { address: 'carol@example.org', diagnostic: /not reachable within/ },
    ],
  },
  'a group of addresses over one reason': {
    body: `Sorry, unable to deliver your message to bob@example.net for
the following reason:

 552 Quota violation for carol@example.org

A copy of the original message below this line:

${ORIGINAL}`,
    recipients: [
      { address: 'bob@example.net', code: 552 },
      { address: 'carol@example.org', code: 552 },
    ],
  },
  'KDDI, a rejection without a code': {
    body: `Your mail sent on: Fri, 20 Nov 2026 09:00:00 +0000
     Could not be delivered to: <bob@example.net>
     As their mailbox is full.
`,
    recipients: [{ address: 'bob@example.net', diagnostic: /As their mailbox is full/ }],
  },
  'EZweb, the reason first': {
    subject: 'Mail System Error - Returned Mail',
    body: `The user(s) account is disabled.

<bob@example.net>: 550 user unknown (in reply to RCPT TO command)
`,
    recipients: [{ address: 'bob@example.net', code: 550, phase: 'rcpt', diagnostic: /disabled/ }],
  },
  'm-FILTER': {
    body: `bob@example.net

-------server message
550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown

-------SMTP command
RCPT TO

-------original message
${ORIGINAL}`,
    recipients: [{ address: 'bob@example.net', code: 550, status: '5.1.1', phase: 'rcpt' }],
  },
  'a member list that refuses strangers': {
    subject: 'You jane@example.com are not member (friends ML)',
    from: 'friends-admin@example.org',
    body: `You are not a member of this mailing list <friends@example.org>.

If you know the general guide of this list, please send mail with
the mail body

\tguide

to the address

\tfriends-ctl@example.org
`,
    recipients: [{ address: 'friends@example.org', diagnostic: /not a member/ }],
  },
  'a full mailbox in one sentence': {
    from: 'MAILER-DAEMON@mx.example',
    subject: 'Returned mail: Lunch',
    body: "User's mailbox is full: <bob@example.net>\nUnable to deliver mail.\n",
    recipients: [{ address: 'bob@example.net', diagnostic: /mailbox is full/ }],
  },
  'an address in quotes in a sentence': {
    body: `The following message, addressed to 'bob@example.net',
failed because it has not been collected after 30 days

---- START OF RETURNED MESSAGE ----
${ORIGINAL}`,
    recipients: [{ address: 'bob@example.net', diagnostic: /not been collected/, without: /noon/ }],
  },
})
