/** What makes checks of mail on its way fail: the queue, the log, sessions with others. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import type { NewRelay } from '../../directory/types.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { UTC } from '../../journal/zone.ts'
import { mailTo } from '../../queue/testing/test-queue.ts'
import { startFakeMx } from '../../smtp-client/testing/fake-mx.ts'
import { makeSelfSigned } from '../../tls/self-signed.ts'
import { ingestFolder } from '../../trace/index/ingest.ts'
import { openTraceIndex } from '../../trace/index/open.ts'
import type { World } from '../world.ts'
import type { Causes } from './cause.ts'
import { DataFolder } from './data-folder.ts'
import {
  ARRIVED,
  FILED,
  line,
  logWorld,
  NOW_MS,
  RELAY_LOGIN,
  STRANGE,
  withLogs,
} from './log-folder.ts'
import { answering, closedPort, peer } from './peer.ts'
import { accept, acceptMany, acceptStopped, queueWorld, tryInVain } from './queue-folder.ts'
import { runningWorld } from './running-server.ts'
import { worldOf } from './world.ts'

const QUEUE_CAUSES: Causes = {
  'queue.size': {
    what: 'sixty messages wait',
    fails: async (t) => await queueWorld(t, acceptMany(60)),
    says: /^60 messages wait/,
    isWell: async (t) => await queueWorld(t, acceptMany(3)),
  },
  'queue.oldest': {
    what: 'one waits since the morning',
    fails: async (t) => await queueWorld(t, acceptMany(1), { afterMs: 5 * HOUR_MS }),
    says: /^mail has waited for 5 hours$/,
    isWell: async (t) => await queueWorld(t, acceptMany(1)),
  },
  'queue.stopped': {
    what: 'root froze a message and forgot it',
    fails: async (t) => await queueWorld(t, acceptStopped('frozen')),
    says: /^frozen messages wait for you: 1$/,
    isWell: async (t) => await queueWorld(t, acceptMany(1)),
  },
  'queue.blocked': {
    what: 'a server puts our mail off, four times in a row',
    fails: async (t) =>
      await queueWorld(t, (store) => {
        accept(store, mailTo(['bob@example.net']))
        tryInVain(store, 'example.net', '451 4.7.1 Greylisting in action, try later', 4)
      }),
    says: /^example\.net takes no mail from us: /,
    isWell: async (t) => await queueWorld(t, acceptMany(1)),
  },
  'queue.expiring': {
    what: 'nobody took it for nearly five days',
    fails: async (t) => await queueWorld(t, acceptMany(1), { afterMs: 5 * DAY_MS - HOUR_MS }),
    says: /^1 message is given back within /,
    isWell: async (t) => await queueWorld(t, acceptMany(1)),
  },
  'queue.late': {
    what: 'it is due for an hour, and nobody tries it',
    fails: async (t) => await queueWorld(t, acceptMany(1), { afterMs: HOUR_MS }),
    says: /^mail is due and is not tried$/,
    isWell: async (t) => await queueWorld(t, acceptMany(1)),
  },
}

const LOG_CAUSES: Causes = {
  'log.panic': {
    what: 'a relay refused our login',
    fails: async (t) =>
      await logWorld(
        withLogs(t, {
          mainlog: '',
          paniclog: line(
            HOUR_MS,
            'the relay big refuses our login, and mail for it waits: 535 5.7.8 bad credentials',
          ),
        }),
      ),
    says: /^paniclog has 1 line, /,
    isWell: ordinaryLog,
  },
  'log.errors': {
    what: 'a relay refused our login',
    fails: async (t) => await logWorld(withLogs(t, { mainlog: line(HOUR_MS, RELAY_LOGIN) })),
    says: /^1 delivery attempt failed: /,
    isWell: ordinaryLog,
  },
  'log.rejections': {
    what: 'mail was refused for want of room',
    fails: async (t) =>
      await logWorld(
        withLogs(t, {
          mainlog: line(
            HOUR_MS,
            'H=(mx.sender.test) [198.51.100.7]:4711 temporarily rejected MAIL <a@sender.test>: insufficient system storage',
          ),
        }),
      ),
    says: /^mail of others was refused by a fault of this server: /,
    isWell: ordinaryLog,
  },
  'log.unknown': {
    what: 'another program writes into the log',
    fails: async (t) =>
      await logWorld(
        withLogs(t, { mainlog: line(HOUR_MS, ARRIVED) + line(HOUR_MS, STRANGE).repeat(20) }),
      ),
    says: /^95 % of the lines of the log are not understood$/,
    isWell: ordinaryLog,
  },
  'log.files': {
    what: 'mainlog was removed below the server',
    fails: async (t) => await logWorld(withLogs(t, {}), { status: RUNNING }),
    says: /^the server runs, and there is no mainlog$/,
    isWell: async (t) => await logWorld(mainlog(t), { status: RUNNING }),
  },
  'log.index': {
    what: 'another file stands in its place',
    async fails(t) {
      const folder = mainlog(t)
      writeFileSync(join(folder.path, 'trace.db'), 'my notes about mail')
      return await logWorld(folder, { status: RUNNING })
    },
    says: / is no index$/,
    async isWell(t) {
      const folder = mainlog(t)
      using index = openTraceIndex(join(folder.path, 'trace.db'))
      await ingestFolder(index, join(folder.path, 'log'), {
        ...{ format: 'auto', zone: UTC, keepFromMs: Number.NEGATIVE_INFINITY },
        run: async function* () {},
      })
      return await logWorld(folder, { status: RUNNING })
    },
  },
}

const SESSION_CAUSES: Causes = {
  'connectivity.smtp': {
    what: 'a listener that refuses everybody',
    async fails(t) {
      const serve = answering('220 mail.example.com', [[/^(MAIL|RCPT)/, '550 5.7.1 go away']])
      return listening(t, 'smtp', await peer(t, serve))
    },
    says: /550 5\.7\.1 go away/,
    isWell: runningWorld,
  },
  'connectivity.submission': {
    what: 'a proxy before it took STARTTLS out',
    async fails(t) {
      return listening(t, 'submission', await peer(t, answering('220 mail.example.com')))
    },
    says: /does not offer STARTTLS/,
    isWell: runningWorld,
  },
  'connectivity.imap': {
    what: 'it hangs up',
    async fails(t) {
      const port = await peer(t, (socket) => socket.end('* BYE too many connections\r\n'))
      return listening(t, 'imap', port)
    },
    says: /too many connections/,
    isWell: runningWorld,
  },
  'connectivity.outbound': {
    what: 'the provider closed port 25',
    fails: async (t) => sendingTo(t, await closedPort()),
    says: /^port 25 of other servers cannot be reached over IPv4$/,
    async isWell(t) {
      const mx = await startFakeMx({ certificate: makeSelfSigned(['mx.large.example']) })
      t.after(() => mx[Symbol.asyncDispose]())
      return sendingTo(t, mx.port)
    },
  },
  'connectivity.relay': {
    what: 'it refuses our password',
    fails: async (t) => await withRelay(t, '535 5.7.8 Authentication credentials invalid'),
    says: /^it does not take our mail: .* 535 5\.7\.8 /,
    isWell: async (t) => await withRelay(t, '235 2.7.0 welcome'),
  },
}

export const MAIL_CAUSES: Causes = { ...QUEUE_CAUSES, ...LOG_CAUSES, ...SESSION_CAUSES }

const RUNNING = { startedMs: NOW_MS - DAY_MS } as NonNullable<World['status']>

function mainlog(t: TestContext): DataFolder {
  return withLogs(t, { mainlog: line(HOUR_MS, ARRIVED) + line(HOUR_MS, FILED) })
}

async function ordinaryLog(t: TestContext): Promise<World> {
  return await logWorld(mainlog(t))
}

/** The server says that this is its listener. */
function listening(t: TestContext, protocol: 'smtp' | 'submission' | 'imap', port: number): World {
  const open = { name: 'it', address: '127.0.0.1', port, connections: 0 }
  return worldOf(t, {
    config: `[[listeners]]\nname = "it"\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${port}\ntls = "${protocol === 'smtp' ? 'none' : 'starttls'}"`,
    status: { listeners: [open] } as never,
    answers: {
      'domain.list': [{ id: 1, name: 'example.com', createdMs: 0 } as never],
      route: { steps: [], destinations: [{ kind: 'blackhole', address: '', parents: [] }] },
    },
  })
}

