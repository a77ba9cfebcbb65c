/** Mail of users of this machine: real programs under the rights of an ordinary user. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { dropHead } from '../../src/control/drop-file.ts'
import { missingPrograms } from '../support/programs.ts'
import { ALICE, startWithUsers } from '../support/users.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

const SENDMAIL = fileURLToPath(new URL('../../bin/sendmail', import.meta.url))
const WAYBILL = fileURLToPath(new URL('../../bin/waybill', import.meta.url))
const DOMAIN = 'example.test'
/** Debian has it on every machine; its numbers are the same everywhere. */
const WWW = { uid: 33, gid: 33, name: 'www-data' }
const DAEMON = { uid: 1, gid: 1, name: 'daemon' }

let server: Waybill = undefined as never
let home = '/'
const skip = whyNot()

before(async () => {
  if (skip !== false) return
  server = await startWithUsers({
    aliases: { [`postmaster@${DOMAIN}`]: [ALICE] },
    settings: { sendmail: { max_recipients_per_hour: 0 } },
  })
  // Others can go through it, as through /var/lib.
  chmodSync(server.folder, 0o711)
  chmodSync(server.configFile, 0o644)
  home = join(server.folder, 'home')
  mkdirSync(home)
  chmodSync(home, 0o777)
})

after(async () => {
  if (skip === false) await server[Symbol.asyncDispose]()
})

/** Why another user cannot be played here; false: they can. */
function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can act for another user'
  const hasUser = readFileSync('/etc/passwd', 'utf8').includes(`\n${WWW.name}:x:${WWW.uid}:`)
  if (!hasUser) return `this machine has no user ${WWW.name}`
  const probe = asUser('/bin/sh', ['-c', `test -r ${SENDMAIL}`], '')
  return probe.status === 0 ? false : 'another user cannot read this checkout'
}

function asUser(
  program: string,
  args: readonly string[],
  input: string,
  env: NodeJS.ProcessEnv = {},
) {
  return spawnSync(program, args, {
    ...{ uid: WWW.uid, gid: WWW.gid, input, encoding: 'utf8', cwd: '/', timeout: 60_000 },
    env: {
      ...{ PATH: process.env['PATH'], WAYBILL_NODE: process.execPath },
      ...{ HOME: home, LOGNAME: WWW.name, USER: WWW.name },
      ...{ WAYBILL_CONFIG: server?.configFile, ...env },
    },
  })
}

/** Sends as the user, and waits for the message with this subject to be in the log. */
async function arrived(subject: string): Promise<RegExpExecArray> {
  const line = new RegExp(`^\\S+ \\S+ (\\S+) <= (\\S+) U=(\\S+) P=local .*T="${subject}".*$`, 'm')
  return await server.logged('mainlog', line)
}

async function textOf(subject: string): Promise<string> {
  await using imap = await server.imap(ALICE)
  await imap.ok('SELECT INBOX')
  const [uid = 0] = await imap.search(`SUBJECT "${subject}"`)
  return (await imap.fetchOctets(uid))?.toString('latin1') ?? ''
}

function assertSent(ran: { status: number | null; stdout: string; stderr: string }): void {
  assert.deepEqual([ran.status, ran.stderr], [0, ''])
}

const dropFolder = () => `${server.dataFolder}-drop`

test('cron sends what a job printed to root, which is the postmaster', { skip }, async () => {
  const mail = `From: root (Cron Daemon)\nTo: root\nSubject: cron ran\nContent-Type: text/plain; charset=UTF-8\n\nout\n`
  assertSent(asUser(SENDMAIL, ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'root'], mail))
  const [, id = '', sender, user] = await arrived('cron ran')
  assert.deepEqual([sender, user], [`${WWW.name}@${DOMAIN}`, WWW.name])
  const log = await server.logged('mainlog', new RegExp(`${id} => ${ALICE} .*$`, 'm'))
  assert.match(log[0], /root@example\.test/)
  assert.match(await textOf('cron ran'), /^From: root \(Cron Daemon\)\r$/m)
  assert.deepEqual(readdirSync(dropFolder()), [])
})

test('mail(1) sends', { skip: skip || missingPrograms('mail') }, async () => {
  const rc = join(home, 'mailrc')
  writeFileSync(rc, `set sendmail=${SENDMAIL}\nset mta=${SENDMAIL}\n`)
  chmodSync(rc, 0o644)
  assertSent(asUser('mail', ['-s', 'by mail', ALICE], 'text\n', { MAILRC: rc }))
  await arrived('by mail')
  assert.match(await textOf('by mail'), /^From: .*www-data.*$/m)
})

