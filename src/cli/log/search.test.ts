import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { runProgram } from '../program.ts'
import type { Terminal } from '../table.ts'
import { splitWords } from './search-words.ts'

const ONE = `2026-01-05 09:00:00 1vcY0u-000001-8s <= jane@one.example H=x [192.0.2.7] P=esmtp S=10 T="a \x1b[31m" from <jane@one.example> for bob@here.test
2026-01-05 09:00:01 1vcY0u-000001-8s => bob <bob@here.test> F=<jane@one.example> R=local T=mailbox
2026-01-05 09:00:02 1vcY0u-000001-8s Completed
`
const TWO = `2026-01-06 09:00:00 1vcYzz-000002-8s <= joe@two.example P=local S=10 from <joe@two.example> for sue@far.example
`
const REJECTED = `2026-01-05 10:00:00 H=(y) [203.0.113.9] F=<z@two.example> rejected RCPT <no@here.test>: no
`

interface Ran {
  readonly out: string
  readonly errors: string
  readonly status: number
}

/** Runs `waybill log search …`; NEW, OLD and DATA stand for logs and the server's data folder. */
async function run(words: readonly string[], colours = false): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  mkdirSync(join(folder, 'data', 'log'), { recursive: true })
  const paths: Record<string, string> = {
    NEW: join(folder, 'mainlog'),
    OLD: join(folder, 'mainlog.1.gz'),
    DATA: join(folder, 'data'),
  }
  writeFileSync(join(folder, 'mainlog'), TWO)
  writeFileSync(join(folder, 'mainlog.1.gz'), gzipSync(ONE + REJECTED))
  writeFileSync(join(folder, 'data', 'log', 'mainlog'), TWO)
  const out: string[] = []
  const errors: string[] = []
  let status = 0
  const terminal = (texts: string[]): Terminal => ({
    write: (text) => void texts.push(text.replaceAll(folder, '…')),
    columns: colours ? 80 : undefined,
    colours,
  })
  const exit = (code: number) => {
    status = code
  }
  const cli = { out: terminal(out), errors: terminal(errors), input: process.stdin, exit }
  await runProgram(cli, ['log', 'search', ...words.map((word) => paths[word] ?? word)])
  rmSync(folder, { recursive: true })
  return { out: out.join(''), errors: errors.join(''), status }
}

test('lines are printed message by message, as exigrep does', async () => {
  assert.deepEqual(await run(['2026', 'NEW', 'OLD']), {
    out: `${ONE}\n${REJECTED}\n+++ 1vcYzz-000002-8s has not completed +++\n${TWO}`,
    errors: '',
    status: 0,
  })
})

test('--raw prints only lines that match', async () => {
  const { out } = await run(['--raw', 'bob <', 'NEW', 'OLD'])
  assert.equal(out, `${ONE.split('\n')[1]}\n`)
})

test('--json prints a journey a line', async () => {
  const { out } = await run(['--json', '--since', '2026-01-01', '2026', 'NEW', 'OLD'])
  const values = out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  const journeys = values as { id: string | null; state?: string; events: unknown[] }[]
  assert.deepEqual(
    journeys.map(({ id, state, events }) => [id, state, events.length]),
    [
      ['1vcY0u-000001-8s', 'completed', 3],
      [null, undefined, 1],
      ['1vcYzz-000002-8s', 'logEnds', 1],
    ],
  )
})