/** Another server is this one, at a port of its own. */
function sendingTo(t: TestContext, port: number): World {
  return worldOf(t, {
    config: `[outgoing]\nport = ${port}\nipv6 = false\n[doctor]\noutbound_host = "large.example"`,
    resolver: fakeResolver({
      mx: { 'large.example': [{ preference: 5, exchange: 'mx.large.example' }] },
      addresses: { 'mx.large.example': ['127.0.0.1'] },
    }),
    answers: { 'relay.list': [] },
  })
}

/** All mail goes by a relay that says this to our login. */
async function withRelay(t: TestContext, answer: string): Promise<World> {
  const relay = await startFakeMx({
    certificate: makeSelfSigned(['relay.example']),
    offers: ['AUTH PLAIN'],
    act: (step) => (step === 'AUTH' ? answer : null),
  })
  t.after(() => relay[Symbol.asyncDispose]())
  const big: NewRelay = {
    ...{ hosts: [{ host: '127.0.0.1', port: relay.port }], rules: [{ kind: 'all' }] },
    ...{ tls: 'starttls', checkCertificate: false, insecure: true },
    ...{ user: 'us', password: 'secret', mechanism: 'PLAIN' },
  }
  const folder = new DataFolder(t)
  await folder.command(async (office) => await office.run('relay.add', { name: 'big', relay: big }))
  return await folder.world()
}
