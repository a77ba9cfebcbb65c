import assert from 'node:assert/strict'

import type { LogLine } from '../../../src/journal/event.ts'
import {
  detectFormat,
  type LogFormat,
  logReader,
  type ReaderOptions,
} from '../../../src/journal/reader.ts'
import { UTC, zoneNamed } from '../../../src/journal/zone.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'log-reader',
  seeds: [
    '2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB <= a@b H=x [192.0.2.3] P=esmtp S=12\n  continued\n2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB Completed',
    'Mar  4 00:00:31 mail postfix/smtpd[123]: connect from x[192.0.2.3]\nMar  4 00:00:31.5 mail postfix/qmgr[1]: 3F2A1B0C4D: removed\r\n',
    'Mar 14 2019 00:00:31 mail dovecot: imap-login: Login: user=<b>, rip=1.2.3.4, lip=1.2.3.4\n2019 Mar 14 00:00:31 mail exim[12]: 2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB Completed',
    '2023-03-14T00:00:31.185246+01:00 mail postfix-out/smtp[9]: 3F2A1B0C4D: to=<a@b>, relay=none, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (x)\n2023-03-14T00:00:31Z mail CRON[1]: x',
    'Fri 2026-11-20 23:49:08 UTC mail dovecot[1]: master: Warning: x\n1700000000.123456 mail postfix/smtpd[1]: disconnect from x[1.2.3.4]',
    '<22>1 2026-11-20T23:49:08.5Z mail postfix/smtpd 12 ID1 [a b="]\\"]"] connect from x[192.0.2.3]\n<22>Nov 20 23:49:08 mail dovecot: x#011y#012z',
    '{"__REALTIME_TIMESTAMP":"1795165207500000","SYSLOG_IDENTIFIER":"postfix/qmgr","_PID":"12","MESSAGE":"3F2A1B0C4D: removed"}\n{"log":"Nov 20 23:51:20 imap-login: Info: x\\n","time":"2026-11-20T23:51:20.1Z"}\n{"MESSAGE":[97,98],"_COMM":"dovecot","__REALTIME_TIMESTAMP":"1"}',
    '@400000004c91b044077a9e94 dovecot-auth: pam_unix(dovecot:auth): authentication failure; rhost=192.0.2.3\nMar  4 00:00:31 <mail.info> mail mail.info dovecot: x',
    'Mar  4 00:00:31 mail postfix/smtpd[1]: [ID 197553 mail.info] connect from x[1.2.3.4]\nMar  4 00:00:31 mail last message repeated 3 times\nFeb 29 12:00:00 a b: c',
    '2026-11-20 09:00:06 H=(x) [1.2.3.4] rejected RCPT <a@b>: no\nEnvelope-from: <a@b>\n  Subject: x\n\n2026-11-20 23:51:18 imap-login: Info: Login: user=<b>, rip=1.2.3.4',
  ],
  dictionary: [
    ...[
      '\n',
      '\r',
      '\t',
      ' ',
      '  ',
      ': ',
      '[',
      ']',
      '<',
      '>',
      '(',
      ')',
      '-',
      '.',
      'T',
      'Z',
      '+01:00',
    ],
    ...['{"', '"}', '"MESSAGE":"', '"log":"', '\\n', '#011', '#012', '<22>', '1 ', '@40000000'],
    ...['Mar  4 00:00:31 ', 'Feb 29 ', '2026-11-20 09:00:06', '2023-03-14T00:00:31', ' mail '],
    ...[
      'postfix/smtpd[1]: ',
      'dovecot: ',
      'exim[12]: ',
      'imap-login: Info: ',
      ' UTC ',
      'mail.info',
    ],
  ],
  run(octets) {
    const text = Buffer.from(octets).toString('latin1')
    for (const options of OPTIONS) checkAll(text, options)
    const format = detectFormat(text)
    assert.ok(format === null || FORMATS.has(format))
  },
}

const FORMATS = new Set<LogFormat>(['exim', 'postfix', 'dovecot'])
const LATEST_MS = Date.UTC(2026, 11, 31)
const OPTIONS: readonly ReaderOptions[] = [
  { format: 'auto', zone: UTC, latestMs: LATEST_MS, log: 'main' },
  { format: 'auto', zone: zoneNamed('Europe/Berlin'), latestMs: LATEST_MS, log: 'reject' },
  { format: 'exim', zone: UTC, latestMs: LATEST_MS, log: 'panic' },
  { format: 'postfix', zone: UTC, latestMs: LATEST_MS, log: 'main' },
]

/** A line is read the same alone and in the midst of a text, and nothing gets lost. */
function checkAll(text: string, options: ReaderOptions): void {
  const inText = logReader(options)
  const alone = logReader(options)
  let from = 0
  for (const line of text.split('\n')) {
    const event = inText.read(text, from, from + line.length)
    assert.deepEqual(event, alone.read(line, 0, line.length), 'the same in a text and alone')
    check(event, line)
    from += line.length + 1
  }
}

function check(event: LogLine, line: string): void {
  if (event.type === 'unknown') {
    assert.equal(event.line, line.endsWith('\r') ? line.slice(0, -1) : line)
    assert.ok(event.atMs === null || isTime(event.atMs))
  } else if (event.type !== 'continuation') assert.ok(isTime(event.atMs), 'the time of an event')
}

/** A whole number that a Date can hold. */
function isTime(ms: number): boolean {
  return Number.isInteger(ms) && Math.abs(ms) <= 8.64e15
}
