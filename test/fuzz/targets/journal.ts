import assert from 'node:assert/strict'

import {
  type EximLog,
  readLine,
  readLines,
  readLogLine,
  readMessageAt,
} from '../../../src/journal/exim/read.ts'
import { type MailEvent, renderEvent } from '../../../src/journal/exim/write.ts'
import { UTC } from '../../../src/journal/zone.ts'
import type { FuzzTarget } from '../target.ts'

const AT = '2026-11-20 09:00:06'
const ID = '1vnYk2-00000000BQ5-1EaB'

export const target: FuzzTarget = {
  name: 'journal',
  seeds: [
    `${AT} ${ID} <= jane@example.com H=(laptop.lan) [192.0.2.3]:50214 I=[192.0.2.1]:465 P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no SNI="mail.example.com" A=plain:jane@example.com S=3573121 id=a1@laptop.lan T="Pro\\"posal" from <jane@example.com> for bob@example.net carol@example.com`,
    `${AT} ${ID} => carol (a@b, c@d) <carol@example.com> F=<> R=local T=mailbox S=1 mailbox="INBOX" C="250 ok" QT=1m7s DT=0.250s\n${AT} ${ID} Completed QT=7s`,
    `${AT} ${ID} == r@defer.test R=remote T=smtp defer (-44) H=x [127.100.0.5]: SMTP error\n${AT} ${ID} ** x@y: retry timeout exceeded`,
    `${AT}.712 +0100 [123] H=(spam) [203.0.113.9]:4242 F=<x@example.org> temporarily rejected RCPT <bob@example.net>: later`,
    `${AT} plain authenticator failed for (laptop) [203.0.113.9]:4242 I=[192.0.2.1]:465: 535 Incorrect authentication data (set_id=jane)`,
    '1999-03-02 09:44:33 10HmaX-0005vi-00 ** bad@test.ex R=bad : Temporary internal error',
    `${AT} [22] ${ID} U=jane F=<a@b> temporarily rejected after DATA: no\nEnvelope-from: <a@b>\nP Received: from x\n\tby y\n${'-'.repeat(20)}`,
    `${AT} rejected MAIL FROM:<a@b> H=(c) [192.0.2.3] I=[192.0.2.1]:25: message too big: size=9 max=8`,
    `${AT} SMTP protocol synchronization error (x): rejected "RSET" H=a (b) [192.0.2.3]:5 next input="H=[1.1.1.1]"`,
    `${AT} mx exim[2]: [1\\3] ${AT} SMTP connection from [192.0.2.3]:4 (TCP/IP connection count = 1)`,
    `${AT} ${ID} => |/bin/x -d "a b" <jane@x> R=p T=q H=m [192.0.2.1]:25* L. K C="250 \\"ok\\"" QT=3s`,
    `${AT} ${ID} ** "a b"@c <d@e> F=<> routing defer (-51) H=x [1.2.3.4]:25 DT=2s: 550 no QT=1m DT=0s\n${AT} ${ID} frozen by root`,
    `${AT} ${ID} H=mx [192.0.2.3] Connection refused\n${AT} exim 4.99 daemon started: pid=1\n${AT} rcpt for <a@b>`,
    `${AT} H=(x) [1.2.3.4] Warning: \\342\\200\\256\\777\\q\\`,
  ],
  dictionary: [
    ...['\n', '\\', '"', ' ', ': ', '<', '>', '(', ')', '[', ']', '=> ', '** ', '== ', '<= '],
    ...['H=', 'I=[', 'F=<', 'X=', 'T="', 'A=', ' for ', ' defer (', 'Completed', 'rejected RCPT'],
    ...[
      'U=',
      ' K',
      ' L.',
      ' QT=1s',
      ' DT=',
      'R=',
      '|',
      '[1/2] ',
      ' exim[1]: ',
      'rejected MAIL from ',
    ],
    ...['SMTP connection from ', 'Frozen', 'removed by ', '=> blackhole (', ' router: ', 'input="'],
    ...[' authenticator failed for ', 'PANIC: ', 'Warning: ', '\\040', AT, ID],
  ],
  run(octets) {
    const text = new TextDecoder('utf-8').decode(octets)
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    let number = 0
    readLines(text, UTC, (event) => {
      const line = lines[number++] ?? assert.fail('one event a line')
      assert.deepEqual(event, readLine(line, UTC), 'a line is read the same alone')
      if (event.type === 'unknown') return
      // What was read of a foreign line can be written, in one line, without harm.
      assert.doesNotMatch(renderEvent(event as MailEvent, UTC), HARMFUL)
    })
    assert.equal(number, lines.length)
    for (const log of ['main', 'reject', 'panic'] as const) keepsLines(lines, log)
    readMessageAt(text, 0, Math.min(20, text.length), text.length, 0)
  },
}

/** A line that is no event is kept as it is. */
function keepsLines(lines: readonly string[], log: EximLog): void {
  let afterLine = false
  for (const line of lines) {
    const read = readLogLine(line, 0, line.length, UTC, log, afterLine)
    if (read.type === 'unknown' || read.type === 'continuation') assert.equal(read.line, line)
    else afterLine = true
  }
}

const HARMFUL = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u
