import assert from 'node:assert/strict'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { runProgram } from '../program.ts'
import { NO_SLOT } from '../../trace/statistics/statistics.ts'
import type { Terminal } from '../table.ts'
import { progressOn } from './stats.ts'
import { stripOf } from './strips.ts'
import { calendarDays, lastDays } from './time.ts'
import { barOf, writeSections } from './text.ts'

const FIRST = `2026-01-05 09:00:00 1vcY0u-000001-8s <= jane@one.example H=x [192.0.2.7] P=esmtp S=2048 T="a" from <jane@one.example> for bob@here.test
2026-01-05 09:00:01 1vcY0u-000001-8s => bob <bob@here.test> F=<jane@one.example> R=local T=mailbox
2026-01-05 09:00:01 1vcY0u-000001-8s Completed
2026-01-05 09:00:02 1vcY0v-000001-8s <= "<script>x"@one.example H=x [192.0.2.7] P=esmtp S=10 from <a@one.example> for x@far.example
2026-01-05 09:00:03 1vcY0v-000001-8s ** x@far.example F=<a@one.example> R=dns T=smtp H=mx.far.example [203.0.113.5]: SMTP error from remote mail server after RCPT TO:<x@far.example>: 550 5.1.1 no such user \x1b[31m<b>
2026-01-05 09:00:03 1vcY0v-000001-8s Completed
`
const SECOND = `2026-01-06 10:00:00 H=(y) [203.0.113.9] F=<z@two.example> rejected RCPT <no@here.test>: Unrouteable address
2026-01-06 10:00:01 plain authenticator failed for (User) [203.0.113.9]:4: 535 Incorrect authentication data (set_id=root)
this is no line of a log
`

interface Ran {
  readonly out: string
  readonly errors: string
  readonly status: number
  /** What -o wrote; null when it did not. */
  readonly written: string | null
}

/** Runs `waybill log stats …`; NEW, OLD, REJECTS, EMPTY, PAGE and DATA stand for files. */
async function run(...words: readonly string[]): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  mkdirSync(join(folder, 'data', 'log'), { recursive: true })
  const paths: Record<string, string> = {
    NEW: join(folder, 'mainlog'),
    OLD: join(folder, 'mainlog.1.gz'),
    REJECTS: join(folder, 'rejectlog'),
    EMPTY: join(folder, 'empty'),
    PAGE: join(folder, 'page.html'),
    DATA: join(folder, 'data'),
  }
  writeFileSync(join(folder, 'mainlog'), SECOND)
  writeFileSync(join(folder, 'mainlog.1.gz'), gzipSync(FIRST))
  writeFileSync(join(folder, 'rejectlog'), SECOND)
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'data', 'log', 'mainlog'), FIRST)
  const out: string[] = []
  const errors: string[] = []
  let status = 0
  const terminal = (texts: string[]): Terminal => ({
    write: (text) => void texts.push(text.replaceAll(folder, '…')),
    columns: undefined,
    colours: false,
  })
  const exit = (code: number) => {
    status = code
  }
  const cli = { out: terminal(out), errors: terminal(errors), input: process.stdin, exit }
  await runProgram(cli, ['log', 'stats', ...words.map((word) => paths[word] ?? word)])
  const page = join(folder, 'page.html')
  const written = existsSync(page) ? readFileSync(page, 'utf8') : null
  rmSync(folder, { recursive: true })
  return { out: out.join(''), errors: errors.join(''), status, written }
}

test('the report begins with what matters, and every log is in it', async () => {
  const { out, errors, status } = await run('NEW', 'OLD')
  assert.deepEqual([errors, status], ['', 0])
  assert.match(out, /^Exim: 9 lines, from 2026-01-05 09:00:00 to 2026-01-06 10:00:01 \(2 days\)\n/)
  assert.match(out, /^received +2 +2\.0 KiB, 2 senders, 1 host$/m)
  assert.match(out, /^failed +1 +50 % of the messages, 1 address$/m)
  assert.match(out, /^There is no such mailbox +1 +the sender$/m)
  assert.match(out, /^Received +·{9}█·{14} +2 at 09–10$/m)
  assert.match(out, /^203\.0\.113\.9 +1 +2026-01-06 10:00:01$/m)
  assert.match(out, /\n--all adds .*: totals, problems, days, [a-z, ]+\n$/)
  assert.doesNotMatch(out, /no such user|^2026-01-05 /m)
  assert.doesNotMatch(out, /\x1b/, 'nothing raw from a stranger')
})

test('--all has every day and the examples', async () => {
  const { out } = await run('NEW', 'OLD', '--all')
  assert.match(out, /^Exim: 9 lines, /)
  assert.match(out, /^2026-01-05 +2 +1 +1 +█+$/m)
  assert.match(out, /550 5\.1\.1 no such user/)
  assert.match(out, /^There is no such mailbox +1 +1 +the sender$/m)
  assert.doesNotMatch(out, /--all adds/)
})

