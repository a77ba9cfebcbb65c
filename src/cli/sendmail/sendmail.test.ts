import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { configFrom } from '../../config/load.ts'
import { startServer } from '../../server.ts'
import { UsageFault } from '../faults.ts'
import { commandLine } from '../testing/command-line.ts'
import { queueMail } from '../testing/queued-mail.ts'
import { parseFlags } from './flags.ts'

const BIN = join(import.meta.dirname, '../../../bin')

async function withAccount(t: TestContext) {
  const { folder, run } = commandLine(t)
  const dataFolder = join(folder, 'data')
  await run('domain add example.com')
  await run('account add jane@example.com --password-stdin', 'correct horse\n')
  const messages = async () => {
    const { out } = await run('account show jane@example.com --json')
    return JSON.parse(out).account.messages as number
  }
  return { run, dataFolder, messages }
}

function serverConfig(dataFolder: string) {
  const { config } = configFrom(null)
  const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 }
  return { ...config, hostName: 'mail.example.com', dataFolder, listeners: [], disk }
}

test('flags are read as sendmail reads them', () => {
  const cases: readonly [words: string, expected: Partial<ReturnType<typeof parseFlags>>][] = [
    ['-t -i', { fromHeader: true, endsAtDot: false }],
    ['-ti', { fromHeader: true, endsAtDot: false }],
    ['-oi -oem -odb -em -B8BITMIME', { endsAtDot: false, recipients: [] }],
    ['-fjane@x -- -odd', { sender: 'jane@x', recipients: ['-odd'] }],
    ['-f jane@x bob', { sender: 'jane@x', recipients: ['bob'] }],
    ['-r <> -F Cron bob', { sender: '<>', fullName: 'Cron', recipients: ['bob'] }],
    ['-bm a b', { mode: 'send', recipients: ['a', 'b'] }],
    ['-bp', { mode: 'list' }],
    ['-q', { mode: 'run' }],
    ['-q30m', { mode: 'run' }],
    ['-bs', { mode: 'smtp' }],
    ['-bv a', { mode: 'verify' }],
    [
      '-N success,DELAY -R hdrs -V id bob',
      { notify: 'SUCCESS,DELAY', ret: 'HDRS', envelopeId: 'id' },
    ],
    ['-N never bob', { notify: 'NEVER' }],
    ['-h 3 -C /etc/x -B 7BIT -v bob', { isVerbose: true, recipients: ['bob'] }],
  ]
  for (const [words, expected] of cases) {
    const flags = parseFlags(words.split(' '))
    assert.deepEqual({ ...flags, ...expected }, flags, words)
  }
  for (const words of ['-Z', '-bd', '-f', '-N often', '-R all', '-tZ', '-q bob', '-q5m -t'])
    assert.throws(() => parseFlags(words.split(' ')), UsageFault, words)
})

test('a message is kept without a server, and goes when one starts', async (t) => {
  const { run, dataFolder, messages } = await withAccount(t)
  const sent = await run(
    'sendmail -t -v -f cron@example.com',
    'To: jane@example.com\nBcc: b@x.example\n\ntext\n',
  )
  assert.deepEqual([sent.code, sent.errors], [0, ''])
  assert.equal(await messages(), 1)
  const listed = await run('sendmail -bp')
  assert.match(
    listed.out,
    new RegExp(`${sent.out.trim()} <cron@example\\.com>\\n          b@x\\.example\\n\\n$`),
  )
  assert.deepEqual(readdirSync(join(dataFolder, 'tmp')), [])
  await run('queue remove --all --yes')
  {
    await using _server = await startServer(serverConfig(dataFolder))
  }
  const log = readFileSync(join(dataFolder, 'log', 'mainlog'), 'utf8')
  assert.match(log, /<= cron@example\.com U=\S+ P=local S=\d+ /)
})

test('a running server takes it, with what the header lacks', async (t) => {
  const { run, dataFolder, messages } = await withAccount(t)
  await using _server = await startServer(serverConfig(dataFolder))
  assert.equal((await run('sendmail -i jane', 'Subject: hi\n\none\n.\ntwo\n')).code, 0)
  assert.equal(await messages(), 1)
  assert.deepEqual(readdirSync(join(dataFolder, 'tmp')), [])
})

test('exit codes are those of sysexits.h, and nothing is sent by halves', async (t) => {
  const { run, messages } = await withAccount(t)
  const mail = 'Subject: hi\n\ntext\n'
  const cases: readonly [line: string, code: number, error: RegExp][] = [
    ['sendmail', 64, /name a recipient, or say -t/],
    ['sendmail -t', 64, /the message names no recipient/],
    ['sendmail -Z jane', 64, /no flag -Z/],
    ['sendmail -bd', 64, /-bd/],
    ['sendmail jane nobody@example.com', 67, /nothing was sent: nobody@example\.com: Unknown user/],
    ['sendmail a..b@example.com', 67, /a\.\.b@example\.com: this is not an address/],
    ['sendmail -f a..b@x jane', 65, /"a\.\.b@x" is not an address/],
    ["sendmail -V 'a b' jane", 65, /the envelope id is none that RFC 3461 §4\.4 allows/],
  ]
  for (const [line, code, error] of cases) {
    const ran = await run(line, mail)
    assert.equal(ran.code, code, line)
    assert.match(ran.errors, error, line)
    assert.match(ran.errors, /^sendmail: [^\n]*\n$/, line)
  }
  assert.equal(await messages(), 0)
  assert.equal((await run('sendmail -bi')).code, 0)
  const verified = await run('sendmail -bv jane nobody x@elsewhere.example')
  assert.equal(verified.code, 67)
  assert.equal(
    verified.out,
    'jane@example.com verified\nnobody@example.com failed to verify: Unknown user\n' +
      'x@elsewhere.example verified\n',
  )
})

