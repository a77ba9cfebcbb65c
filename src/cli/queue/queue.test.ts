import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { configFrom } from '../../config/load.ts'
import { openDatabaseInline } from '../../db/database.ts'
import { writeTable } from '../../db/group-commit.ts'
import { change, defineWrite } from '../../db/statement.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { startServer } from '../../server.ts'
import { commandLine } from '../testing/command-line.ts'
import { type QueuedMail, queueMail, TEXT } from '../testing/queued-mail.ts'

const HOUR_MS = 3_600_000
const MAILS: readonly QueuedMail[] = [
  { recipients: ['bob@there.example', 'ann@there.example'], ageMs: 3 * HOUR_MS },
  { recipients: ['carl@else.example'], sender: null, ageMs: 120 * HOUR_MS },
  {
    recipients: ['dora@else.example'],
    text: `Subject: big\r\n\r\n${'x'.repeat(20_000)}`,
    destination: 'relay:big',
  },
]

async function withMail(t: TestContext, mails = MAILS) {
  const { folder, run } = commandLine(t)
  const dataFolder = join(folder, 'data')
  await run('domain add example.com')
  await run('account add jane@example.com --password-stdin', 'correct horse\n')
  const ids = await queueMail(dataFolder, mails)
  /** Opens a server once, which writes the log. */
  const log = async () => {
    {
      await using _server = await startServer(await serverConfig(dataFolder))
    }
    return readFileSync(join(dataFolder, 'log', 'mainlog'), 'utf8')
  }
  return { run, ids, log, dataFolder }
}

async function serverConfig(dataFolder: string) {
  const { config } = configFrom(null)
  const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 }
  return { ...config, hostName: 'mail.example.com', dataFolder, listeners: [], disk }
}

test('an empty queue', async (t) => {
  const { run } = await withMail(t, [])
  const cases: readonly [options: string, out: string][] = [
    ['', 'Nothing waits.\n'],
    ['--older 1h', 'Nothing that waits is so.\n'],
    ['--older 1w', 'Nothing that waits is so.\n'],
    ['-i', ''],
    ['-c', '0\n'],
    ['--mailq', ''],
    ['--json', '[]\n'],
    ['-i --json', '[]\n'],
  ]
  for (const [options, expected] of cases) {
    const { out, errors, code } = await run(`queue list ${options}`)
    assert.deepEqual([out, errors, code], [expected, '', 0], options)
  }
})

test('what waits is listed, counted and summed up', async (t) => {
  const { run, ids } = await withMail(t)
  const { out } = await run('queue list')
  assert.equal(
    out,
    `  3h      54 B  ${ids[0]}  jane@example.com\n` +
      '                bob@there.example, due\n' +
      '                ann@there.example, due\n' +
      `  5d      54 B  ${ids[1]}  <>\n` +
      '                carl@else.example, due\n' +
      `  0m    20 KiB  ${ids[2]}  jane@example.com\n` +
      '                dora@else.example by relay:big, due\n',
  )
  assert.equal((await run('queue count')).out, '3\n')
  const summary = (await run('queue summary')).out.split('\n').slice(1)
  assert.match(summary.join('\n'), /^there\.example +1 +2 +54 B +3h +3h +mx +due$/m)
  assert.match(summary.join('\n'), /^\S+\.example +1 +1 +20 KiB +0m +0m +relay:big +due$/m)
  const listed = JSON.parse((await run('queue list --json')).out)
  assert.deepEqual(
    listed.map(({ messageId }: { messageId: string }) => messageId),
    ids,
  )
})

test('filters find messages', async (t) => {
  const { run, ids } = await withMail(t)
  const cases: readonly [options: string, found: readonly number[]][] = [
    ['--from <>', [1]],
    ['--from JANE', [0, 2]],
    ['--to ann@', [0]],
    ['--domain else.example', [1, 2]],
    ['--domain relay:big', [2]],
    ['--domain RELAY:Big', [2]],
    ['--domain ELSE.example', [1, 2]],
    ['--older 1h', [0, 1]],
    ["--older '2 h' --younger 1d", [0]],
    ['--size 10KB', [2]],
    ['--size -100', [0, 1]],
    ['--size 10-1000', [0, 1]],
    ['--frozen', []],
    ['--held', []],
  ]
  for (const [options, found] of cases) {
    const { out } = await run(`queue list -i ${options}`)
    assert.deepEqual(
      out.split('\n').slice(0, -1),
      found.map((index) => ids[index]),
      options,
    )
    assert.equal((await run(`queue list -c ${options}`)).out, `${found.length}\n`, options)
  }
  const listed = async (options: string) => (await run(`queue list ${options}`)).out
  assert.equal(await listed('-c --json'), '3\n')
  assert.deepEqual(JSON.parse(await listed('-i --json')), ids)
  assert.deepEqual(JSON.parse(await listed('-i --json --held')), [])
  assert.equal(await listed('--held'), 'Nothing that waits is so.\n')
  const wrong = ['--older soon', '--size big', '-c -i', '--frozen --held', '--mailq --json']
  for (const options of wrong) assert.equal((await run(`queue list ${options}`)).code, 2, options)
})

