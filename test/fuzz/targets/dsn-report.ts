import assert from 'node:assert/strict'

import { readReport } from '../../../src/syntax/dsn/report.ts'
import type { FuzzTarget } from '../target.ts'

const REPORT =
  'From: mailer-daemon@x\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n' +
  '--b\n\nThe following address(es) failed:\n\n  <bob@x.example>: 550 5.1.1 no\n--b\n' +
  'Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; bob@x.example\n' +
  'Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--b--\n'

export const target: FuzzTarget = {
  name: 'dsn-report',
  seeds: [
    REPORT,
    'From: MAILER-DAEMON@x\nX-Failed-Recipients: a@b.c, d@e.f\nSubject: failure notice\n\nHi. This is the qmail-send program.\n<a@b.c>:\n1.2.3.4 does not like recipient.\n',
    'Subject: Returned mail: user unknown\nContent-Type: text/html\n\n<style>x</style><p>&lt;a@b.c&gt; could not be delivered<br>550 5.7.1</p>',
    'From: fbl@x\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--',
    'From: a@b.c\nAuto-Submitted: auto-replied\n\naway',
    'From: mailer-daemon@x\nSubject: Returned mail\n\n   ----- The following addresses had permanent fatal errors -----\n<a@b.c>\n    (reason: 550-5.7.1 no)\n    (expanded from: <d@e.f>)\n\n   ----- Transcript of session follows -----\n... while talking to mx.b.c.:\n>>> DATA\n<<< 550-5.7.1 no\n<<< 550 5.7.1 never\n554 5.0.0 Service unavailable\n',
    'From: x@sns\n\n{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"a@b.c","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no"}]}}',
    'Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nYour message to <a@b.c> was automatically rejected:\nQuota exceeded\n--b\nContent-Type: message/disposition-notification\n\nDisposition: automatic-action; deleted\n--b--\n',
  ],
  dictionary: [
    ...['\n', '\n\n', '--b\n', ' ', ':', '<', '>', '@', '...', '550 ', '5.1.1', '421', '&lt;'],
    ...['Final-Recipient: rfc822; ', 'Status: ', 'Action: delayed', 'Diagnostic-Code: smtp; '],
    ...['Reporting-MTA: dns; ', 'host x [1.2.3.4] said: ', 'Unknown user: ', 'a@b.example'],
    ...['>>> RCPT TO:<', '<<< 550-', '(reason: ', '(expanded from: <', 'pipe to |', '"a b"@c.d'],
    ...['----- Original message -----', 'could not be delivered to', 'Content-Type: ', '<script>'],
  ],
  run(octets) {
    const { kind, recipients } = readReport(octets)
    assert.ok(kind === 'bounce' || recipients.length === 0)
    assert.ok(recipients.length <= 1000)
    for (const { code, status, diagnostic } of recipients) {
      assert.ok(code === null || (code >= 400 && code < 600))
      assert.ok(status === null || /^[245]\.\d{1,3}\.\d{1,3}$/.test(status))
      assert.ok(diagnostic === null || diagnostic.length <= 4000)
    }
  },
}
