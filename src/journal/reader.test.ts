import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

import type { LogLine } from './event.ts'
import { detectFormat, type LogFormat, logReader, type ReaderOptions } from './reader.ts'
import { UTC } from './zone.ts'

const DATA = join(import.meta.dirname, '../../../shared/testdata')
const OPTIONS: ReaderOptions = {
  format: 'auto',
  zone: UTC,
  latestMs: Date.UTC(2026, 11, 31),
  log: 'main',
}

function readAll(text: string, options: Partial<ReaderOptions> = {}): LogLine[] {
  const reader = logReader({ ...OPTIONS, ...options })
  const lines: LogLine[] = []
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    lines.push(reader.read(text, from, end))
    from = end + 1
  }
  return lines
}

function types(text: string, options: Partial<ReaderOptions> = {}): string[] {
  return readAll(text, options).map(({ type }) => type)
}

const EXIM = '2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB Completed'
const POSTFIX = 'Nov 20 09:00:07 mail postfix/qmgr[12]: 3F2A1B0C4D: removed'
const DOVECOT =
  'Nov 20 09:00:08 mail dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, session=<a>'
const DOVECOT_FILE =
  '2026-11-20 09:00:08 imap-login: Info: Login: user=<bob>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1, session=<a>'
const CRON = 'Nov 20 09:00:09 mail CRON[12]: (root) CMD (true)'

test('each line of a mixed log goes to the reader of its program', () => {
  const text = [EXIM, POSTFIX, DOVECOT, DOVECOT_FILE, CRON].join('\n')
  assert.deepEqual(types(text), ['completed', 'completed', 'loggedIn', 'loggedIn', 'unknown'])
})

test('a named format leaves the lines of the others unknown', () => {
  const text = [EXIM, POSTFIX, DOVECOT, DOVECOT_FILE, CRON].join('\n')
  const [none, done, login] = ['unknown', 'completed', 'loggedIn']
  assert.deepEqual(types(text, { format: 'exim' }), [done, none, none, none, none])
  assert.deepEqual(types(text, { format: 'postfix' }), [none, done, none, none, none])
  assert.deepEqual(types(text, { format: 'dovecot' }), [none, none, login, login, none])
})

test('among lines of Exim, one that looks like a process of Dovecot but is none stays Exim', () => {
  const text = `${EXIM}\n2026-11-20 09:00:07 auth: what an administrator logs\n${EXIM}`
  assert.deepEqual(types(text), ['completed', 'note', 'completed'])
})

test('an unknown line is kept whole, with its time if it has one', () => {
  assert.deepEqual(readAll(`${CRON}\ngibberish`), [
    {
      type: 'unknown',
      atMs: Date.UTC(2026, 10, 20, 9, 0, 9),
      id: null,
      program: 'CRON',
      line: CRON,
    },
    { type: 'unknown', atMs: null, id: null, program: null, line: 'gibberish' },
  ])
})

test('a carriage return at the end of a line is no part of it', () => {
  assert.deepEqual(readAll(`${POSTFIX}\r\n${EXIM}\r\n`), readAll(`${POSTFIX}\n${EXIM}\n`))
})

test('Exim writes to syslog with its own time, and without', () => {
  const without = 'Nov 20 09:00:06 mail exim[12]: 1vnYk2-00000000BQ5-1EaB Completed'
  const lines = readAll(`Nov 20 09:00:06 mail exim[12]: ${EXIM}\n${without}\n${EXIM}`)
  assert.deepEqual(lines[0], lines[2])
  assert.deepEqual(lines[1], lines[2])
})

test('a line without a time goes on with the line before', () => {
  assert.deepEqual(types(`${EXIM}\nthe rest of an error\n${EXIM}`)[1], 'continuation')
  assert.deepEqual(types(`${DOVECOT}\n  the rest`)[1], 'continuation')
  assert.deepEqual(types(`${POSTFIX}\ngibberish`)[1], 'unknown')
  assert.deepEqual(types('  the rest'), ['unknown'])
})

test('the log of rejections has the headers of messages, also as its first lines', () => {
  const text = `Envelope-from: <a@b>\n${EXIM}\n  Subject: x`
  assert.equal(types(text, { log: 'reject' })[2], 'continuation')
  assert.equal(types(text, { log: 'reject', format: 'exim' })[2], 'continuation')
})

