import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readSyslogHead, type SyslogClock, syslogHead, withControls } from './syslog.ts'
import { UTC, type Zone, zoneNamed } from './zone.ts'

const LATEST = '2026-11-21T00:00:00Z'

/** What the head says, as one text: time, program, process | message. */
function read(line: string, zone: Zone = UTC, latest = LATEST): string {
  const clock: SyslogClock = { zone, latestMs: Date.parse(latest) }
  const head = syslogHead()
  const text = `x\n${line}\nJan  1 00:00:00 next next[1]: next`
  if (!readSyslogHead(text, 2, 2 + line.length, clock, head)) return 'none'
  const time = new Date(head.atMs).toISOString()
  return `${time} ${head.program} ${head.process} | ${text.slice(head.end, 2 + line.length)}`
}

const forms: readonly [name: string, line: string, expected: string][] = [
  [
    'a day of one digit',
    'Mar  4 00:00:31 mail postfix/smtpd[123]: connect from x',
    '2026-03-04T00:00:31.000Z postfix/smtpd 123 | connect from x',
  ],
  [
    'a day with a zero',
    'Mar 04 00:00:31 mail dovecot: imap-login: x',
    '2026-03-04T00:00:31.000Z dovecot 0 | imap-login: x',
  ],
  [
    'one space before a day of one digit',
    'Mar 4 00:00:31 mail dovecot: x',
    '2026-03-04T00:00:31.000Z dovecot 0 | x',
  ],
  [
    'journalctl -o short-precise',
    'Mar 14 00:00:31.185246 mail dovecot[7]: x',
    '2026-03-14T00:00:31.185Z dovecot 7 | x',
  ],
  [
    'a year after the day',
    'Mar 14 2019 00:00:31 mail dovecot: x',
    '2019-03-14T00:00:31.000Z dovecot 0 | x',
  ],
  [
    'a year before the month',
    '2019 Mar 14 00:00:31 mail dovecot: x',
    '2019-03-14T00:00:31.000Z dovecot 0 | x',
  ],
  [
    'RFC 3339 §5.6 with an offset',
    '2023-03-14T00:00:31.185246+01:00 mail postfix/qmgr[9]: x',
    '2023-03-13T23:00:31.185Z postfix/qmgr 9 | x',
  ],
  [
    'RFC 3339 §5.6 in UTC',
    '2023-03-14T00:00:31Z mail exim[9]: x',
    '2023-03-14T00:00:31.000Z exim 9 | x',
  ],
  [
    'journalctl -o short-iso',
    '2023-03-14T00:00:31-0330 mail exim[9]: x',
    '2023-03-14T03:30:31.000Z exim 9 | x',
  ],
  [
    'journalctl -o short-full',
    'Fri 2026-11-20 23:49:08 UTC mail dovecot[1]: x',
    '2026-11-20T23:49:08.000Z dovecot 1 | x',
  ],
  [
    'journalctl -o short-unix',
    '1700000000.123456 mail dovecot[1]: x',
    '2023-11-14T22:13:20.123Z dovecot 1 | x',
  ],
  [
    'RFC 5424 §6: a syslog line as it is sent',
    '<22>1 2026-11-20T23:49:08.5Z mail postfix/smtpd 12 ID1 - x: y',
    '2026-11-20T23:49:08.500Z postfix/smtpd 12 | x: y',
  ],
  [
    'RFC 5424 §6.3: with structured data',
    '<22>1 2026-11-20T23:49:08Z mail dovecot - - [a b="]\\"]"][c] x',
    '2026-11-20T23:49:08.000Z dovecot 0 | x',
  ],
  [
    'a priority before the older form',
    '<22>Nov 20 23:49:08 mail dovecot: x',
    '2026-11-20T23:49:08.000Z dovecot 0 | x',
  ],
  [
    "multilog's TAI64N, ten seconds ahead",
    '@400000004c91b044077a9e94 dovecot-auth: x',
    '2010-09-16T05:50:50.125Z dovecot-auth 0 | x',
  ],
  [
    'no host',
    'Mar  4 00:00:31 postfix/smtpd[123]: x',
    '2026-03-04T00:00:31.000Z postfix/smtpd 123 | x',
  ],
  [
    "busybox: the facility before the tag, and BSD's before the host",
    'Mar  4 00:00:31 <mail.info> mail mail.info dovecot: x',
    '2026-03-04T00:00:31.000Z dovecot 0 | x',
  ],
  [
    "Solaris' message id",
    'Mar  4 00:00:31 mail postfix/smtpd[1]: [ID 197553 mail.info] x',
    '2026-03-04T00:00:31.000Z postfix/smtpd 1 | x',
  ],
  [
    'a host that is an IPv6 address',
    'Mar  4 00:00:31 2001:db8::1 dovecot: x',
    '2026-03-04T00:00:31.000Z dovecot 0 | x',
  ],
  [
    'an anonymised process',
    'Mar  4 00:00:31 mail exim[pppp]: x',
    '2026-03-04T00:00:31.000Z exim 0 | x',
  ],
  [
    'more than one space',
    'Mar  4 00:00:31  mail  postfix/smtpd[1]:  x',
    '2026-03-04T00:00:31.000Z postfix/smtpd 1 | x',
  ],
  ['no tag', 'Mar  4 00:00:31 mail -- MARK --', '2026-03-04T00:00:31.000Z  0 | -- MARK --'],
  ['nothing after the time', 'Mar  4 00:00:31', '2026-03-04T00:00:31.000Z  0 | '],
  [
    'nothing after the tag',
    'Mar  4 00:00:31 mail dovecot:',
    '2026-03-04T00:00:31.000Z dovecot 0 | ',
  ],
]

