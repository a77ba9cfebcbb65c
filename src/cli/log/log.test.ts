import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'

import { runProgram } from '../program.ts'
import type { Terminal } from '../table.ts'

const ID = '1xUgx1-00000000BQ5-1EaB'
const LINES = `2026-11-20 09:00:01 ${ID} <= jane@example.com H=(x) [192.0.2.3] P=esmtp S=100 id=1@x T="Hello \\033[31m" from <jane@example.com> for bob@example.com
2026-11-20 09:00:02 ${ID} ** bob@example.com F=<jane@example.com> R=local: no such user
2026-11-20 09:00:02 ${ID} Completed
`

interface Ran {
  readonly out: string
  readonly errors: string
  readonly status: number
  /** What stands in the data folder afterwards. */
  readonly made: readonly string[]
}

/** Runs `waybill log …` on a log with these lines; undefined: on a folder without one. */
async function run(lines: string | undefined, ...words: (string | Readable)[]): Promise<Ran> {
  const args = words.filter((word) => typeof word === 'string')
  const input = words.find((word) => word instanceof Readable) ?? process.stdin
  const data = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  if (lines !== undefined) {
    mkdirSync(join(data, 'log'))
    writeFileSync(join(data, 'log', 'mainlog'), lines)
  }
  const out: string[] = []
  const errors: string[] = []
  let status = 0
  const terminal = (texts: string[]): Terminal => ({
    write: (text) => void texts.push(text.replaceAll(data, 'DATA')),
    columns: undefined,
    colours: false,
  })
  const exit = (code: number) => {
    status = code
  }
  const cli = {
    out: terminal(out),
    errors: terminal(errors),
    input: input as NodeJS.ReadStream,
    exit,
  }
  const where = args.includes('--data') ? [] : ['--data', data]
  await runProgram(cli, ['log', ...args, ...where])
  const made = readdirSync(data)
  rmSync(data, { recursive: true })
  return { out: out.join(''), errors: errors.join(''), status, made }
}

async function runPlain(lines: string, ...args: string[]): Promise<Omit<Ran, 'made'>> {
  const { out, errors, status } = await run(lines, ...args)
  return { out, errors, status }
}

test('the list has one line a message: when, from whom, to whom, what became of it', async () => {
  assert.deepEqual(await runPlain(LINES), {
    out: `Time                 Id                       From                 To               Outcome
2026-11-20 09:00:01  ${ID}  jane@example.com  →  bob@example.com  failed: no such user\n`,
    errors: '',
    status: 0,
  })
})

test('an empty log says so', async () => {
  assert.deepEqual(await runPlain(''), { out: 'No message has come yet.\n', errors: '', status: 0 })
})

for (const handle of [ID, '1@x', '<1@x>']) {
  test(`trace ${handle} tells the story, with nothing raw from a stranger`, async () => {
    const { out, status } = await run(LINES, 'trace', handle)
    assert.equal(status, 0)
    assert.ok(
      out.startsWith(`${ID}  failed: no such user
Subject: Hello \\033[31m
2026-11-20 09:00:01  arrived from jane@example.com by esmtp from host [192.0.2.3] calling itself x, 100 B
                     for bob@example.com
2026-11-20 09:00:02  failed for good: bob@example.com by local: no such user
2026-11-20 09:00:02  completed

Why       There is no such mailbox
Meaning   `),
      out,
    )
    assert.match(out, /^Who acts {2}the sender$/m)
    assert.match(out, /^Do {8}1\. /m)
    assert.match(out, /^Retrying {2}does not help$/m)
  })
}

test('trace of an id that is not there: exit 1', async () => {
  assert.deepEqual(await runPlain(LINES, 'trace', 'nothing@x'), {
    out: '',
    errors: 'waybill: nothing in this server’s log is about nothing@x\n',
    status: 1,
  })
})

for (const words of [[], ['search', 'x'], ['trace', 'x'], ['stats'], ['tail']])
  test(`log ${words.join(' ')} without a log: exit 2, what would be right, and nothing is made`, async () => {
    const { out, errors, status, made } = await run(undefined, ...words)
    assert.deepEqual([out, status, made], ['', 2, []])
    assert.match(
      errors,
      /^waybill: this server has no log yet, in DATA\/log: name the log files to read, such as \/var\/log\/\S+, or .* --data\n$/,
    )
  })

test('an index of other logs answers where the server has none of its own', async () => {
  const data = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  writeFileSync(join(data, 'exim.log'), LINES)
  await run(undefined, 'index', join(data, 'exim.log'), '--keep-days', '0', '--data', data)
  const { out, status } = await run(undefined, 'trace', ID, '--data', data)
  const none = await run(undefined, 'search', ID, '--until', '2001-01-01', '--data', data)
  rmSync(data, { recursive: true })
  assert.equal(status, 0)
  assert.match(out, /failed: no such user/)
  assert.deepEqual([none.errors, none.status], ['waybill: nothing found in this server’s log\n', 1])
})

test('--json prints the same, and of tail one event a line', async () => {
  const list = await run(LINES, '--json')
  assert.equal(JSON.parse(list.out)[0].recipients[0].fate, 'failed')
  const story = await run(LINES, 'trace', ID, '--json')
  const [told] = JSON.parse(story.out).messages
  assert.equal(told.troubles[0].explanation.reason.category, 'mailboxUnknown')
  delete told.troubles
  assert.equal(told.isCut, false)
  delete told.isCut
  assert.deepEqual([told], JSON.parse(list.out))
  const tail = await run(LINES, 'tail', '-n', '1', '--json')
  assert.deepEqual(JSON.parse(tail.out), {
    type: 'completed',
    atMs: new Date(2026, 10, 20, 9, 0, 2).getTime(),
    id: ID,
    queueTimeMs: null,
  })
})

