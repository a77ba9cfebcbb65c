import assert from 'node:assert/strict'
import {
  closeSync,
  openSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { ManualClock } from '../../base/clock.ts'
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import type { NewRelay } from '../../directory/types.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { UTC } from '../../journal/zone.ts'
import { ingestFolder } from '../../trace/index/ingest.ts'
import { openTraceIndex } from '../../trace/index/open.ts'
import { forThisServer } from '../for-this-server.ts'
import { remember } from '../history.ts'
import { systemFiles } from '../reach/files.ts'
import { DataFolder } from '../testing/data-folder.ts'
import {
  ARRIVED,
  FILED,
  GREYLISTED,
  line,
  logWorld,
  NOW_MS,
  RELAY_LOGIN,
  STRANGE,
  withLogs,
} from '../testing/log-folder.ts'
import { findingsOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import type { World } from '../world.ts'
import { CannotLook } from '../cannot-look.ts'
import { LOG_CHECKS } from './checks.ts'
import { netOf } from './nets.ts'

const RUNNING = { startedMs: NOW_MS - DAY_MS } as NonNullable<World['status']>

async function look(
  folder: DataFolder,
  check: string,
  change: Partial<World> = {},
): Promise<readonly Finding[]> {
  const world = await logWorld(folder, change)
  const found = LOG_CHECKS.find(({ id }) => id === `log.${check}`)
  assert.ok(found !== undefined)
  return await findingsOf(found, world)
}

async function only(...args: Parameters<typeof look>): Promise<Finding> {
  const [finding, ...more] = await look(...args)
  assert.ok(finding !== undefined && more.length === 0)
  return finding
}

test('the folder of the log was removed below a running server', async (t) => {
  const folder = new DataFolder(t)
  const gone = await only(folder, 'files', { status: RUNNING })
  assert.equal(gone.verdict, 'failing')
  assert.match(gone.summary, /the server runs, and the folder of its log is gone/)
  assert.equal(gone.remedy[0]?.command, 'systemctl restart waybill')
  assert.match((await only(folder, 'panic', { status: RUNNING })).summary, /see log\.files/)
  assert.equal((await only(folder, 'files')).verdict, 'skipped')
})

test('of a log that was emptied nothing is said', async (t) => {
  const folder = withLogs(t, { mainlog: '' })
  for (const name of ['errors', 'rejections', 'unknown'])
    assert.equal((await only(folder, name)).verdict, 'skipped', name)
})

test('a healthy log: nothing to say, and what was read is the evidence', async (t) => {
  const folder = withLogs(t, {
    mainlog: line(HOUR_MS, ARRIVED) + line(HOUR_MS, FILED) + line(HOUR_MS, GREYLISTED),
  })
  for (const { id } of LOG_CHECKS) {
    const finding = await only(folder, id.replace('log.', ''))
    const verdict = id === 'log.index' ? 'skipped' : 'ok'
    assert.equal(finding.verdict, verdict, `${id}: ${finding.summary}`)
  }
  assert.match((await only(folder, 'errors')).evidence[0] ?? '', /^0 failed, 1 put off/)
})

test('without a log nothing is praised', async (t) => {
  const folder = new DataFolder(t)
  for (const { id } of LOG_CHECKS)
    assert.equal((await only(folder, id.replace('log.', ''))).verdict, 'skipped')
})

test('what stands in paniclog is shown, explained, and failing while it is new', async (t) => {
  const text = 'the relay big refuses our login, and mail for it waits: 535 5.7.8 bad credentials'
  const now = await only(withLogs(t, { mainlog: '', paniclog: line(HOUR_MS, text) }), 'panic')
  assert.equal(now.verdict, 'failing')
  assert.match(now.summary, /^paniclog has 1 line, the last 60 minutes ago/)
  assert.match(now.evidence.join('\n'), /the relay big refuses our login/)
  assert.match(now.evidence.join('\n'), /the reason: /)
  assert.match(now.remedy[0]?.text ?? '', /`waybill relay test big`/)
  assert.match(
    now.remedy.at(-1)?.command ?? '',
    /^mv \S*\/paniclog \S*\/paniclog\.done-\$\(date \+%F-%H%M%S\)$/,
  )
  const old = withLogs(t, { mainlog: '', paniclog: line(3 * DAY_MS, 'something broke') })
  assert.equal((await only(old, 'panic')).verdict, 'warning')
})

test('errors that we can mend are warned of, each reason with its remedy', async (t) => {
  const folder = withLogs(t, {
    mainlog:
      line(5 * HOUR_MS, RELAY_LOGIN) + line(2 * HOUR_MS, RELAY_LOGIN) + line(HOUR_MS, GREYLISTED),
  })
  folder.change((store) => {
    const run = { topic: 'doctor', atMs: NOW_MS - 3 * HOUR_MS, value: {} }
    store.transact('write', remember.run(run))
  })
  const finding = await only(folder, 'errors')
  assert.equal(finding.verdict, 'warning')
  assert.match(finding.evidence[0] ?? '', /0 for good, 2 for the time being, in the last 24 hours/)
  assert.match(finding.evidence[1] ?? '', /535 5\.7\.8/)
  assert.match(finding.evidence[2] ?? '', /3 hours ago: 0 failed, 2 put off/)
  assert.ok(finding.remedy.length >= 2)
})

test('the relay that an error came from is named in its remedy, and so is the configuration', async (t) => {
  const folder = withLogs(t, { mainlog: line(HOUR_MS, RELAY_LOGIN) })
  const add = async (name: string, host: string) =>
    await folder.command(async (office) => {
      await office.run('relay.add', { name, relay: relayAt(host) })
    })
  const loaded = { ...folder.loaded, file: '/srv/way.toml' }
  const found = async () => {
    const steps = (await only(folder, 'errors', { loaded })).remedy.map(({ text }) => text)
    return steps.join('\n')
  }
  await add('other', 'smtp.other.test')
  assert.match(await found(), /`waybill relay test NAME`/)
  await add('prov', 'SMTP.provider.test')
  assert.match(await found(), /`waybill relay test prov`.*`waybill relay set prov --user/s)
  const own = forThisServer(LOG_CHECKS).find(({ id }) => id === 'log.errors')
  assert.ok(own !== undefined)
  const world = await folder.world({ clock: new ManualClock(NOW_MS), zone: UTC, status: null })
  const [finding] = await findingsOf(own, { ...world, loaded })
  assert.match(
    finding?.remedy[0]?.text ?? '',
    /`waybill --config \/srv\/way\.toml relay test prov`/,
  )
})

function relayAt(host: string): NewRelay {
  return {
    ...{ hosts: [{ host, port: 587 }], tls: 'starttls', checkCertificate: true, insecure: false },
    ...{ user: null, password: null, mechanism: null, rules: [] },
  }
}

test('a log that takes much of the disk names its largest files', async (t) => {
  const folder = withLogs(t, { mainlog: line(HOUR_MS, ARRIVED), authlog: '' })
  truncateSync(join(folder.path, 'log/mainlog'), 3_000_000)
  const files = {
    ...systemFiles,
    space: () => ({ totalOctets: 5e9, freeOctets: 4e9, totalInodes: 0, freeInodes: 0 }),
    stat: (path: string) => {
      const stat = systemFiles.stat(path)
      return stat?.isFile() === true ? Object.assign(stat, { size: stat.size * 500n }) : stat
    },
  }
  const finding = (await look(folder, 'files', { files })).find(({ subject }) => subject === null)
  assert.equal(finding?.verdict, 'warning')
  assert.equal(finding.summary, 'the log takes 1.5 GB, 30 % of the disk')
  assert.match(finding.evidence[0] ?? '', /^mainlog: 1\.5 GB$/)
  assert.equal(finding.remedy[0]?.command, 'waybill config show log')
})

test('lines of rotated and packed logs count, those of before the day do not', async (t) => {
  const folder = withLogs(t, {
    'mainlog.20261120-000000.gz': gzipSync(
      line(30 * HOUR_MS, RELAY_LOGIN) + line(20 * HOUR_MS, RELAY_LOGIN),
    ),
    mainlog: line(HOUR_MS, GREYLISTED),
  })
  const finding = await only(folder, 'errors')
  assert.equal(finding.figures['count'], 1)
})

test('of a log that is too long only the end is read, and that is said', async (t) => {
  const filler = line(8 * HOUR_MS, ARRIVED.padEnd(1000, 'x')).repeat(18_000)
  const folder = withLogs(t, {
    mainlog: line(20 * HOUR_MS, RELAY_LOGIN) + filler + line(2 * HOUR_MS, RELAY_LOGIN),
  })
  const finding = await only(folder, 'errors')
  assert.equal(finding.figures['count'], 1)
  assert.match(finding.evidence[0] ?? '', /in the last 8 hours \(only 17 MB of the log were read\)/)
})

test('on a machine that is slow less of the end is read, in time, and that is said', async (t) => {
  // A line every second, the last one now.
  const many = Array.from({ length: 40_000 }, (_, at) => line(40_000_000 - at * 1000, ARRIVED))
  const folder = withLogs(t, { mainlog: many.join('') })
  const clock = new ManualClock(NOW_MS)
  // Each look at the clock costs time, as reading half a megabyte does.
  const slow = (ms: number) => ({
    nowMs: () => NOW_MS,
    monotonicMs: () => {
      clock.advance(ms)
      return clock.monotonicMs()
    },
    after: clock.after.bind(clock),
  })
  const startMs = clock.monotonicMs()
  const finding = await only(folder, 'errors', { clock: slow(700) })
  assert.ok(clock.monotonicMs() - startMs < 12_000)
  assert.equal(finding.verdict, 'ok')
  assert.match(
    finding.evidence.join(),
    /in the last \d+ minutes \(only \d+ kB of the log were read\)/,
  )
  await assert.rejects(look(folder, 'errors', { clock: slow(60_000) }), CannotLook)
})

test('mail for a domain whose MX is this server, and which it does not know', async (t) => {
  const refused = (domain: string) =>
    line(
      HOUR_MS,
      `H=(mx.sender.test) [198.51.100.7]:4711 F=<a@sender.test> rejected RCPT <info@${domain}>: relay not permitted`,
    )
  const mainlog = refused('forgotten.test').repeat(4) + refused('victim.test').repeat(9)
  const folder = withLogs(t, { mainlog })
  const mx = {
    'forgotten.test': [{ preference: 10, exchange: 'mail.example.test' }],
    'victim.test': [{ preference: 10, exchange: 'mx.elsewhere.test' }],
  }
  const resolver = fakeResolver({ mx })
  const finding = await only(folder, 'rejections', { resolver })
  assert.equal(finding.subject, 'forgotten.test')
  assert.equal(finding.verdict, 'warning')
  assert.match(finding.evidence[1] ?? '', /refused 4 times/)
  assert.equal(finding.remedy[0]?.command, 'waybill domain add forgotten.test')
})

test('a person whose mail is refused again and again is named', async (t) => {
  const refused = line(
    HOUR_MS,
    'H=(pc) [192.0.2.7]:4711 A=plain:jane@example.com F=<other@example.net> rejected MAIL <other@example.net>: sender address not allowed',
  )
  const finding = await only(withLogs(t, { mainlog: refused.repeat(12) }), 'rejections')
  assert.equal(finding.subject, 'jane@example.com')
  assert.match(finding.evidence[0] ?? '', /12 times .* sender address not allowed/)
})

test('mail that was refused since a disk was full is our own fault', async (t) => {
  const refused = line(
    HOUR_MS,
    'H=(mx.sender.test) [198.51.100.7]:4711 temporarily rejected MAIL <a@sender.test>: insufficient system storage',
  )
  const [finding] = await look(withLogs(t, { mainlog: refused }), 'rejections')
  assert.equal(finding?.verdict, 'warning')
  assert.match(finding.summary, /by a fault of this server/)
})

test('lines that no rule knows are shown when they are many', async (t) => {
  const strange = line(HOUR_MS, STRANGE).repeat(20)
  const finding = await only(withLogs(t, { mainlog: line(HOUR_MS, ARRIVED) + strange }), 'unknown')
  assert.equal(finding.verdict, 'warning')
  assert.match(finding.summary, /^95 % of the lines/)
  assert.ok(!finding.evidence.join().includes('\u001b'))
})

test('a log that is not rotated, and old files that are not removed', async (t) => {
  const folder = withLogs(t, { mainlog: '' })
  const config = {
    ...folder.loaded.config,
    log: { ...folder.loaded.config.log, maxOctets: 10, keep: 1 },
  }
  const loaded = { ...folder.loaded, config }
  assert.equal((await only(folder, 'files', { loaded })).verdict, 'ok')
  writeFileSync(join(folder.path, 'log/mainlog'), 'x'.repeat(17_000_000))
  for (const day of [1, 2, 3, 4]) {
    const path = join(folder.path, `log/authlog.2026110${day}-000000`)
    writeFileSync(path, 'x')
    utimesSync(path, 1, 1)
  }
  const found = await look(folder, 'files', { loaded })
  assert.deepEqual(
    found.map(({ subject, verdict }) => [subject, verdict]),
    [
      ['mainlog', 'warning'],
      ['authlog', 'warning'],
    ],
  )
  assert.match(found[1]?.evidence[0] ?? '', /4 rotated files .* 1 are to be kept/)
})

test('a running server without a mainlog fails', async (t) => {
  const finding = await only(withLogs(t, {}), 'files', { status: RUNNING })
  assert.equal(finding.verdict, 'failing')
})

test('an index that is missing, other, damaged or behind is said so', async (t) => {
  const folder = withLogs(t, { mainlog: line(HOUR_MS, ARRIVED) })
  const file = join(folder.path, 'trace.db')
  const status = RUNNING
  assert.match((await only(folder, 'index', { status })).summary, /has made no index/)
  writeFileSync(file, 'my notes about mail')
  assert.match((await only(folder, 'index', { status })).summary, /is no index$/)
  writeFileSync(file, '')
  {
    using connection = openTraceIndex(file)
    await ingestFolder(connection, join(folder.path, 'log'), {
      ...{ format: 'auto', zone: UTC, keepFromMs: Number.NEGATIVE_INFINITY },
      run: async function* () {},
    })
  }
  const fresh = await only(folder, 'index', { status })
  assert.equal(fresh.verdict, 'ok')
  assert.match(fresh.evidence[0] ?? '', /: 0 octets of the log are not in it yet/)
  writeFileSync(join(folder.path, 'log/mainlog'), line(HOUR_MS, ARRIVED).repeat(200_000))
  const behind = await only(folder, 'index', { status })
  assert.equal(behind.verdict, 'warning')
  assert.match(behind.summary, /behind the log by \d+ MB/)
  const { size } = statSync(file)
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(size - 4096, 0x5a), 0, size - 4096, 4096)
  closeSync(handle)
  const damaged = await only(folder, 'index', { status })
  assert.equal(damaged.verdict, 'warning')
  assert.match(damaged.summary, /is damaged$/)
  assert.equal(damaged.remedy[0]?.command, 'waybill log index')
})

test('networks: a quarter of a thousand of IPv4, a subnet of IPv6, none of this machine', () => {
  assert.equal(netOf('192.0.2.77'), '192.0.2.0/24')
  assert.equal(netOf('::ffff:192.0.2.77'), '192.0.2.0/24')
  assert.equal(netOf('2001:db8:0:42::1'), '2001:db8:0:42::/64')
  assert.equal(netOf('2001:db8::1'), '2001:db8:0:0::/64')
  for (const own of ['127.0.0.1', '::1', 'nonsense']) assert.equal(netOf(own), null)
})