test('deliveries that only Dovecot tells of are among the first figures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  const log = join(folder, 'dovecot.log')
  const lines = [
    'Nov 20 23:51:18 lmtp(bob@x.example)<3><a>: Info: msgid=<1@x>: saved mail to INBOX',
    'Nov 20 23:51:19 lmtp(bob@x.example)<3><b>: Info: msgid=<2@x>: saved mail to Trash',
  ]
  writeFileSync(log, `${lines.join('\n')}\n`)
  const { out } = await run(log, '--top', '1')
  const { out: page } = await run(log, '--html')
  rmSync(folder, { recursive: true })
  assert.match(page, /<b>2<\/b><span>saved by Dovecot</)
  assert.doesNotMatch(page, /<span>delivered</)
  assert.match(out, /^Dovecot: 2 lines, /)
  assert.match(out, /^saved by Dovecot +2 +for 1 account$/m)
  assert.match(out, /^bob@x\.example +2$/m)
})

test('on a narrow terminal a long text goes on in the next line, and no key is cut', () => {
  const texts: string[] = []
  const out = { write: (text: string) => void texts.push(text), columns: 40, colours: false }
  const keys = ['x'.repeat(50), `${'x'.repeat(50)}y`]
  const rows = keys.map((key) => ({ cells: [key, '1'], bar: 1 }))
  const blocks = [{ title: '', headings: ['', 'Messages'], rows }]
  writeSections(out, [{ title: 'Senders', blocks }], 'blocks')
  const lines = texts.join('').split('\n')
  for (const line of lines) assert.ok(line.length <= 40, line)
  const wide = keys.flatMap((key) => [key.slice(0, 30), key.slice(30)])
  assert.deepEqual(
    lines.slice(3, -1).map((line) => line.split(' ')[0]),
    wide,
  )
})

test('errors are told by their reason, with who acts', async () => {
  const { out } = await run('NEW', 'OLD', '--only', 'problems')
  assert.match(out, /There is no such mailbox +1 +1 +the sender/)
  assert.match(out, /550 5\.1\.1 no such user/)
  assert.doesNotMatch(out, /Senders/)
})

test('--json has all of it', async () => {
  const { out } = await run('NEW', 'OLD', '--json')
  const report = JSON.parse(out)
  assert.equal(report.totals.received, 2)
  assert.deepEqual(report.tables.recipients.rows[0].key, 'bob@here.test')
  assert.equal(report.reasons.length, 2)
  assert.equal(report.days.length, 2)
  assert.equal(report.timeline.points[0].received, 2)
})

test('--html is one page that loads nothing, and holds no markup of a stranger', async () => {
  const { out } = await run('NEW', 'OLD', '--html')
  assert.match(out, /^<!doctype html>/)
  assert.match(out, /<svg viewBox/)
  assert.match(out, /prefers-color-scheme:dark/)
  assert.doesNotMatch(out, /<script|<b>&|src=|https?:/)
  assert.match(out, /&lt;script&gt;x/)
  assert.doesNotMatch(out, /[\u0000-\u0008\u000b-\u001f]/)
  for (const tag of ['table', 'svg', 'figure', 'section', 'div', 'tr', 'td', 'g'])
    assert.equal(
      out.match(new RegExp(`<${tag}[ >]`, 'g'))?.length,
      out.match(new RegExp(`</${tag}>`, 'g'))?.length,
      tag,
    )
})

test('-o writes a file, but never over a log', async () => {
  const { out, written } = await run('NEW', '--html', '-o', 'PAGE')
  assert.equal(out, '')
  assert.match(written ?? '', /^<!doctype html>/)
  const refused = await run('NEW', '-o', 'NEW')
  assert.deepEqual([refused.status, refused.out], [2, ''])
  assert.match(refused.errors, /is a log to read: -o would overwrite it/)
})

test('-o refuses a log by another name, and what the server keeps', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  const log = join(folder, 'data', 'log', 'mainlog')
  mkdirSync(join(folder, 'data', 'log'), { recursive: true })
  writeFileSync(log, FIRST)
  writeFileSync(join(folder, 'data', 'mail.db'), 'mail')
  symlinkSync(log, join(folder, 'symbolic'))
  linkSync(log, join(folder, 'hard'))
  const own = ['--data', join(folder, 'data')]
  for (const name of ['symbolic', 'hard']) {
    const { errors, status } = await run(log, '-o', join(folder, name))
    assert.equal(status, 2)
    assert.match(errors, /is a log to read: -o would overwrite it/)
    assert.equal((await run(...own, '-o', join(folder, name))).status, 2, name)
  }
  for (const path of [log, join(folder, 'data', 'mail.db'), join(folder, 'data', 'log', 'new')]) {
    const { errors, status } = await run(...own, '-o', path)
    assert.equal(status, 2, path)
    assert.match(errors, /is where the server keeps its own/)
  }
  assert.equal(readFileSync(log, 'utf8'), FIRST)
  assert.equal(readFileSync(join(folder, 'data', 'mail.db'), 'utf8'), 'mail')
  rmSync(folder, { recursive: true })
})