test('journald, as JSON', () => {
  const line = (fields: object) =>
    JSON.stringify({ __REALTIME_TIMESTAMP: '1795165207500000', ...fields })
  const message = '3F2A1B0C4D: removed'
  const text = [
    line({ SYSLOG_IDENTIFIER: 'postfix/qmgr', _PID: '12', MESSAGE: message }),
    line({ SYSLOG_IDENTIFIER: 'postfix/qmgr', MESSAGE: [...Buffer.from(message)] }),
    line({ _COMM: 'dovecot', MESSAGE: 'imap(bob): Disconnected: Logged out in=1 out=2' }),
    line({ SYSLOG_IDENTIFIER: 'cron', MESSAGE: 'x' }),
    line({ SYSLOG_IDENTIFIER: 'cron', MESSAGE: null }),
    '{"MESSAGE":"no time","SYSLOG_IDENTIFIER":"dovecot"}',
    '{"cut short',
    '{}',
  ].join('\n')
  const lines = readAll(text)
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['completed', 'completed', 'loggedOut', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
  )
  const whole = text.split('\n')
  for (const [number, event] of lines.entries()) {
    if (event.type === 'unknown') assert.equal(event.line, whole[number])
    else assert.equal(event.type !== 'continuation' && event.atMs, 1795165207500)
  }
})

test('Docker keeps whole lines in JSON, with a time of their own or without', () => {
  const line = (log: string) =>
    JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: '2026-11-20T09:00:06Z' })
  const text = [EXIM, POSTFIX, 'postfix/qmgr[12]: 3F2A1B0C4D: removed', '{"log":""}', 'x'].map(line)
  const lines = readAll(text.join('\n'))
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['completed', 'completed', 'completed', 'unknown', 'unknown'],
  )
  assert.equal(lines[2]?.type === 'completed' && lines[2].atMs, Date.UTC(2026, 10, 20, 9, 0, 6))
})

test("rsyslog's #011 is a tab", () => {
  const [event] = readAll('Nov 20 09:00:07 mail dovecot: imap: Error: a#011b')
  assert.equal(event?.type === 'panic' && event.text, 'a\tb')
  const line = 'Nov 20 09:00:07 mail dovecot: a#011b'
  const [unknown] = readAll(line)
  assert.equal(unknown?.type === 'unknown' && unknown.line, line)
})

test('a log across New Year', () => {
  const text = [POSTFIX.replace('Nov 20', 'Dec 31'), POSTFIX.replace('Nov 20', 'Jan  1')].join('\n')
  const years = readAll(text, { latestMs: Date.UTC(2027, 0, 2) }).map((event) =>
    event.type === 'completed' ? new Date(event.atMs).getUTCFullYear() : null,
  )
  assert.deepEqual(years, [2026, 2027])
})

test('the format is that of most lines', () => {
  assert.equal(detectFormat(''), null)
  assert.equal(detectFormat(`${CRON}\n${CRON}\ngibberish\n{}`), null)
  assert.equal(detectFormat(`${CRON}\n${CRON}\n${EXIM}`), 'exim')
  assert.equal(detectFormat([POSTFIX, DOVECOT, POSTFIX].join('\n')), 'postfix')
  assert.equal(detectFormat([POSTFIX, DOVECOT, DOVECOT].join('\r\n')), 'dovecot')
  assert.equal(detectFormat(POSTFIX.slice(0, 30)), null)
})

test('the format of every shared log is found, by its content', (t) => {
  if (!existsSync(DATA)) return t.skip('../shared is not there')
  let files = 0
  for (const [format, text] of sharedLogs()) {
    assert.equal(detectFormat(text.slice(0, 65_536)), format, text.slice(0, 200))
    files++
  }
  t.diagnostic(`${files} logs`)
  assert.ok(files > 100)
})

function* sharedLogs(): Generator<readonly [LogFormat, string]> {
  const read = (file: string) => readFileSync(file, 'latin1')
  // Some logs of the test suite are a line or two of which Exim itself says that they are broken.
  for (const file of globSync(join(DATA, 'logs-exim-testsuite/mainlog/*.log'))) {
    const text = read(file)
    if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S{16,23} (<=|=>|Completed)/m.test(text))
      yield ['exim', text]
  }
  for (const file of globSync(join(DATA, 'logs-gen-exim/*/mainlog*'))) {
    if (!basename(file).endsWith('.gz')) yield ['exim', read(file)]
  }
  for (const file of globSync(join(DATA, 'logs-gen-dovecot/*/dovecot.log')))
    yield ['dovecot', read(file)]
  for (const format of ['exim', 'postfix', 'dovecot'] as const) {
    const lines = read(join(DATA, `logs-fail2ban/${format}.jsonl`))
      .trim()
      .split('\n')
    yield [format, lines.map((json): string => JSON.parse(json).line).join('\n')]
  }
  if (spawnSync('xz', ['--version']).status === 0) {
    const file = join(DATA, 'logs-postfix-real/mail-dev.log.xz')
    yield ['postfix', execFileSync('xz', ['-dc', file], { maxBuffer: 1 << 28 }).toString('latin1')]
  }
}

