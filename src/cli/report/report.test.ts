import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { commandLine } from '../testing/command-line.ts'

const VECTORS = join(import.meta.dirname, '../../../test/vector/report')
const EXIM = join(VECTORS, 'exim-mainlog')

test('of the log of another server, all of it, in each form', async (t) => {
  const { run } = commandLine(t)
  const printed = await run(`report --from-log exim ${EXIM}`)
  assert.deepEqual([printed.code, printed.errors], [0, ''])
  assert.match(
    printed.out,
    /^Mail at .*exim-mainlog\n2026-01-05 .* to 2026-01-08 .*\nAll is well\n\nSummary\n/,
  )
  const markdown = await run(`report --from-log auto --format markdown ${EXIM}`)
  assert.match(markdown.out, /^# Mail at .*exim/)
  assert.match(markdown.out, /\n\*\*All is well\*\*\n/)
  const html = await run(`report --from-log exim --format html ${EXIM}`)
  assert.match(html.out, /^<!doctype html>/)
  const { status, title, figures, sections } = JSON.parse(
    (await run(`report --from-log exim --json ${EXIM}`)).out,
  )
  assert.deepEqual([status, figures.received, figures.failed], ['well', 41, 1])
  assert.match(title, /exim-mainlog/)
  assert.deepEqual(
    sections.map(({ name }: { name: string }) => name),
    ['summary', 'queue', 'relays', 'activity', 'authentication', 'errors', 'users', 'steps'],
  )
})

test('a log that comes by a pipe is read whole, however often', async (t) => {
  const { run } = commandLine(t)
  const text = readFileSync(EXIM, 'utf8')
  // More than a pipe or a buffer holds.
  const long = `${text.repeat(Math.ceil(2_000_000 / text.length))}`
  const piped = JSON.parse((await run('report --from-log exim --json -', long)).out)
  const filed = JSON.parse((await run(`report --from-log exim --json ${logOf(t, long)}`)).out)
  assert.deepEqual(piped.sections, filed.sections)
  assert.equal(piped.title, 'Mail at standard input')
})

test('--since and --until take a stretch of the log', async (t) => {
  const { run } = commandLine(t)
  const { out } = await run(
    `report --from-log exim --json --since '2026-01-06 00:00' --until '2026-01-07 00:00' ${EXIM}`,
  )
  const { status, figures, period } = JSON.parse(out)
  assert.equal(period, '2026-01-06 00:00 to 2026-01-07 00:00')
  assert.deepEqual([figures.deferred, figures.failed], [12, 0])
  // Nothing but refusals in it: it is not known that it ends.
  assert.equal(status, 'trouble')
})

test('without --since a log that was named is read whole, as help says', async (t) => {
  const { run } = commandLine(t)
  const whole = JSON.parse((await run(`report --from-log exim --json ${EXIM}`)).out)
  assert.equal(whole.period, '2026-01-05 00:20 to 2026-01-08 09:08')
  const help = (await run('report --help')).out.replace(/\s+/g, ' ')
  assert.match(help, /--since .*\(default: 24h; with --from-log all of the log\)/)
  assert.match(help, /--until .*\(default: now; with --from-log the end of the log\)/)
})

test('-o writes a file and prints nothing; one that cannot be written is named', async (t) => {
  const { run, folder } = commandLine(t)
  const file = join(folder, 'week.html')
  const { out, code } = await run(`report --from-log exim --format html -o ${file} ${EXIM}`)
  assert.deepEqual([out, code], ['', 0])
  assert.match(readFileSync(file, 'utf8'), /^<!doctype html>[\s\S]*<\/html>\n$/)
  const bad = await run(`report --from-log exim -o ${join(folder, 'none', 'x')} ${EXIM}`)
  assert.equal(bad.code, 2)
  assert.match(bad.errors, /none\/x/)
})

test('what is mailed is said with its id, and where no mail goes is said before all else', async (t) => {
  const { run } = commandLine(t)
  await run('domain add here.test')
  await run('account add sue@here.test --password-stdin', 'correct horse battery\n')
  const mailed = await run(`report --from-log exim --mail sue@here.test ${EXIM}`)
  assert.deepEqual([mailed.code, mailed.errors], [0, ''])
  assert.match(mailed.out, /^The report goes to sue@here\.test: [\w-]{23,}\n$/)
  const both = await run(`report --from-log exim --json --mail x@far.example ${EXIM}`)
  assert.equal(JSON.parse(both.out).status, 'well')
  assert.match(both.errors, /^The report goes to x@far\.example: /)
  const queue = await run('queue list')
  assert.match(queue.out, /x@far\.example/)
  for (const rest of ['', `--from-log exim ${EXIM}`]) {
    const { code, out, errors } = await run(`report --mail nobody@here.test ${rest}`)
    assert.deepEqual([code, out], [2, ''])
    assert.match(errors, /nobody@here\.test: Unknown user\n$/)
    assert.doesNotMatch(errors, /looks|check/)
  }
})

test('what cannot be meant is said in a sentence, and nothing is read', async (t) => {
  const { run, folder } = commandLine(t)
  const cases: readonly (readonly [string, RegExp])[] = [
    ['report some.log', /say whose logs they are: --from-log/],
    ['report --from-log exim', /--from-log needs the files/],
    [`report --from-log exim ${folder}/none.log`, /none\.log/],
    [`report --from-log exim ${folder}`, /folder/],
    [`report --from-log exim --since soon ${EXIM}`, /--since "soon"/],
    [`report --from-log exim --format pdf ${EXIM}`, /--format/],
    [`report --from-log exim --mail 'not an address' ${EXIM}`, /--mail "not an address" is not/],
    [
      `report --from-log dovecot ${EXIM}`,
      /no line of .* is one of dovecot’s log; try --from-log auto/,
    ],
    [`report --from-log exim --json --format html ${EXIM}`, /--json and --format html: give one/],
    ['report', /waybill/],
  ]
  for (const [line, words] of cases) {
    const { code, errors, out } = await run(line)
    assert.equal(code, 2, line)
    assert.match(errors, words, line)
    assert.equal(out, '', line)
  }
  assert.equal(existsSync(join(folder, 'data')), false, 'no data folder is made for a report')
})

test('a log in which nothing happened, and one that is none', async (t) => {
  const { run } = commandLine(t)
  const empty = await run(`report --from-log exim --format markdown ${logOf(t, '')}`)
  assert.equal(empty.code, 0)
  assert.match(empty.out, /\*\*Needs attention\*\*/, 'nothing was seen that could be praised')
  assert.match(empty.out, /The log has nothing of this time\./)
  assert.match(empty.out, /1\. See whether this is the right log/)
  const none = await run(`report --from-log auto ${logOf(t, 'The quick brown fox\njumps\n')}`)
  assert.equal(none.code, 2)
  assert.match(none.errors, /is no mail log/)
})

test('what strangers and servers wrote is text in every form, and secrets are not in it', async (t) => {
  const { run } = commandLine(t)
  const file = logOf(
    t,
    [
      '2026-01-05 09:00:00 1vcYA0-000001-8s <= sue@here.test H=(laptop) [198.51.100.9]:4712 P=esmtpsa A=plain:<b>sue</b>|`x` S=2000 T="<script>alert(1)</script>" for x@far.example',
      '2026-01-05 09:00:02 1vcYA0-000001-8s ** x@far.example F=<sue@here.test> R=mx T=smtp H=mx.far.example [203.0.113.5]: SMTP error from remote mail server after RCPT TO:<x@far.example>: 550 </pre><script>alert(2)</script> ```` \\033[31m user unknown',
      '2026-01-05 10:00:01 plain authenticator failed for (User) [192.0.2.4]:4: 535 Incorrect authentication data (set_id=<img src=x onerror=alert(3)>)',
      '2026-01-05 10:00:02 H=(x) [192.0.2.4]:4 rejected AUTH PLAIN AHN1ZUBoZXJlLnRlc3QAaHVudGVyMg==: not allowed',
      '',
    ].join('\n'),
  )
  for (const format of ['terminal', 'markdown', 'html', 'json']) {
    const { out, code } = await run(`report --from-log exim --format ${format} ${file}`)
    assert.equal(code, 0)
    assert.match(out, /onerror/, `${format}: the name that was tried is shown`)
    assert.doesNotMatch(out, /AHN1ZUBoZXJl|hunter2/, format)
    assert.doesNotMatch(out, /\x1b/, format)
    if (format === 'html') assert.doesNotMatch(out, /<script|<img|<b>sue/)
    if (format === 'markdown')
      assert.doesNotMatch(out.replace(/^ *(`{3,})text$[\s\S]*?^ *\1$/gm, ''), /(?<!\\)</)
  }
})

test('nothing in a log breaks a form, however long or strange it is', async (t) => {
  const { run } = commandLine(t)
  const words =
    '\x1b[31m\x1b]0;title\x07\x9b1m\0\u202e\u2066\u200b</style></pre><script>alert(1)</script>|a|<!--&lt;![x](http://x.example/y)'
  const long = 'W'.repeat(50_000)
  const file = logOf(
    t,
    [0, 1, 2]
      .flatMap((second) => [
        `2026-01-05 09:00:0${second} 1vcYA${second}-000001-8s <= sue@here.test H=(${words}) [198.51.100.9]:4 P=esmtpsa A=plain:${words}${long} S=9 T="${words}${long}" for x@far.example`,
        `2026-01-05 09:01:0${second} 1vcYA${second}-000001-8s == x@far.example R=mx T=smtp H=mx${words} [203.0.113.5]: SMTP error from remote mail server after RCPT TO:<x@far.example>: 450 ${words} ${long}`,
      ])
      .concat(
        `2026-01-05 09:02:00 plain authenticator failed for (${words}) [192.0.2.4]:4: 535 Incorrect authentication data (set_id=${words}${long})\n`,
      )
      .join('\n'),
  )
  for (const format of ['terminal', 'markdown', 'html', 'json']) {
    const { out, code } = await run(`report --from-log exim --format ${format} ${file}`)
    assert.equal(code, 0, format)
    assert.ok(out.length < 100_000, `${format} has ${out.length} characters`)
    assert.doesNotMatch(
      out,
      /[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
      format,
    )
    if (format === 'html') assert.doesNotMatch(out, /<script|<img|<!--|<\/style>[\s\S]*<\/style>/)
    if (format !== 'markdown') continue
    const tables = out.split(/\n\n/).filter((block) => block.startsWith('| '))
    assert.ok(tables.length > 0)
    for (const table of tables) {
      const columns = table.split('\n').map((row) => row.match(/(?<!\\)\|/g)?.length)
      assert.equal(new Set(columns).size, 1, table)
    }
    assert.doesNotMatch(out.replace(/^ *(`{3,})text$[\s\S]*?^ *\1$/gm, ''), /(?<!\\)[<&]/)
  }
})

test('octets that are no text are no mail log', async (t) => {
  const { run } = commandLine(t)
  const file = logOf(t, '')
  const noise = Array.from({ length: 100_000 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 13)
  // With empty lines, which seem to go on with the one before.
  const octets = Buffer.concat([Buffer.from(noise), Buffer.from('\n\n\n')])
  writeFileSync(file, octets)
  for (const server of ['auto', 'exim', 'postfix', 'dovecot']) {
    const { code, out, errors } = await run(`report --from-log ${server} ${file}`)
    assert.deepEqual([code, out], [2, ''], server)
    assert.match(errors, /no mail log|no line of/)
  }
})

function logOf(t: TestContext, text: string): string {
  const { folder } = commandLine(t)
  const file = join(folder, 'mainlog')
  writeFileSync(file, text)
  return file
}