test('-o replaces a file as a whole, for its owner alone, and keeps a link', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  const page = join(folder, 'page')
  writeFileSync(page, 'older', { mode: 0o644 })
  linkSync(page, join(folder, 'kept'))
  symlinkSync(page, join(folder, 'link'))
  assert.equal((await run('NEW', '-o', join(folder, 'link'))).status, 0)
  assert.match(readFileSync(page, 'utf8'), /rejected/)
  assert.equal(statSync(page).mode & 0o777, 0o600)
  assert.equal(readFileSync(join(folder, 'kept'), 'utf8'), 'older')
  assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink())
  assert.match((await run('NEW', '-o', folder)).errors, /cannot be written: it is a folder/)
  assert.deepEqual(readdirSync(folder).sort(), ['kept', 'link', 'page'])
  rmSync(folder, { recursive: true })
})

test('the rejectlog beside a main log has the same lines, which count once', async () => {
  const { out } = await run('NEW', 'REJECTS', '--only', 'totals')
  assert.match(out, /^rejected +1 /m)
  assert.match((await run('NEW', 'REJECTS')).out, /not counted.*rejectlog/)
  assert.match((await run('REJECTS', '--only', 'totals')).out, /^rejected +1 /m)
})

test('--since and --until; the own log without files; a log with nothing in it', async () => {
  const { out } = await run('NEW', 'OLD', '--since', '2026-01-06', '--only', 'totals')
  assert.doesNotMatch(out, /received/)
  assert.match(out, /^rejected +1 /m)
  const own = await run('--data', 'DATA')
  assert.match(own.out, /^received +2 /m)
  assert.match(own.out, /^Waybill: \d+ lines, from /)
  assert.deepEqual(await run('EMPTY'), {
    ...{ out: 'Not one line with a time in it.\n', errors: '', status: 0, written: null },
  })
})

test('on a terminal it is told how long counting takes, and wiped off', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const texts: string[] = []
  const write = (text: string) => void texts.push(text)
  const stop = progressOn({ write, columns: 80, colours: false }, { sources: [] })
  progressOn({ write, columns: undefined, colours: false }, { sources: [] })()
  context.mock.timers.tick(2000)
  stop()
  context.mock.timers.tick(2000)
  assert.deepEqual(texts, ['\rcounting: 1 s ', '\rcounting: 2 s ', '\r\x1b[K'])
})

test('words that are no section, numbers that are none', async () => {
  const wrong = await run('NEW', '--only', 'senders,nonsense')
  assert.equal(wrong.status, 2)
  assert.match(wrong.errors, /sections are totals, problems/)
  assert.equal((await run('NEW', '--top', '0')).status, 2)
  assert.equal((await run('NEW', '--html', '--json')).status, 2)
})

test('bars and strips', () => {
  assert.equal(barOf(1, 'blocks'), '█'.repeat(24))
  assert.equal(barOf(0.5, 'ascii'), '#'.repeat(12))
  assert.equal(barOf(1 / 192, 'blocks'), '▏')
  assert.equal(stripOf([0, 1, 50, 100], 'blocks'), '·▁▄█')
  assert.equal(stripOf([0, 1, 50, 100], 'ascii'), '.159')
})

test('days of which the log has nothing stand between the others', () => {
  const day = (name: string, received: number) => ({ ...NO_SLOT, day: name, received })
  const days = [day('2024-02-27', 1), day('2024-03-01', 3)]
  assert.equal(calendarDays(days), 4)
  assert.deepEqual(
    lastDays(days, 3).map(({ day: name, received }) => [name, received]),
    [
      ['2024-02-28', 0],
      ['2024-02-29', 0],
      ['2024-03-01', 3],
    ],
  )
  assert.deepEqual(lastDays([], 3), [])
})

test('what was too much to be kept is told with the figures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  const log = join(folder, 'mainlog')
  // None of them ever completes, and each sender is another one.
  const lines = Array.from({ length: 200_100 }, (_, index) => {
    const id = `1vcY0u-${index.toString(36).padStart(6, '0')}-8s`
    return `2026-01-05 09:00:00 ${id} <= a${index}@b.example U=a P=local S=9`
  })
  const first = lines[0]?.split(' ')[2]
  lines.push(`2026-01-05 09:00:01 ${first} == bob@far.example R=dns T=smtp defer (-1): busy`)
  writeFileSync(log, `${lines.join('\n')}\n`)
  const { out } = await run(log)
  assert.match(out, /^in the queue +at least 196,\d+ +where the log ends$/m)
  assert.match(out, /^deferred +about 1 /m)
  assert.match(out, /^received +200,100 .*at least [\d,]+ senders/m)
  assert.match(out, /^Senders, 5 of at least [\d,]+ +Messages/m)
  const { out: page } = await run(log, '--html')
  assert.match(page, /<b>at least 196,\d+<\/b><span>in the queue/)
  const { bounds } = JSON.parse((await run(log, '--json')).out)
  const { waiting, deferredMessages, connections, errors } = bounds
  assert.deepEqual([waiting, deferredMessages], ['atLeast', 'about'])
  assert.deepEqual([connections, errors], ['exact', 'exact'])
  rmSync(folder, { recursive: true })
})
