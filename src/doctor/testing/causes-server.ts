/** What makes checks of the server itself fail: its processes, its ports, its clock, its settings. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ManualClock } from '../../base/clock.ts'
import { HOUR_MS } from '../../base/durations.ts'
import { Stopwatch } from '../../base/timings.ts'
import { addSample } from '../history.ts'
import { systemFiles } from '../reach/files.ts'
import type { World } from '../world.ts'
import type { Causes } from './cause.ts'
import { DataFolder } from './data-folder.ts'
import { nothingInstalled, says, withoutSystemd } from './programs.ts'
import { answering, peer } from './peer.ts'
import { runningServer, runningWorld } from './running-server.ts'
import { worldOf } from './world.ts'

export const SERVER_CAUSES: Causes = {
  'services.running': {
    what: 'nobody started it',
    fails: async (t) => await new DataFolder(t).world({ run: nothingInstalled }),
    says: /^no server runs$/,
    isWell: runningWorld,
  },
  'services.version': {
    what: 'an upgrade without a restart',
    fails: async (t) => await runningWorld(t, { version: '99.0.0' }),
    says: /^the server still is .*, while 99\.0\.0 is installed$/,
    isWell: runningWorld,
  },
  'services.listeners': {
    what: 'the configuration was changed, and not read again',
    async fails(t) {
      const world = await runningWorld(t)
      const { config } = world.loaded
      const listeners = config.listeners.map((one) =>
        one.name === 'smtp' ? { ...one, name: 'new', port: 1 } : one,
      )
      return { ...world, loaded: { ...world.loaded, config: { ...config, listeners } } }
    },
    says: /^it is configured for port 1, /,
    isWell: runningWorld,
  },
  'services.memory': {
    what: 'more of it than is allowed',
    async fails(t) {
      const folder = await runningServer(t)
      const loaded = folder.loadedWith({ memoryOctets: 1_000_000 })
      return await folder.world({ run: nothingInstalled, loaded })
    },
    says: /of memory, more than 1\.0 MB/,
    isWell: runningWorld,
  },
  'services.loop': {
    what: 'something kept the server from its work for seconds',
    async fails(t) {
      const folder = await runningServer(t)
      // It measures from one look at the clock to the next, and is in this process too.
      await sleep(200)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500)
      return await folder.world({ run: nothingInstalled })
    },
    says: /^the server is slow: what waits for it waits up to \d+ ms longer$/,
    isWell: async (t) => measuring(await runningWorld(t), { loopDelay: { p99Ms: 40, maxMs: 90 } }),
  },
  'services.writer': {
    what: 'a disk that takes three seconds for a commit',
    fails: async (t) => measuring(await runningWorld(t), { commits: commitsOf(3_000) }),
    says: /^the disk cannot follow$/,
    isWell: async (t) => measuring(await runningWorld(t), { commits: commitsOf(5) }),
  },
  'services.restarts': {
    what: 'it ended without having been stopped',
    fails: (t) => logged(worldOf(t, { run: withoutSystemd }), [STARTED, STARTED]),
    says: /ended once without having been stopped/,
    isWell: (t) => logged(worldOf(t, { run: withoutSystemd }), [STARTED, STOPPED, STARTED]),
  },

  'ports.holders': {
    what: 'another program took the port first',
    async fails(t) {
      const port = await peer(t, answering('220 other.example ESMTP'))
      return worldOf(t, { config: smtpAt(port) })
    },
    says: /^port \d+ is held by /,
    isWell: (t) => worldOf(t, { config: smtpAt(25), run: says({ ss: '' }) }),
  },
  'ports.firewall': {
    what: 'what comes in is dropped',
    fails: (t) =>
      worldOf(t, { config: smtpAt(25), run: says({ 'iptables-save': rulesWith('DROP') }) }),
    says: /^the firewall keeps .* closed over IPv4$/,
    isWell(t) {
      const rules = rulesWith('ACCEPT')
      const run = says({ 'iptables-save': rules, 'ip6tables-save': rules })
      return worldOf(t, { config: smtpAt(25), run })
    },
  },

  'time.synchronised': {
    what: 'nothing keeps the clock right',
    fails: (t) => worldOf(t, { run: says({ timedatectl: 'NTP=no\nNTPSynchronized=no\n' }) }),
    says: /^nothing keeps /,
    isWell: (t) => worldOf(t, { run: says({ timedatectl: 'NTP=yes\nNTPSynchronized=yes\n' }) }),
  },
  'time.database': {
    what: 'the clock was set back',
    fails: async (t) => await sampled(new DataFolder(t)).world({ clock: ago(3 * HOUR_MS) }),
    says: /^the clock is .* behind/,
    isWell: async (t) => await sampled(new DataFolder(t)).world(),
  },

  'configuration.host_name': {
    what: 'a name that is in no DNS',
    fails: (t) => named(worldOf(t, {}), 'mail.localdomain'),
    says: /no public DNS has/,
    isWell: (t) => named(worldOf(t, {}), 'mail.example.com'),
  },
  'configuration.listeners': {
    what: 'no listener for mail from others',
    fails: (t) => worldOf(t, { config: smtpAt(2525) }),
    says: /port 25$/,
    isWell: (t) => worldOf(t, {}),
  },
  'configuration.sources': {
    what: 'the address of the machine was changed',
    fails: (t) => worldOf(t, { config: '[outgoing]\nsource_ipv4 = "192.0.2.77"' }),
    says: /does not have the address 192\.0\.2\.77/,
    isWell: (t) => worldOf(t, { config: '[outgoing]\nsource_ipv4 = "127.0.0.1"' }),
  },
  'configuration.testing': {
    what: 'what was for a test was left on',
    fails: (t) => worldOf(t, { config: '[outgoing]\nallow_private = true' }),
    says: /^what is meant for tests is set: /,
    isWell: (t) => worldOf(t, {}),
  },
  'configuration.modes': {
    what: 'everybody may read the key',
    fails: (t) => withKey(worldOf(t, {}), 0o644),
    says: /^others may do too much with .*0644$/,
    isWell: (t) => withKey(worldOf(t, {}), 0o600),
  },
  'configuration.user': {
    what: 'it was started as root, and stayed so',
    fails: (t) => runBy(worldOf(t, {}), 0n),
    says: /runs as root/,
    isWell: (t) => runBy(worldOf(t, {}), 4711n),
  },
}

const STARTED = 'Waybill 0.1.0 daemon started: pid=7, listening for SMTP on [::]:25'
const STOPPED = 'Waybill 0.1.0 daemon stopped: pid=7'

/** The same server, having measured this: the machine that tests may be a slow one. */
function measuring(world: World, change: Partial<NonNullable<World['status']>>): World {
  if (world.status === null) throw new Error('the server does not answer')
  return { ...world, status: { ...world.status, ...change } }
}