test('a line is read by itself, whatever the next one starts with', () => {
  const cut = '2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB == a@b R=x T'
  const [event] = readAll(`${cut}\n=y`)
  assert.deepEqual(event, readAll(cut)[0])
})

test('lines of other programs say whose they are; those of other mail servers are unknown', () => {
  const programOf = (line: string) => {
    const [event] = readAll(line)
    return event?.type === 'unknown' ? event.program : event?.type
  }
  const head = 'Nov 20 09:00:09 mail'
  assert.equal(programOf(`${head} sshd[7]: Failed password for root from 192.0.2.1`), 'sshd')
  assert.equal(
    programOf(`${head} kernel: [12.5] Out of memory: Killed process 9 (smtpd)`),
    'kernel',
  )
  assert.equal(programOf(`${head} sudo:   root : TTY=pts/0`), 'sudo')
  assert.equal(
    programOf('<86>1 2026-11-20T09:00:09Z mail fail2ban 7 - - Ban 192.0.2.1'),
    'fail2ban',
  )
  assert.equal(programOf('2026-11-20T09:00:09Z mail named[7]: network unreachable'), 'named')
  const journald = `{"__REALTIME_TIMESTAMP":"1795165209000000","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"Started x"}`
  assert.equal(programOf(journald), 'systemd')
  for (const tag of ['sendmail', 'sm-mta', 'cyrus/imap', 'opensmtpd', 'pop3d-ssl', 'mailman'])
    assert.equal(programOf(`${head} ${tag}[7]: in words of its own`), null, tag)
  assert.equal(programOf(`${head} postfix/smtpd[7]: in words that nobody knows`), null)
  assert.equal(programOf(`${head} last message repeated 3 times`), null)
})

test('what the tools of containers put before a line is skipped', () => {
  const stamp = '2026-11-20T10:00:07.185246317Z'
  const prefixes = [
    'postfix-mailcow_1  | ',
    'exim-1     | ',
    '\x1b[36;1mmail-1 |\x1b[0m ',
    '[pod/mail-0/postfix] ',
    `${stamp} `,
    `${stamp} stdout F `,
    `mail-1  | ${stamp} `,
    `[pod/mail-0/postfix] ${stamp} `,
  ]
  for (const prefix of prefixes) {
    const lines = [EXIM, POSTFIX, DOVECOT].map((line) => readAll(prefix + line)[0])
    assert.deepEqual(
      lines.map((line) => line?.type),
      ['completed', 'completed', 'loggedIn'],
      prefix,
    )
    // The tool's time is of a known zone.
    if (!prefix.includes(stamp)) assert.deepEqual(lines[1], readAll(POSTFIX)[0])
    else assert.equal(lines[1]?.type === 'completed' && lines[1].atMs, Date.parse(stamp))
    const [other] = readAll(prefix + CRON)
    assert.ok(other?.type === 'unknown' && other.program === 'CRON')
    assert.equal(other.line, prefix + CRON)
  }
})

test('socklog and s6-log put a time and the facility before a line', () => {
  for (const line of [POSTFIX, DOVECOT]) {
    const [event] = readAll(`2026-11-20 10:00:07.185246317  mail.info: ${line}`)
    const [known] = readAll(line)
    assert.deepEqual(event, { ...known, atMs: Date.UTC(2026, 10, 20, 10, 0, 7, 185) }, line)
  }
})

test('Dovecot 1.x writes the level before the process in files of its own', () => {
  const list = 'user=<bob>, method=PLAIN, rip=192.0.2.3, lip=192.0.2.1'
  assert.deepEqual(types(`Jun 23 15:04:05 Info: imap-login: Login: ${list}`), ['loggedIn'])
  assert.deepEqual(types('Jun 23 15:04:06 Info: IMAP(bob): Disconnected: Logged out bytes=5/6'), [
    'loggedOut',
  ])
  assert.deepEqual(types('Jun 23 15:04:06 Info: something else: x'), ['unknown'])
})

test('what only looks like a prefix of a container is none', () => {
  for (const line of ['a | b', '| Nov 20 09:00:07 x', 'mail | gibberish', '[pod/x Nov 20 09:00:07'])
    assert.deepEqual(types(line), ['unknown'], line)
  const nested = '2026-11-20T10:00:07Z '.repeat(20_000)
  assert.deepEqual(types(nested), ['unknown'])
  assert.deepEqual(types('a | '.repeat(20_000)), ['unknown'])
})
