import assert from 'node:assert/strict'

import type { Event, Unknown } from '../../../src/journal/event.ts'
import { PostfixReader } from '../../../src/journal/postfix/read.ts'
import type { FuzzTarget } from '../target.ts'

const ID = '4PbC4x469Jz3tBr'
const MX = 'mx.example.net[192.0.2.1]'
const TAIL = 'from=<a@example.org> to=<bob@example.net> proto=ESMTP helo=<mx>'

export const target: FuzzTarget = {
  name: 'postfix-log',
  seeds: [
    `smtpd ${ID}: client=${MX}:4242, sasl_method=PLAIN, sasl_username=a, b, orig_queue_id=3F2A1B0C4D, orig_client=x[::1]`,
    `cleanup ${ID}: message-id=<a@b>\nqmgr ${ID}: from=<a@b>, size=12, nrcpt=1 (queue active)\nqmgr ${ID}: removed`,
    `smtp ${ID}: to=<a@b>, orig_to=<c@d>, relay=${MX}:25, conn_use=2, delay=2.4, delays=0.29/0.02/0.01/2.1, tls=may?, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4PbC4z6W5Qz3tG3)`,
    `local 3F2A1B0C4D: to=bob, relay=local, delay=5, status=bounced (unknown user: "bob")\npickup ${ID}: uid=0 from=<root> orig_id=3F2A1B0C4D`,
    `smtpd NOQUEUE: reject: RCPT from ${MX}: 450 4.1.8 <a@b>: Sender address rejected; ${TAIL}\nsmtpd ${ID}: milter-reject: END-OF-MESSAGE from ${MX}: 5.7.1 x; ${TAIL}`,
    `cleanup ${ID}: warning: header Subject: =?utf-8?q?a?=? =?utf-8?b?YQ==?= from ${MX}; ${TAIL}: text\nsmtpd proxy-reject: END-OF-MESSAGE: 554 x; ${TAIL}`,
    `smtpd Anonymous TLS connection established from ${MX} to mail.example.com: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\nsmtpd ${ID}: client=${MX}`,
    `smtpd warning: ${MX}: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=a\nmaster fatal: bind: x\nsmtpd warning: hostname x does not resolve to address 192.0.2.1: y`,
    `postscreen PREGREET 14 after 0.08 from [192.0.2.1]:4242: EHLO\\r\\n\nanvil statistics: max connection rate 1/60s for (smtpd:192.0.2.1) at Oct 26\ndnsblog addr 192.0.2.1 listed by domain x as y`,
    `bounce ${ID}: sender non-delivery notification: 3F2A1B0C4D\npostsuper ${ID}: placed on hold\nqmgr ${ID}: from=<>, status=expired, returned to sender`,
    `amavis (1-2) Passed CLEAN, [192.0.2.1]:1 <a> -> <b>, Queue-ID: ${ID}, Hits: 1\npostgrey action=pass, client_address=192.0.2.1/32, x\nsmtpd message repeated 2 times: [ connect from ${MX}]`,
  ],
  dictionary: [
    ...['\n', ': ', ', ', '; ', '<', '>', '[', ']', '(', ')', '=', ' from ', ' to ', 'unknown'],
    ...[
      'to=<',
      'from=<',
      'relay=',
      'delays=',
      'status=',
      'sent (',
      'deferred (',
      'client=',
      'helo=<',
    ],
    ...[
      'NOQUEUE: ',
      'reject: ',
      'hold: ',
      'header ',
      'RCPT',
      'warning: ',
      'fatal: ',
      ID,
      '3F2A1B: ',
    ],
    ...[
      'smtpd ',
      'pipe ',
      'qmgr ',
      'postsuper ',
      'amavis ',
      'removed',
      ' TLS connection established ',
    ],
  ],
  run(octets) {
    const text = new TextDecoder('latin1').decode(octets)
    const together = new PostfixReader()
    const apart = new PostfixReader()
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf('\n', from)
      const end = newline < 0 ? text.length : newline
      const space = text.indexOf(' ', from)
      const at = space < 0 || space >= end ? from : space + 1
      const head = { atMs: 1, program: text.slice(from, Math.max(from, at - 1)), process: 7 }
      const line = text.slice(from, end)
      const event = together.read(head, text, at, end, from)
      const alone = apart.read(head, line, at - from, line.length, 0)
      assert.deepEqual(event, alone, 'a line is read the same alone')
      checkEvent(event, line)
      from = end + 1
    }
  },
}

function checkEvent(event: Event | Unknown, line: string): void {
  if (event.type === 'unknown') assert.equal(event.line, line)
  // Every text is cut of the line, a few of them twice; how the connection is encrypted is kept.
  assert.ok(charsOf(event) < 4 * line.length + 1000, 'an event is not larger than its line')
  if ('host' in event && event.host !== null) {
    const { name, helo, address, port } = event.host
    assert.ok(name !== null || helo !== null || address !== null, 'a host is somebody')
    assert.ok(port === null || (port >= 0 && port <= 0xffff))
  }
}

/** How long all texts in a value are. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  let chars = 0
  for (const part of Object.values(value)) chars += charsOf(part)
  return chars
}