test('mutt sends', { skip: skip || missingPrograms('mutt') }, async () => {
  const set = `set sendmail="${SENDMAIL} -oem -oi"; set copy=no; set use_envelope_from=yes`
  const ran = asUser(
    'mutt',
    [
      '-n',
      '-F',
      '/dev/null',
      '-e',
      set,
      '-e',
      'set from=www-data@example.test',
      '-s',
      'by mutt',
      '--',
      ALICE,
    ],
    'text\n',
  )
  assert.equal(ran.status, 0, ran.stderr)
  const [, , sender] = await arrived('by mutt')
  assert.equal(sender, `${WWW.name}@${DOMAIN}`)
})

test("PHP's mail() sends, and says who the sender is by -f", {
  skip: skip || missingPrograms('php'),
}, async () => {
  const code = `exit(mail($argv[1], "by php", "text", ["From" => "Shop <shop@example.test>"], "-fshop@example.test") ? 0 : 1);`
  const path = `sendmail_path=${SENDMAIL} -t -i`
  assertSent(asUser('php', ['-n', '-d', path, '-r', code, '--', ALICE], ''))
  const [, , sender, user] = await arrived('by php')
  assert.deepEqual([sender, user], ['shop@example.test', WWW.name])
})

test('a message of many megabytes arrives whole', { skip }, async () => {
  const line = `${'x'.repeat(70)}\n`
  assertSent(asUser(SENDMAIL, ['-i', ALICE], `Subject: large\n\n${line.repeat(150_000)}`))
  await arrived('large')
  const text = await textOf('large')
  assert.equal(text.split('\r\n').filter((one) => one === 'x'.repeat(70)).length, 150_000)
})