test('exiqsumm reads the list in the form of mailq', async (t) => {
  const { run, ids } = await withMail(t)
  await run(`queue freeze ${ids[1]}`)
  const { out } = await run('queue list --mailq')
  assert.equal(
    out,
    ` 3h    54 ${ids[0]} <jane@example.com>\n          bob@there.example\n          ann@there.example\n\n` +
      ` 5d    54 ${ids[1]} <> *** frozen ***\n          carl@else.example\n\n` +
      ` 0m   20K ${ids[2]} <jane@example.com>\n          dora@else.example\n\n`,
  )
  if (!existsSync('/usr/sbin/exiqsumm')) return t.skip('exiqsumm is not installed')
  const summed = execFileSync('/usr/sbin/exiqsumm', ['-f'], { input: out, encoding: 'utf8' })
  assert.match(summed, /^ +2 +108 +3h +3h +there\.example$/m)
  assert.match(summed, /^ +1 +54 +5d +5d +else\.example \(f\)$/m)
})

test('one message is shown, with its octets', async (t) => {
  const { run, ids } = await withMail(t)
  const { out } = await run(`queue show ${ids[0]}`)
  assert.match(out, /^From +jane@example\.com$/m)
  assert.match(out, /^For +ann@there\.example\n +by mx:there\.example, not tried, due$/m)
  const [head, body] = TEXT.split('\r\n\r\n')
  const shown = async (options: string) => (await run(`queue show ${ids[0]} ${options}`)).out
  assert.equal(await shown('--headers'), `${head}\n\n`.replaceAll('\r', ''))
  assert.equal(await shown('--body'), `${body}`.replaceAll('\r', ''))
  assert.equal(await shown('--headers --body'), TEXT.replaceAll('\r', ''))
  const none = await run('queue show 1vnYk2-00000000BQ5-1EaB')
  assert.deepEqual([none.code, none.out], [2, ''])
  assert.match(none.errors, /is not in the queue; what became of it says waybill log trace/)
  assert.match((await run('queue show hello')).errors, /"hello" is no id of a message/)
})

test('one message as JSON, with its octets and its log', async (t) => {
  const { run, ids, log } = await withMail(t)
  await run(`queue freeze ${ids[0]}`)
  await log()
  const shown = async (options: string) =>
    JSON.parse((await run(`queue show ${ids[0]} --json ${options}`)).out)
  assert.equal((await shown('')).message.stopped, 'frozen')
  const [head, body] = TEXT.split('\r\n\r\n')
  const all = await shown('--headers --body --log')
  assert.deepEqual([all.headers, all.body], [`${head}\r\n\r\n`, body])
  assert.equal(all.message.messageId, ids[0])
  assert.match(JSON.stringify(all.log), /frozen/)
})

const HOSTILE = '\u001b]0;x\u0007\u202eevil\u200b\u0085'

