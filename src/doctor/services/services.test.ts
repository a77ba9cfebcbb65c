import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { Stopwatch } from '../../base/timings.ts'
import type { Status } from '../../control/commands.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { history } from '../../migration/004-history.ts'
import { addSample } from '../history.ts'
import { answering, closedPort, peer } from '../testing/peer.ts'
import { nothingInstalled, says, withoutSystemd } from '../testing/programs.ts'
import { findingsOf, type GivenWorld, worldOf } from '../testing/world.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { listeners } from './listeners.ts'
import { restarts } from './restarts.ts'
import { running, version } from './server.ts'
import { loop, memory, writer } from './strain.ts'

const HOUR = 3_600_000

test('services.running: nobody answers, and nothing was set up yet', async (t) => {
  const [finding] = await look(t, running, { run: nothingInstalled })
  assert.equal(finding?.verdict, 'failing')
  assert.equal(finding.summary, 'no server runs')
  assert.match(commandsOf(finding), /domain add example\.com\n.* serve$/)
})

test('services.running: systemd says how it ended, and where that is written', async (t) => {
  const run = systemd('LoadState=loaded\nActiveState=failed\nResult=oom-kill\nNRestarts=4\n')
  const [finding] = await look(t, running, { run })
  assert.match(finding?.evidence.join('\n') ?? '', /is failed, result oom-kill, restarted 4 times/)
  assert.match(commandsOf(finding), /journalctl -u waybill\.service/)
  assert.match(commandsOf(finding), /systemctl start waybill\.service/)
})

test('services.running: a server that holds the folder and says nothing is named', async (t) => {
  const world = worldOf(t, { run: nothingInstalled })
  const { dataFolder } = world.loaded.config
  mkdirSync(dataFolder)
  writeFileSync(join(dataFolder, 'waybill.pid'), `${process.ppid}\n`)
  const [finding] = await findingsOf(running, world)
  assert.match(finding?.summary ?? '', new RegExp(`does not answer: process ${process.ppid}$`))
  assert.match(commandsOf(finding), new RegExp(`kill -KILL ${process.ppid}\n.* serve$`))
  const unit = systemd('LoadState=loaded\nActiveState=active\nResult=success\nNRestarts=0\n')
  const [known] = await findingsOf(running, { ...world, run: unit })
  assert.match(commandsOf(known), /systemctl restart waybill\.service$/)
})

test('services.running: since when it runs', async (t) => {
  const [finding] = await look(t, running, { run: nothingInstalled, status: status() })
  assert.deepEqual([finding?.verdict, finding?.summary], ['ok', 'it has run for 3 hours'])
})

test('services.version: a new version is installed and the old one still runs', async (t) => {
  const given = { run: nothingInstalled, version: '1.2.4' }
  const [finding] = await look(t, version, { ...given, status: status() })
  assert.equal(finding?.verdict, 'warning')
  assert.match(finding.summary, /the server still is 1\.2\.3, while 1\.2\.4 is installed/)
  assert.match(commandsOf(finding), /stop; .*serve/)
  const [same] = await look(t, version, { version: '1.2.3', status: status() })
  assert.equal(same?.verdict, 'ok')
})

test('services.listeners: each is connected to; who else answers, nobody, or not opened is said', async (t) => {
  const ports = {
    good: await peer(t, answering('220 mail.example.com ESMTP')),
    other: await peer(t, answering('220 another.example ESMTP Exim')),
    renamed: await peer(t, answering('220 old.example.com ESMTP Waybill')),
    closed: await closedPort(),
    imap: await peer(t, answering('* OK ready')),
  }
  const lines = Object.entries({ ...ports, absent: 4711 }).map(
    ([name, port]) =>
      `[[listeners]]\nname = "${name}"\nprotocol = "${name === 'imap' ? 'imap' : 'smtp'}"\naddress = "127.0.0.1"\nport = ${port}\n`,
  )
  const open = Object.entries(ports).map(([name, port]) => listening(name, port))
  const findings = await look(t, listeners, {
    config: lines.join(''),
    status: status({ listeners: [...open, listening('old', 4712)] }),
  })
  const of = (subject: string) => findings.find((one) => one.subject === subject)
  assert.deepEqual([of('good')?.verdict, of('imap')?.verdict], ['ok', 'ok'])
  assert.match(of('other')?.summary ?? '', /another program/)
  assert.deepEqual(of('other')?.evidence, ['220 another.example ESMTP Exim'])
  assert.match(of('renamed')?.summary ?? '', /does not call itself mail\.example\.com/)
  assert.match(of('closed')?.evidence.join() ?? '', /ECONNREFUSED/)
  assert.match(of('absent')?.summary ?? '', /configured for port 4711, and the running server/)
  assert.match(commandsOf(of('absent')), / reload$/)
  assert.equal(of('old')?.verdict, 'warning')
})