for (const [name, line, expected] of forms) {
  test(`a prefix of syslog: ${name}`, () => {
    assert.equal(read(line), expected)
    assert.equal(read(line), expected, 'also when its parts were seen before')
  })
}

for (const line of [
  ...['Mar 4 ', 'Mar  4 24:00:00 a b: c', '2026 Mar 4 1', 'Mar  4 00:60:00 a b: c'],
  ...['', ' ', 'Mar', 'Mar  4 00:00', 'Mar  4 00:00:3', 'Mar  4 00:00:31x mail a: b', '<22>'],
  ...['Mrz  4 00:00:31 mail a: b', 'Mar 32 00:00:31 mail a: b', 'Feb 30 00:00:31 mail a: b'],
  ...['Mar  4 00:00:61 mail a: b', '2026-13-01T00:00:00Z mail a: b', '1700000000 mail a: b'],
  ...['<22>1 - mail a 1 - - b', '@40000000 mail', '-- Boot 1234 --', '2026-11-20T23:49:0'],
]) {
  test(`no prefix of syslog: ${JSON.stringify(line)}`, () => {
    assert.equal(read(line), 'none')
    assert.equal(read(line, zoneNamed('Europe/Berlin')), 'none')
  })
}

test('a time without a year is of the latest year that is not after the limit', () => {
  const time = (line: string, latest: string) => read(line, UTC, latest).slice(0, 20)
  assert.equal(time('Dec 31 23:59:59 a b: c', '2026-01-02T00:00:00Z'), '2025-12-31T23:59:59.')
  assert.equal(time('Jan  1 00:00:01 a b: c', '2026-01-02T00:00:00Z'), '2026-01-01T00:00:01.')
  assert.equal(time('Jan  2 00:01:00 a b: c', '2026-01-02T00:00:00Z'), '2025-01-02T00:01:00.')
  assert.equal(time('Feb 29 12:00:00 a b: c', '2026-01-02T00:00:00Z'), '2024-02-29T12:00:00.')
  assert.equal(time('Feb 29 12:00:00 a b: c', '1904-02-01T00:00:00Z'), '1896-02-29T12:00:00.')
})

test('a log across New Year is read in one go', () => {
  const latest = '2026-01-03T00:00:00Z'
  const lines = ['Dec 30 10:00:00', 'Dec 31 23:59:59', 'Jan  1 00:00:00', 'Jan  2 10:00:00']
  const years = lines.map((line) => read(`${line} a b: c`, UTC, latest).slice(0, 4))
  assert.deepEqual(years, ['2025', '2025', '2026', '2026'])
})

test('the year is that of the clocks in the zone of the log', () => {
  const newYork = zoneNamed('America/New_York')
  const auckland = zoneNamed('Pacific/Auckland')
  const line = 'Dec 31 23:30:00 a b: c'
  assert.equal(read(line, newYork, '2026-01-01T05:00:00Z').slice(0, 16), '2026-01-01T04:30')
  assert.equal(
    read('Jan  1 00:30:00 a b: c', auckland, '2025-12-31T12:00:00Z').slice(0, 16),
    '2025-12-31T11:30',
  )
})

test('local times follow the zone over the change of the clocks', () => {
  const berlin = zoneNamed('Europe/Berlin')
  assert.equal(read('Mar 29 01:59:59 a b: c', berlin).slice(0, 19), '2026-03-29T00:59:59')
  assert.equal(read('Mar 29 03:00:00 a b: c', berlin).slice(0, 19), '2026-03-29T01:00:00')
  assert.equal(read('2026-03-29T03:00:00 a b: c', berlin).slice(0, 19), '2026-03-29T01:00:00')
  assert.equal(
    read('Fri 2026-11-20 23:49:08 CET a b: c', berlin).slice(0, 19),
    '2026-11-20T22:49:08',
  )
})

test('the same tag is the same string, whatever line it stands in', () => {
  const head = syslogHead()
  const clock = { zone: UTC, latestMs: Date.parse(LATEST) }
  for (const tag of ['postfix/smtpd', 'postfix/qmgr', 'postfix/smtpd']) {
    const line = `Mar  4 00:00:31 mail ${tag}[1]: x`
    assert.ok(readSyslogHead(line, 0, line.length, clock, head))
    assert.equal(head.program, tag)
  }
})

test("rsyslog's controls are undone, and numbers left alone", () => {
  assert.equal(withControls('a#011b#012c'), 'a\tb\nc')
  assert.equal(withControls('invoice #01234, #013'), 'invoice #01234, #013')
})