function commitsOf(ms: number) {
  const watch = new Stopwatch()
  watch.add(ms)
  return watch.read()
}

function logged(world: World, lines: readonly string[]): World {
  const log = join(world.loaded.config.dataFolder, 'log', 'mainlog')
  mkdirSync(dirname(log), { recursive: true })
  writeFileSync(log, lines.map((line) => `2026-11-21 10:00:00 ${line}\n`).join(''))
  return world
}

function smtpAt(port: number): string {
  return `[[listeners]]\nname = "smtp"\nprotocol = "smtp"\nport = ${port}\n`
}

/** As iptables-save prints them. */
function rulesWith(policy: 'ACCEPT' | 'DROP'): string {
  return `*filter\n:INPUT ${policy} [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`
}

/** The server wrote figures into it a moment ago. */
function sampled(folder: DataFolder): DataFolder {
  const values = { 'memory.octets': 1 }
  folder.change((store) => {
    store.transact('write', addSample.run({ atMs: Date.now() - 60_000, values }))
  })
  return folder
}

function ago(ms: number): ManualClock {
  return new ManualClock(Date.now() - ms)
}

function named(world: World, hostName: string): World {
  const { loaded } = world
  return { ...world, loaded: { ...loaded, config: { ...loaded.config, hostName } } }
}

function withKey(world: World, mode: number): World {
  const { dataFolder } = world.loaded.config
  mkdirSync(dataFolder, { mode: 0o700 })
  chmodSync(dirname(dataFolder), 0o755)
  writeFileSync(join(dataFolder, 'key'), 'secret')
  chmodSync(join(dataFolder, 'key'), mode)
  return world
}

/** Only root could be another user. */
function runBy(world: World, uid: bigint): World {
  const stat = (path: string) => {
    const found = systemFiles.stat(path)
    return found === null ? null : Object.assign(found, { uid })
  }
  const status = { processId: process.pid } as NonNullable<World['status']>
  return { ...world, status, files: { ...systemFiles, stat } }
}