test('on a terminal, what was found is in colour, and nothing from a stranger is raw', async () => {
  const { out } = await run(['JANE@', 'OLD'], true)
  assert.match(out, /<= \x1b\[31mjane@\x1b\[0mone\.example/)
  assert.match(out, /T="a \\033\[31m"/)
})

test('without files, the log of this server', async () => {
  assert.equal(
    (await run(['joe@two.example', '--data', 'DATA'])).out,
    `+++ 1vcYzz-000002-8s has not completed +++\n${TWO}`,
  )
})

test('related messages, in the log of this server', async () => {
  const { out, errors } = await run(['--related', '--from', 'joe@two.example', '--data', 'DATA'])
  assert.equal(errors, '')
  assert.match(out, /1vcYzz-000002-8s <= joe@two\.example/)
})

test('nothing found: exit 1 and a line that says where', async () => {
  assert.deepEqual(await run(['nobody@nowhere', 'NEW']), {
    out: '',
    errors: 'waybill: nothing found in …/mainlog\n',
    status: 1,
  })
})

const WRONG: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
  [[], /^waybill: name what to search for/],
  [['x', '…/none/mainlog'], /^waybill: there is no file …\/none\/mainlog$/],
  [['x', 'DATA'], /is a folder; name the log files in it$/],
  [['--regex', 'x(', 'NEW'], /^waybill: "x\(" is no regular expression: Unterminated group$/],
  [['', 'NEW'], /^waybill: an empty pattern is in every line$/],
  [['x', '--from', '', 'NEW'], /^waybill: --from needs a value/],
  [['x', '--since', 'soon', 'NEW'], /^waybill: --since "soon" is no time; give 2h/],
  [['x', '--since', '1h', '--until', '2h', 'NEW'], /--since is not before --until/],
  [['x', '--status', 'gone', 'NEW'], /status/],
  [['NEW'], /^waybill: …\/mainlog is a file: name before it what to search for$/],
  [['x', '--raw', '--json', 'NEW'], /--raw prints lines and --json messages/],
  [['x', '--related', '-'], /--related reads a log several times/],
]
for (const [words, sentence] of WRONG)
  test(`search ${words.join(' ')}: one sentence and exit 2`, async () => {
    const { out, errors, status } = await run(words)
    assert.deepEqual([out, status], ['', 2])
    assert.match(errors.trimEnd(), sentence)
    assert.equal(errors.split('\n').length, 2)
  })

test('patterns come first, files last', () => {
  const split = (words: string, afterDashes = 0, isFiltered = false) => {
    const { patterns, files } = splitWords(
      words.split(' ').filter(Boolean),
      afterDashes,
      isFiltered,
    )
    return [patterns.join(' '), files.join(' ')]
  }
  assert.deepEqual(split('a b'), ['a b', ''])
  assert.deepEqual(split('a /var/log/mainlog -'), ['a', '/var/log/mainlog -'])
  assert.deepEqual(split('a package.json'), ['a', 'package.json'])
  // The first word is a pattern, unless a filter says what to look for.
  assert.deepEqual(split('/var/mail/joe'), ['/var/mail/joe', ''])
  assert.deepEqual(split('/var/mail/joe', 0, true), ['', '/var/mail/joe'])
  // After -- there are files, but for the first word.
  assert.deepEqual(split('a b c', 1), ['a b', 'c'])
  assert.deepEqual(split('-a /b', 2), ['-a', '/b'])
  assert.deepEqual(split('mainlog', 1, true), ['', 'mainlog'])
})

for (const words of [['bob'], ['--raw', '<=']])
  for (const name of ['mainlog', 'mainlog.1.gz', 'own'])
    test(`search ${words.join(' ')} in ${name}: octets that are no UTF-8 are printed as they are`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
      const line = Buffer.from(
        ONE.split('\n')[0]?.replace(/T=.*" /, 'T="M\xfcll \xc3\xa4" ') ?? '',
        'latin1',
      )
      const newline = Buffer.from('\n')
      const log = Buffer.concat([line, newline])
      mkdirSync(join(folder, 'log'))
      const path = join(folder, ...(name === 'own' ? ['log', 'mainlog'] : [name]))
      writeFileSync(path, name.endsWith('.gz') ? gzipSync(log) : log)
      const written: Buffer[] = []
      const out: Terminal = {
        write: (text) => void written.push(Buffer.from(text)),
        writeOctets: (octets) => void written.push(Buffer.from(octets)),
        ...{ columns: undefined, colours: false },
      }
      const where = name === 'own' ? ['--data', folder] : [path]
      const cli = { out, errors: out, input: process.stdin, exit: () => {} }
      await runProgram(cli, ['log', 'search', ...words, ...where])
      rmSync(folder, { recursive: true })
      const printed = Buffer.concat(written)
      assert.ok(printed.includes(log), printed.toString('latin1'))
    })
