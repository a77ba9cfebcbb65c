/** Our queue in Exim's form: what Exim prints of the same messages, and what its tools make of it. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { EXIM_ROOT } from '../../bench/peers.ts'
import { type FakeMx, startFakeMx } from '../../src/smtp-client/testing/fake-mx.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { logFor, versionOf } from '../support/exim-tools.ts'
import { until } from '../support/other-servers.ts'
import { findProgram, missingPrograms, type Ran, run } from '../support/programs.ts'
import { ALICE, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

interface Message {
  /** '' is the null reverse-path. */
  readonly from: string
  readonly to: readonly string[]
  readonly bodyOctets: number
  readonly frozen?: true
}

/** Who is told apart in the list as done. */
const TAKEN = 'carol@there.example'
const MESSAGES: readonly Message[] = [
  { from: ALICE, to: ['bob@there.example', TAKEN, 'eve@else.example'], bodyOctets: 5000 },
  { from: '', to: ['dave@there.example'], bodyOctets: 100 },
  { from: ALICE, to: ["o'neil+x=1@else.example", '"joe b"@there.example'], bodyOctets: 52_000 },
  { from: ALICE, to: ['frozen@else.example'], bodyOctets: 2_500_000, frozen: true },
]

const canRun = process.getuid?.() === 0 && existsSync(join(EXIM_ROOT, 'usr/sbin/exim4'))
const noExim = canRun ? false : 'Exim in bench/peers.sh, and root: not here'

test('exim -bp and ours, field by field', { skip: noExim }, async (t) => {
  await using mx = await startFakeMx({ certificate: makeSelfSigned(['sink.test']), act: deferring })
  await using server = await startWithUsers()
  await fill(server, mx)
  const theirs = await eximQueue(t)
  for (const flag of ['-bp', '-bpu']) {
    const real = listed((await theirs(flag)).stdout)
    const ours = listed(await server.cliOk(['sendmail', flag]))
    const fields = (list: readonly Listed[]) => list.map(({ octets: _, ...rest }) => rest)
    assert.deepEqual(fields(ours), fields(real))
    // Each has fields of its own above the message.
    for (const [index, { octets }] of ours.entries())
      assert.ok(Math.abs(octets - (real[index]?.octets ?? 0)) <= 0.05 * octets + 1024, `${octets}`)
  }
  assert.equal(
    await server.cliOk(['queue', 'list', '--mailq']),
    await server.cliOk(['sendmail', '-bp']),
  )
})

test("Exim's tools on our queue", { skip: missingPrograms('exiqgrep', 'exiqsumm') }, async (t) => {
  await using mx = await startFakeMx({ certificate: makeSelfSigned(['sink.test']), act: deferring })
  await using server = await startWithUsers()
  const ids = await fill(server, mx)
  await t.test('exiqgrep selects', () => selected(server, ids))
  await t.test('exiqsumm sums up', () => summedUp(server))
})

async function selected(server: Waybill, ids: readonly string[]): Promise<void> {
  const exiqgrep = await exiqgrepOn(server)
  const cases: readonly (readonly [options: string, found: readonly number[]])[] = [
    [`-f alice@`, [0, 2, 3]],
    ['-f ^<>$', [1]],
    ['-r there.example', [0, 1, 2]],
    [`-r ${TAKEN}`, []],
    [`-a -r ${TAKEN}`, [0]],
    ['-z', [3]],
    ['-x', [0, 1, 2]],
    ['-s ^2.*M$', [3]],
    ['-y 3600', [0, 1, 2, 3]],
    ['-o 3600', []],
  ]
  for (const [options, found] of cases) {
    const args = options.split(' ')
    const { stdout } = await exiqgrep('-i', ...args)
    assert.deepEqual(
      stdout.split('\n').slice(0, -1).toSorted(),
      found.map((index) => ids[index]).toSorted(),
      options,
    )
  }
  assert.equal((await exiqgrep('-c', '-z')).stdout, '1 matches out of 4 messages\n')
  const brief = await exiqgrep('-b', '-r', 'joe b')
  assert.equal(
    brief.stdout,
    `${ids[2]} From: <${ALICE}> To: o'neil+x=1@else.example;"joe b"@there.example\n`,
  )
}

async function summedUp(server: Waybill): Promise<void> {
  const input = await server.cliOk(['queue', 'list', '--mailq'])
  const sum = async (...args: string[]) =>
    (await run(findProgram('exiqsumm') ?? '', args, { input })).stdout
  assert.match(
    await sum(),
    /^ +3 +\d+KB +0m +0m +else\.example\n +3 +\d+KB? +0m +0m +there\.example$/m,
  )
  assert.match(await sum('-f', '-b'), /^ +1 +\S+ +0m +0m +else\.example \(f\)$/m)
  assert.match(await sum('-f', '-b'), /^ +1 +\d+ +0m +0m +there\.example \(b\)$/m)
}

/** Nobody but one is taken. */
function deferring(step: string, line: string): string | null {
  return step === 'RCPT' && !line.includes(TAKEN) ? '451 4.2.1 not now' : null
}