test('services.memory: more than 2 GB, or twice as much as a day ago', async (t) => {
  using store = new SqliteConnection(':memory:', { readOnly: false })
  store.exec(history.sql)
  const values = { 'memory.octets': 400e6 }
  store.transact('write', addSample.run({ atMs: Date.now() - 24 * HOUR, values }))
  const of = async (memoryOctets: number) =>
    (await look(t, memory, { store, run: nothingInstalled, status: status({ memoryOctets }) }))[0]
  assert.equal((await of(700e6))?.verdict, 'ok')
  assert.match((await of(900e6))?.summary ?? '', /grew from 400 MB to 900 MB in a day/)
  assert.match((await of(2.4e9))?.summary ?? '', /2\.4 GB of memory, more than 2\.. GB/)
})

test('services.loop: delays that users feel', async (t) => {
  const of = async (p99Ms: number, maxMs: number) =>
    (await look(t, loop, { status: status({ loopDelay: { p99Ms, maxMs } }) }))[0]
  assert.equal((await of(40, 90))?.verdict, 'ok')
  assert.match((await of(40, 5_000))?.summary ?? '', /up to 5000 ms longer/)
  assert.equal((await of(300, 400))?.verdict, 'warning')
  const { loopDelay: _, ...old } = status()
  assert.match((await look(t, loop, { status: old }))[0]?.summary ?? '', /older than this program/)
})

test('services.writer: a slow disk, one that cannot follow, and a burst that is over', async (t) => {
  const of = async (commitMs: number, waiting: number, waitingNow: number) => {
    const watch = new Stopwatch()
    watch.add(commitMs)
    const given = { commits: watch.read(), writesWaiting: waiting }
    const answers = { status: status({ ...given, writesWaiting: waitingNow }) }
    return (await look(t, writer, { status: status(given), answers }))[0]
  }
  assert.equal((await of(5, 0, 0))?.verdict, 'ok')
  assert.match((await of(400, 0, 0))?.summary ?? '', /slow: up to 400 ms/)
  assert.equal((await of(3_000, 0, 0))?.verdict, 'failing')
  assert.equal((await of(5, 900, 0))?.verdict, 'ok')
  assert.equal((await of(5, 900, 800))?.verdict, 'failing')
})

const START = 'Waybill 0.1.0 daemon started: pid=7, listening for SMTP on [::]:25'
const STOP = 'Waybill 0.1.0 daemon stopped: pid=7'

for (const [what, lines, verdict, summary] of [
  ['orderly', [START, STOP, START], 'ok', /^started 2 times/],
  ['a crash', [START, START], 'warning', /ended once/],
  ['crashes', [START, START, START, START, START, START], 'failing', /ended 5 times/],
  [
    'a stranger who says so',
    [START, `no HELO from H=(x "2026-11-21 10:00:00 ${START}") [192.0.2.1]`],
    'ok',
    /^started once/,
  ],
] satisfies [string, string[], Finding['verdict'], RegExp][]) {
  test(`services.restarts: ${what}`, async (t) => {
    const world = worldOf(t, {
      run: withoutSystemd,
    })
    const log = join(world.loaded.config.dataFolder, 'log', 'mainlog')
    mkdirSync(dirname(log), { recursive: true })
    writeFileSync(log, lines.map((line) => `2026-11-21 10:00:00 ${line}\n`).join(''))
    const [finding] = await findingsOf(restarts, world)
    assert.equal(finding?.verdict, verdict)
    assert.match(finding.summary, summary)
  })
}

test('without a server what it would say is skipped, and never praised', async (t) => {
  for (const check of [version, listeners, memory, loop, writer, restarts]) {
    const findings = await look(t, check, { run: nothingInstalled })
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['skipped'],
      check.id,
    )
  }
})

async function look(
  t: TestContext,
  check: Check<World>,
  given: GivenWorld,
): Promise<readonly Finding[]> {
  return await findingsOf(check, worldOf(t, given))
}

function status(change: Partial<Status> = {}): Status {
  return {
    processId: process.pid,
    version: '1.2.3',
    startedMs: Date.now() - 3 * HOUR - 1_000,
    listeners: [],
    writesWaiting: 0,
    commits: new Stopwatch().read(),
    loopDelay: { p99Ms: 0, maxMs: 0 },
    memoryOctets: 100e6,
    ...change,
  }
}

function listening(name: string, port: number): Status['listeners'][number] {
  return { name, address: '127.0.0.1', port, connections: 0 }
}

function commandsOf(finding: Finding | undefined): string {
  return (finding?.remedy ?? []).flatMap(({ command }) => command ?? []).join('\n')
}

function systemd(out: string): World['run'] {
  return says({ systemctl: out })
}