test('bin/sendmail is it, and mailq and newaliases by their names', async (t) => {
  const { dataFolder, messages } = await withAccount(t)
  const env = { ...process.env, WAYBILL_DATA: dataFolder, WAYBILL_NODE: process.execPath }
  const sendmail = join(BIN, 'sendmail')
  const sent = spawnSync(sendmail, ['-oi', 'jane'], { env, input: 'text\n', encoding: 'utf8' })
  assert.deepEqual([sent.status, sent.stderr], [0, ''])
  assert.equal(await messages(), 1)
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sendmail-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['mailq', 'newaliases']) {
    symlinkSync(sendmail, join(folder, name))
    const ran = spawnSync(join(folder, name), { env, encoding: 'utf8' })
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, '', ''], name)
  }
})

test('mail(1) sends by it', async (t) => {
  const program = ['/usr/bin/s-nail', '/usr/bin/mailx'].find(existsSync)
  if (program === undefined) return t.skip('neither s-nail nor mailx is installed')
  const { dataFolder, messages } = await withAccount(t)
  const rc = join(dataFolder, 'mailrc')
  const sendmail = join(BIN, 'sendmail')
  // The name that BSD's has, and the one of today's s-nail.
  writeFileSync(rc, `set sendmail=${sendmail}\nset mta=${sendmail}\n`)
  const node = { WAYBILL_DATA: dataFolder, WAYBILL_NODE: process.execPath }
  const env = { ...process.env, ...node, MAILRC: rc }
  spawnSync(program, ['-s', 'hello', 'jane@example.com'], { env, input: 'text\n' })
  assert.equal(await messages(), 1)
})

test("root's mail is root's, where the server is another user", {
  skip: process.getuid?.() === 0 ? false : 'only root can leave root',
}, async (t) => {
  const { run, dataFolder } = await withAccount(t)
  await run('account add root@example.com --password-stdin', 'correct horse\n')
  chmodSync(dirname(dataFolder), 0o755)
  for (const file of ['.', ...readdirSync(dataFolder, { recursive: true, encoding: 'utf8' })])
    chownSync(join(dataFolder, file), 65_534, 65_534)
  const env = { ...process.env, WAYBILL_DATA: dataFolder, WAYBILL_NODE: process.execPath }
  const options = { env, encoding: 'utf8' } as const
  const smtp = [
    'EHLO x',
    'MAIL FROM:<root@example.com>',
    'RCPT TO:<b@example.net>',
    'DATA',
    '',
    '.',
    'QUIT',
    '',
  ]
  for (const [args, input] of [
    [['a@example.net'], 'text\n'],
    [['-bs'], smtp.join('\r\n')],
  ] as const)
    assert.equal(spawnSync(join(BIN, 'sendmail'), args, { ...options, input }).status, 0)
  const listed = spawnSync(join(BIN, 'waybill'), ['queue', 'list'], options)
  assert.match(listed.stdout, /root@\S+\n +a@example\.net/)
  await using _server = await startServer(serverConfig(dataFolder))
  const mainlog = readFileSync(join(dataFolder, 'log/mainlog'), 'utf8')
  assert.deepEqual(mainlog.match(/ U=\S+/g), [' U=root', ' U=root'])
})

test('-bs speaks SMTP', async (t) => {
  const { run, messages } = await withAccount(t)
  const lines = [
    ...['EHLO localhost', 'DATA', 'RCPT TO:<jane@example.com>', 'MAIL FROM:<cron@example.com>'],
    ...['RCPT TO:<nobody@example.com>', 'RCPT TO:<jane@example.com>', 'DATA'],
    ...[
      'Subject: hi',
      '',
      '..',
      'text',
      '.',
      'MAIL FROM:<>',
      'RSET',
      'WHAT',
      'MAIL',
      'QUIT',
      'NOOP',
    ],
  ]
  const { out, code } = await run('sendmail -bs', `${lines.join('\r\n')}\r\n`)
  assert.equal(code, 0)
  const codes = out.split('\r\n').filter((line) => line[3] === ' ')
  assert.deepEqual(
    codes.map((line) => line.slice(0, 3)),
    [
      '220',
      '250',
      '503',
      '503',
      '250',
      '550',
      '250',
      '354',
      '250',
      '250',
      '250',
      '502',
      '501',
      '221',
    ],
  )
  assert.equal(await messages(), 1)
  assert.equal((await run('sendmail -bs', 'HELO x\nMAIL FROM:<a@x.example>\n')).code, 0)
})

test('-q has everything tried, however much waits', async (t) => {
  const { run, dataFolder } = await withAccount(t)
  const mails = Array.from({ length: 201 }, (_, n) => ({ recipients: [`u${n}@there.example`] }))
  await queueMail(dataFolder, mails)
  // Not that there are too many of them.
  assert.match((await run('sendmail -q')).errors, /^sendmail: no server runs here that could send/)
})