/** @returns the ids, as Exim's tools of here know them */
async function fill(server: Waybill, mx: FakeMx): Promise<string[]> {
  await server.cliOk([
    'relay',
    'add',
    'sink',
    '--host',
    `127.0.0.1:${mx.port}`,
    '--no-check',
    '--all',
  ])
  const ids: string[] = []
  for (const { from, to, bodyOctets, frozen } of MESSAGES) {
    const sender = from === '' ? '<>' : from
    await server.cliOk(['sendmail', '-oi', '-f', sender, ...to], {
      input: textOf(bodyOctets),
    })
    const now = (await server.cliOk(['queue', 'list', '-i'])).split('\n').slice(0, -1)
    const id = now.find((one) => !ids.includes(one))
    assert.ok(id !== undefined)
    ids.push(id)
    if (frozen) await server.cliOk(['queue', 'freeze', id])
  }
  await until(() => server.log('mainlog').includes(` => ${TAKEN} `), `${TAKEN} taken`)
  const version = await versionOf(findProgram('exiqgrep') ?? '')
  return ids.map((id) => logFor(version, ` ${id} `).trim())
}

function textOf(bodyOctets: number): string {
  const line = `${'a line of text '.repeat(5)}\n`
  return `From: x@client.test\nSubject: queued\n\n${line.repeat(Math.ceil(bodyOctets / line.length))}`
}

interface Listed {
  readonly age: string
  readonly sender: string
  readonly frozen: boolean
  readonly recipients: readonly string[]
  readonly octets: number
}

/** Reads the list by its columns; anything else in it is an error. */
function listed(text: string): Listed[] {
  const found: Listed[] = []
  for (const message of text.split('\n\n').filter((part) => part !== '')) {
    const [head = '', ...lines] = message.split('\n')
    const fields =
      /^( ?\d{1,2}[mhdw]) ([ \d.]{4}[ \dKM]) (\w{6}-\w{6,11}-\w{2,4}) <(.*)>( \*\*\* frozen \*\*\*)?$/.exec(
        head,
      )
    assert.ok(fields, `no message: ${JSON.stringify(head)}`)
    const [, age = '', size = '', , sender = '', frozen] = fields
    for (const line of lines) assert.match(line, /^ {8}[ D] \S/)
    found.push({
      age,
      sender,
      frozen: frozen !== undefined,
      recipients: lines,
      octets: octetsOf(size),
    })
  }
  return found
}

function octetsOf(size: string): number {
  const unit = { K: 1024, M: 1024 ** 2 }[size.slice(-1)] ?? 1
  return Number.parseFloat(size) * unit
}

/** The same messages in a queue of Exim that sends nothing; runs Exim on it. */
async function eximQueue(t: TestContext): Promise<(...args: string[]) => Promise<Ran>> {
  const spool = `/tmp/waybill-mailq-${process.pid}`
  const folder = join(EXIM_ROOT, spool)
  mkdirSync(folder)
  t.after(() => rmSync(folder, { recursive: true }))
  const { uid, gid } = statSync(join(EXIM_ROOT, 'var/spool/exim4'))
  chownSync(folder, uid, gid)
  writeFileSync(join(folder, 'conf'), configuration(spool))
  const exim = (args: readonly string[], input = '') =>
    run('chroot', [EXIM_ROOT, 'exim4', '-C', `${spool}/conf`, ...args], { input })
  for (const { from, to, bodyOctets, frozen } of MESSAGES) {
    const sent = await exim(['-oi', '-f', from === '' ? '<>' : from, ...to], textOf(bodyOctets))
    assert.equal(sent.status, 0, sent.stderr)
    const { stdout } = await exim(['-bpr'])
    const id =
      [...stdout.matchAll(/ (\w{6}-\w+-\w+) </g)]
        .map(([, one]) => one ?? '')
        .toSorted()
        .at(-1) ?? ''
    if (to.includes(TAKEN)) await exim(['-Mmd', id, TAKEN])
    if (frozen) await exim(['-Mf', id])
  }
  return (...args) => exim(args)
}

function configuration(spool: string): string {
  return `primary_hostname = mail.example.test
spool_directory = ${spool}
log_file_path = ${spool}/log-%s
queue_only = true
keep_environment =
begin routers
never:
  driver = accept
  transport = nowhere
begin transports
nowhere:
  driver = appendfile
  file = /dev/null
`
}

/**
 * Asks our `sendmail` in place of Exim. Before 4.97 it knows the short ids alone: something between
 * them must shorten ours.
 */
async function exiqgrepOn(server: Waybill): Promise<(...args: string[]) => Promise<Ran>> {
  const path = findProgram('exiqgrep') ?? ''
  const sendmail = fileURLToPath(new URL('../../bin/sendmail', import.meta.url))
  const stub = join(server.folder, 'exim')
  const shorten = (await versionOf(path)) >= 4.97 ? '' : ` | sed -E '${SHORTEN}'`
  writeFileSync(stub, `#!/bin/sh\n'${sendmail}' "$@" --config '${server.configFile}'${shorten}\n`)
  chmodSync(stub, 0o755)
  return async (...args) => {
    const ran = await run(path, ['-E', stub, ...args])
    assert.equal(ran.stderr, '')
    return ran
  }
}

const SHORTEN =
  's/ ([[:alnum:]]{6})-[[:alnum:]]{5}([[:alnum:]]{6})-[[:alnum:]]{2}([[:alnum:]]{2}) / \\1-\\2-\\3 /'