test('nothing that a stranger wrote commands the terminal', async (t) => {
  const { run, ids } = await withMail(t, [
    {
      sender: `"${HOSTILE}${'s'.repeat(10_000)}"@evil.example`,
      recipients: [`${HOSTILE}@${'d'.repeat(10_000)}.example`, `ok@${HOSTILE}.example`],
      text: `Subject: ${HOSTILE}\r\n ${'x'.repeat(10_000)}\xff\r\nX: \rforged\r\n\r\n\x1b[2J ü\r\n`,
    },
  ])
  const id = ids[0]
  // What colours are made of is the only control there may be.
  const raw =
    /(?!\x1b\[\d{1,2}m)[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/
  const lines = ['list', `show ${id}`, `show ${id} --headers`, `show ${id} --body`, `why ${id}`]
  for (const line of [...lines, 'summary', 'list --mailq', 'remove --all', 'edit --drop-rcpt x'])
    for (const json of line === 'list --mailq' ? [''] : ['', ' --json']) {
      const { out, errors } = await run(`queue ${line}${json}`, '', 80)
      assert.doesNotMatch(out + errors, raw, line)
    }
  const { out } = await run('queue list', '', 80)
  const shown = out
    .replaceAll(/\x1b\[\d+m/g, '')
    .trimEnd()
    .split('\n')
  assert.equal(shown.length, 3)
  for (const line of shown) assert.equal(line.length, 80)
  assert.match((await run(`queue show ${id} --body`, '', 80)).out, /^\\033\[2J ü\n$/)
})

test('thousands of messages are listed page by page', async (t) => {
  const many = Array.from({ length: 1100 }, (_, index) => ({
    recipients: [`to${index}@there.example`],
  }))
  const { run, ids } = await withMail(t, many)
  assert.deepEqual((await run('queue list -i')).out.split('\n').slice(0, -1), ids)
  assert.equal((await run('queue list -c --to to24')).out, '11\n')
  assert.equal(JSON.parse((await run('queue list --json')).out).length, many.length)
  assert.equal((await run('queue list')).out.split('\n').length, 2 * many.length + 1)
  assert.match((await run('queue remove --all')).errors, /\nand 1090 more\n.* 1100 messages away/)
})

test('messages are held, released, frozen and thawed, and why says so', async (t) => {
  const { run, ids, log } = await withMail(t)
  assert.equal((await run(`queue hold ${ids[0]}`)).out, 'Held 1 message.\n')
  assert.match((await run(`queue why ${ids[0]}`)).out, /a person: it is held by \S+$/m)
  assert.match((await run(`queue why ${ids[0]}`)).out, /waybill queue release/)
  assert.match((await run(`queue show ${ids[0]}`)).out, /^Given up +not while it is held$/m)
  assert.match((await run('queue list --held')).out, /held by \S+$/m)
  assert.match((await run('queue thaw --held')).out, /Thawed 0 messages\.\n1 message left/)
  assert.equal((await run('queue release --held')).out, 'Released 1 message.\n')
  assert.equal((await run('queue freeze --domain else.example')).out, 'Froze 2 messages.\n')
  assert.equal(
    (await run('queue thaw --all')).out,
    'Thawed 2 messages.\n1 message left as before.\n',
  )
  assert.match((await run(`queue why ${ids[0]}`)).out, /Waits for +a server: none runs here/)
  const text = await log()
  for (const words of ['held by', 'released by'])
    assert.match(text, new RegExp(`${ids[0]} ${words} \\S+$`, 'm'))
  for (const words of ['frozen by', 'unfrozen by'])
    assert.match(text, new RegExp(`${ids[1]} ${words} \\S+$`, 'm'))
})

test('mail for a domain that comes here is held, and its log says so', async (t) => {
  const { run, ids, log } = await withMail(t)
  assert.match(
    (await run('domain add there.example')).out,
    /elsewhere: 1 message held in the queue/,
  )
  assert.match((await run('queue list --held')).out, /held by domain-add$/m)
  assert.deepEqual((await run('queue list --held -i')).out, `${ids[0]}\n`)
  assert.match(await log(), new RegExp(`${ids[0]} held by domain-add$`, 'm'))
  const todo = async () => /^To do +(.*)$/m.exec((await run(`queue why ${ids[0]}`)).out)?.[1]
  assert.match((await todo()) ?? '', /^first waybill account add .* for bob@there\.example,/)
  await run('account add bob@there.example --password-stdin', 'correct horse\n')
  assert.match((await todo()) ?? '', /^first .* for ann@there\.example, or/)
  await run('alias add ann@there.example bob@there.example')
  assert.match((await todo()) ?? '', new RegExp(`^waybill queue release ${ids[0]}: everybody`))
})

test('messages are thrown away only when that is meant', async (t) => {
  const { run, ids, log } = await withMail(t)
  const asked = await run('queue remove --all')
  assert.equal(asked.code, 2)
  assert.match(asked.errors, new RegExp(`^${ids[0]}  3h  54 B  jane@example\\.com → bob@there`))
  assert.match(asked.errors, /This throws 3 messages away, and tells nobody\. Say --yes/)
  assert.equal((await run('queue count')).out, '3\n')
  assert.match((await run('queue remove --yes')).errors, /name messages, or say which/)
  assert.equal((await run(`queue remove ${ids[1]} --yes`)).out, 'Removed 1 message.\n')
  const again = await run(`queue remove ${ids[1]} --yes`)
  assert.equal(again.code, 1)
  assert.match(again.errors, /is not in the queue/)
  assert.match(await log(), new RegExp(`${ids[1]} removed by \\S+\n.*${ids[1]} Completed`))
})

const leaseAnn = defineWrite('leaseForTest', function* (reversePath: string) {
  yield* change(
    `UPDATE queued_recipient SET state = 'leased', due_ms = 1, reverse_path = ?
     WHERE address = 'ann@there.example'`,
    reversePath,
  )
  return null
})

test('a message is given back whole when one that it goes to was being tried', async (t) => {
  const { run, ids, dataFolder } = await withMail(t)
  {
    const file = join(dataFolder, 'mail.db')
    const writes = writeTable([leaseAnn])
    await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
    await database.write(leaseAnn, 'jane+list@example.com')
  }
  assert.equal((await run(`queue bounce ${ids[0]} --yes`)).out, 'Gave back 1 message.\n')
  assert.equal((await run('queue count')).out, '2\n')
  const account = JSON.parse((await run('account show jane@example.com --json')).out)
  assert.equal(account.account.messages, 2, 'one notice for each reverse-path')
})

test('a message is given back to its sender, once', async (t) => {
  const { run, ids, log } = await withMail(t)
  assert.equal((await run(`queue bounce ${ids[0]} ${ids[1]} --yes`)).out, 'Gave back 2 messages.\n')
  assert.equal((await run('queue count')).out, '1\n')
  const account = JSON.parse((await run('account show jane@example.com --json')).out)
  assert.equal(account.account.messages, 1, 'one notice for both recipients, none for <>')
  const text = await log()
  assert.match(text, new RegExp(`${ids[0]} cancelled by \\S+$`, 'm'))
  assert.match(
    text,
    new RegExp(
      `${ids[0]} \\*\\* ann@there\\.example .*: delivery cancelled by administrator `,
      'm',
    ),
  )
  assert.equal(text.match(new RegExp(`${ids[0]} Completed`, 'g'))?.length, 1)
})

test('run needs a server that could try', async (t) => {
  const { run } = await withMail(t)
  const { code, errors } = await run('queue run --now')
  assert.equal(code, 2)
  assert.equal(errors, 'waybill: no server runs here that could send; start one\n')
})

test('messages take another way', async (t) => {
  const { run, ids, log } = await withMail(t)
  await run('relay add big --host relay.example')
  const by = '--instead mx:else.example --by relay:BIG'
  assert.equal((await run(`queue reroute --to carl ${by}`)).out, 'Rerouted 1 message.\n')
  assert.match((await run(`queue reroute ${ids[0]} ${by}`)).out, /^Rerouted 0 .*\n1 message left/)
  assert.match((await run(`queue show ${ids[1]}`)).out, /by relay:big, not tried/)
  assert.equal((await run(`queue reroute ${ids[1]} --by new.example`)).out, 'Rerouted 1 message.\n')
  assert.match((await run(`queue show ${ids[1]}`)).out, /by mx:new\.example, not tried/)
  const cases: readonly [line: string, error: RegExp][] = [
    [`queue reroute ${ids[0]} --by relay:none`, /no relay none/],
    ['queue reroute --all --by relay:none', /no relay none/],
    [`queue reroute ${ids[0]} --by a..b`, /"a\.\.b" is no destination; write mx:example\.net/],
    [`queue reroute ${ids[0]} --by big`, /"big" is no destination; write relay:NAME or mx:/],
    [`queue reroute ${ids[0]}`, /--by/],
  ]
  for (const [line, error] of cases) assert.match((await run(line)).errors, error, line)
  const text = await log()
  assert.match(text, new RegExp(`${ids[1]} moved from mx:else.example to relay:big by \\S+$`, 'm'))
})

test('an envelope is edited', async (t) => {
  const { run, ids, log } = await withMail(t)
  const id = ids[0]
  const cases: readonly [options: string, error: RegExp][] = [
    ['', /say what to change/],
    ['--drop-rcpt bob@there.example', /takes 1 recipient away .*Say --yes/],
    ['--drop-rcpt zoe@there.example --yes', /does not wait for zoe@there\.example/],
    ['--add-rcpt bob@THERE.example', /waits for bob@THERE\.example already/],
    ['--add-rcpt jane@example.com', /is an address of this server/],
    ['--add-rcpt nobody', /"nobody" is not an address/],
    ['--sender nobody', /"nobody" is not an address/],
  ]
  for (const [options, error] of cases) {
    const { code, errors } = await run(`queue edit ${id} ${options}`)
    assert.equal(code, 2, options)
    assert.match(errors, error, options)
  }
  assert.doesNotMatch((await run('queue edit --help')).out, /default/)
  const options = '--drop-rcpt BOB@there.example --add-rcpt new@third.example --sender <> --yes'
  assert.equal((await run(`queue edit ${id} ${options}`)).out, 'Changed 1 message.\n')
  const { out } = await run(`queue show ${id}`)
  assert.match(out, /^From +<>$/m)
  assert.match(out, /^For +bob@there\.example\n.*, cancelled$/m)
  assert.match(out, /^For +new@third\.example\n.*by mx:third\.example, not tried, due$/m)
  assert.match((await run('queue list --mailq')).out, /^ {8}D bob@there\.example$/m)
  assert.ok(!(await run('sendmail -bpu')).out.includes('bob@'))
  const text = await log()
  assert.match(text, new RegExp(`${id} address <bob@there.example> marked delivered by \\S+$`, 'm'))
  assert.match(text, new RegExp(`${id} recipient <new@third.example> added by \\S+$`, 'm'))
  assert.match(text, new RegExp(`${id} sender address changed to <> by \\S+$`, 'm'))
})