test('tail has one line a step; --raw prints the very lines', async () => {
  const steps = await run(LINES, 'tail', '-n', '2')
  assert.equal(
    steps.out,
    `2026-11-20 09:00:02  ${ID}  failed for good: bob@example.com by local: no such user\n` +
      `2026-11-20 09:00:02  ${ID}  completed\n`,
  )
  const raw = await run(LINES, 'tail', '-n', '2', '--raw')
  assert.equal(raw.out, LINES.split('\n').slice(1).join('\n'))
})

test('trace of a local delivery names its mailbox once', async () => {
  const lines = LINES.replace(
    /.*\*\*.*/,
    `2026-11-20 09:00:02 ${ID} => bob@example.com F=<jane@example.com> R=local T=mailbox S=100 mailbox="INBOX"`,
  )
  const { out } = await run(lines, 'trace', ID)
  assert.match(out, /delivered to bob@example\.com by local, mailbox INBOX$/m)
})

test('of several messages with the same error, only the first has the whole explanation', async () => {
  const other = LINES.replaceAll(ID, '1xUgx2-00000000BQ6-1EaC').replace('id=1@x', 'id=2@x')
  const { out } = await run(LINES + other, 'trace', 'bob@example.com')
  assert.equal(out.match(/^Meaning /gm)?.length, 1)
  assert.match(out, /^Why {7}as above: There is no such mailbox$/m)
  const last = await run(LINES + other, 'trace', 'bob@example.com', '-n', '1')
  assert.match(last.out, /^1 older message left out; -n shows more/)
})

test('trace --until tells nothing later, and says where the story goes on', async () => {
  const { out } = await run(LINES, 'trace', ID, '--until', '2026-11-20 09:00:02')
  assert.match(out, new RegExp(`^${ID}  waiting$`, 'm'))
  assert.match(out, /^Cut {7}by --until: this was so on 2026-11-20 09:00:02; the log goes on/m)
  assert.doesNotMatch(out, /failed for good|completed|^Now|^Why/m)
  const whole = await run(LINES, 'trace', ID, '--until', '2026-11-20 09:00:03')
  assert.doesNotMatch(whole.out, /^Cut/m)
  const { messages } = JSON.parse(
    (await run(LINES, 'trace', ID, '--json', '--until', '2026-11-20 09:00:02')).out,
  )
  assert.deepEqual([messages[0].isCut, messages[0].events.length], [true, 1])
})

test('a frozen message is explained by what stopped it, and by being frozen only without that', async () => {
  const frozen = `2026-11-20 09:00:02 ${ID} Frozen\n`
  const [arrived = '', failed = ''] = LINES.split('\n')
  const known = await run(`${arrived}\n${failed}\n${frozen}`, 'trace', ID)
  assert.deepEqual(known.out.match(/^Why .*/gm), ['Why       There is no such mailbox'])
  const unknown = await run(`${arrived}\n${frozen}`, 'trace', ID)
  assert.match(unknown.out, /^Why {7}The message is frozen/m)
})

test('trace of nothing, and explain of an empty file: one sentence and exit 2', async () => {
  const nothing = await run(LINES, 'trace', ' ')
  assert.deepEqual([nothing.out, nothing.status], ['', 2])
  assert.match(nothing.errors, /^waybill: name a message id, a Message-ID or an address\n$/)
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  writeFileSync(join(folder, 'empty'), '')
  const empty = await run(LINES, 'explain', join(folder, 'empty'))
  rmSync(folder, { recursive: true })
  assert.equal(empty.status, 2)
  assert.match(empty.errors, /empty is empty: there is nothing to explain\n$/)
})

test('explain takes no compressed file for a line, whatever its octets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  writeFileSync(join(folder, 'bad.gz'), Buffer.from('\x1f\x8bgarbage', 'latin1'))
  const { errors, status } = await run(LINES, 'explain', join(folder, 'bad.gz'))
  rmSync(folder, { recursive: true })
  assert.equal(status, 2)
  assert.match(errors, /bad\.gz is damaged or cut short/)
})

test('two recipients with two reasons: the title counts them, and each is explained', async () => {
  const said = (to: string, why: string) =>
    `2026-11-20 09:00:02 ${ID} == ${to} R=dns T=smtp defer (-44): ${why}\n`
  const [arrived = ''] = LINES.split('\n')
  const both = `${arrived}\n${said('bob@example.com', 'Connection refused')}`
  const { out } = await run(both + said('sue@example.net', '452 4.2.2 mailbox full'), 'trace', ID)
  assert.ok(out.startsWith(`${ID}  2 deferred\n`), out)
  assert.match(out, /^Recipient +Fate +Attempts$/m)
  assert.match(out, /^For bob@example\.com$/m)
  assert.match(out, /^For sue@example\.net$/m)
})

test('trace reads standard input as often as it must, also one longer than its first piece', async () => {
  const filler = '2026-11-20 08:00:00 Start queue run: pid=1\n'.repeat(30_000)
  const { out, errors } = await run(
    LINES,
    'trace',
    ID,
    '-',
    Readable.from([Buffer.from(filler), Buffer.from(LINES)]),
  )
  assert.equal(errors, '')
  assert.match(out, /^Why {7}There is no such mailbox$/m)
})

test('explain of a message id says which command tells what became of it', async () => {
  const { errors, status } = await run(LINES, 'explain', ID)
  assert.equal(status, 2)
  assert.match(errors, new RegExp(`: what became of it says waybill log trace ${ID}\n$`))
})
