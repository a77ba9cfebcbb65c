import assert from 'node:assert/strict'

import { readLine, readLines } from '../../../src/journal/exim/read.ts'
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
    `${AT} H=(x) [1.2.3.4] Warning: \\342\\200\\256\\777\\q\\`,
  ],
  dictionary: [
    ...['\n', '\\', '"', ' ', ': ', '<', '>', '(', ')', '[', ']', '=> ', '** ', '== ', '<= '],
    ...['H=', 'I=[', 'F=<', 'X=', 'T="', 'A=', ' for ', ' defer (', 'Completed', 'rejected RCPT'],
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
  },
}

const HARMFUL = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u