test('what cannot be delivered comes back to the postmaster when the user has no mail here', {
  skip,
}, async () => {
  const mail = 'Subject: to nobody\n\nmy text\n'
  assertSent(asUser(SENDMAIL, ['-i', '-f', 'victim@elsewhere.example', 'nobody', ALICE], mail))
  await server.logged(
    'mainlog',
    / message rejected for user www-data: nothing was sent: nobody@example\.test: Unknown user/,
  )
  await server.logged('mainlog', /<= <> R=\S+ .*T="Undelivered mail: /)
  const notice = await textOf('Undelivered mail')
  assert.match(notice, /^To: <postmaster@example\.test>\r$/m)
  assert.match(notice, /^ {2}<nobody@example\.test>\r$/m)
  assert.match(notice, /because another address leads nowhere/)
  assert.match(notice, /^my text\r$/m)
  assert.doesNotMatch(server.log('mainlog'), /=> victim|-> victim/)
  assert.deepEqual(readdirSync(dropFolder()), [])
})

test('a too large message, and what is only for root, are refused at once', { skip }, async () => {
  const big = asUser(SENDMAIL, ['-i', ALICE], Buffer.alloc(60 * 2 ** 20, 'x\n').toString())
  assert.deepEqual([big.status, big.stderr], [65, 'sendmail: the message is too big\n'])
  const speaks = asUser(SENDMAIL, ['-bs'], 'QUIT\r\n')
  assert.equal(speaks.status, 77)
  assert.match(speaks.stderr, /^sendmail: -bs is only for root .* port 587\n$/)
  assert.equal(asUser(SENDMAIL, ['-bp'], '').status, 77)
  assert.equal(asUser(SENDMAIL, ['-f', 'a', '-t'], 'Subject: x\n\n').status, 64)
})

test('mail left without a server waits for the next start', { skip }, async () => {
  await server.stop()
  assertSent(asUser(SENDMAIL, ['-i', ALICE], 'Subject: while away\n\ntext\n'))
  const [name = ''] = readdirSync(dropFolder())
  const stat = statSync(join(dropFolder(), name))
  assert.deepEqual([stat.uid, stat.mode & 0o777], [WWW.uid, 0o644])
  await server.start()
  await arrived('while away')
  assert.deepEqual(readdirSync(dropFolder()), [])
})

test('others can neither list the folder nor take away what is in it', { skip }, async () => {
  await server.stop()
  assertSent(asUser(SENDMAIL, ['-i', ALICE], 'Subject: kept\n\ntext\n'))
  const [name = ''] = readdirSync(dropFolder())
  assert.equal(statSync(dropFolder()).mode & 0o7777, 0o1733)
  const nobody = { uid: 65534, gid: 65534, encoding: 'utf8' } as const
  assert.notEqual(spawnSync('ls', [dropFolder()], nobody).status, 0)
  assert.notEqual(spawnSync('rm', ['-f', join(dropFolder(), name)], nobody).status, 0)
  assert.ok(existsSync(join(dropFolder(), name)))
  await server.start()
  await arrived('kept')
})

test('the server is another user than root, and reads what only it is told of', {
  skip,
}, async () => {
  await using other = await startWaybill({
    ...{ settings: { user: DAEMON.name }, start: false },
    aliases: { [`postmaster@${DOMAIN}`]: [':blackhole:'] },
  })
  chmodSync(other.folder, 0o711)
  chmodSync(other.configFile, 0o644)
  for (const path of [other.dataFolder, ...readdirSync(other.dataFolder, { recursive: true })])
    chownSync(resolve(other.dataFolder, String(path)), DAEMON.uid, DAEMON.gid)
  await other.start()
  const drop = `${other.dataFolder}-drop`
  assert.deepEqual([statSync(drop).uid, statSync(drop).mode & 0o7777], [DAEMON.uid, 0o1733])
  const env = { WAYBILL_CONFIG: other.configFile }
  assertSent(asUser(SENDMAIL, ['-i', 'postmaster'], 'Subject: to a daemon\n\ntext\n', env))
  await other.logged('mainlog', /U=www-data P=local .*T="to a daemon"/)
  const unreadable = join(drop, 'a'.repeat(32))
  asUser('/bin/sh', ['-c', `umask 077; echo x > ${drop}/new.x; mv ${drop}/new.x ${unreadable}`], '')
  await other.logged(
    'mainlog',
    / message rejected: a file of the drop folder: it cannot be opened \(EACCES\)/,
  )
  assert.deepEqual(readdirSync(drop), [])
  assert.equal(other.log('paniclog'), '')
})

test('where there is no drop folder yet, or users may not send, that is said', {
  skip,
}, async () => {
  await using other = await startWaybill({ start: false })
  chmodSync(other.folder, 0o711)
  chmodSync(other.dataFolder, 0o700)
  const send = () =>
    asUser(SENDMAIL, ['-i', ALICE], 'Subject: x\n\n', { WAYBILL_CONFIG: other.configFile })
  chmodSync(other.configFile, 0o644)
  const early = send()
  assert.equal(early.status, 75)
  assert.match(
    early.stderr,
    /^sendmail: mail cannot be left in .*-drop: it does not exist; `waybill serve` makes it/,
  )
  other.configure({ sendmail: { users: false } })
  const never = send()
  assert.equal(never.status, 77)
  assert.match(
    never.stderr,
    /^sendmail: only root may send here \(sendmail\.users\); log in on port 587\n$/,
  )
})

test('a dev folder that somebody else left where we are is none of ours', { skip }, async () => {
  mkdirSync(join(home, 'var'))
  writeFileSync(join(home, 'var', 'dev.json'), '{}')
  const dataFolder = (uid: number) => {
    const env = { PATH: process.env['PATH'], WAYBILL_NODE: process.execPath, HOME: home }
    const ran = spawnSync(WAYBILL, ['config', 'show', 'data_folder', '--json'], {
      ...{ uid, gid: uid, cwd: home, env, encoding: 'utf8' },
    })
    return String(JSON.parse(ran.stdout)[0].value)
  }
  const dev = join(realpathSync(home), 'var')
  assert.ok(dataFolder(0).includes(dev))
  assert.ok(!dataFolder(WWW.uid).includes(dev))
})

test('killed again and again, the server takes each message once', { skip }, async () => {
  await server.stop()
  const count = 200
  const text = (number: number) => `Subject: killed ${number}\r\n\r\ntext\r\n`
  const envelope = {
    ...{ fullName: null, recipients: [ALICE], needsFrom: true, needsMessageId: true },
    ...{ notify: null, ret: null, envelopeId: null },
  }
  for (let number = 0; number < count; number++) {
    const path = join(dropFolder(), number.toString(16).padStart(32, '0'))
    writeFileSync(path, dropHead(envelope, text(number).length) + text(number))
    chownSync(path, WWW.uid, WWW.gid)
  }
  for (const part of [0.9, 0.6, 0.3]) {
    await server.start()
    while (readdirSync(dropFolder()).length > count * part) await sleep(1)
    await server.kill()
  }
  await server.start()
  while (readdirSync(dropFolder()).length > 0) await sleep(10)
  await server.stop()
  const arrivals = [...server.log('mainlog').matchAll(/ <= .*T="killed (\d+)"/g)]
  assert.deepEqual(
    arrivals.map(([, number]) => Number(number)).sort((a, b) => a - b),
    Array.from({ length: count }, (_, number) => number),
  )
  assert.match(await server.cliOk(['check', '--deep']), /./)
  await server.start()
})
