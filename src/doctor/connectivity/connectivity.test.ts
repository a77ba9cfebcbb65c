import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { RelayTry } from '../../control/relay-test.ts'
import type { Account, Relay } from '../../directory/types.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { answering, closedPort, peer } from '../testing/peer.ts'
import { type Answers, findingsOf, worldOf } from '../testing/world.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { lookOut } from './outbound.ts'
import { relays } from './relays.ts'
import { imap, incoming, submission } from './sessions.ts'

const DOMAIN = { id: 1, name: 'example.com', createdMs: 0 } as never

test('connectivity.smtp: a server that refuses postmaster is told in its words', async (t) => {
  const serve = answering('220 mail.example.com', [
    [/^EHLO/, '250-mail.example.com\n250 SIZE 1000'],
    [/^RCPT/, '550 5.1.1 Unknown \x1b[31muser'],
  ])
  const [finding] = await session(t, incoming, 'smtp', 'none', await peer(t, serve))
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.summary, /answers RCPT with "550 5\.1\.1 Unknown \\033\[31muser"/)
  assert.match(commandsOf(finding), /openssl s_client .*-starttls smtp/)
  assert.match(commandsOf(finding), /route postmaster@mail\.example\.com/)
})

test('connectivity.smtp: mail is taken up to the recipient, and then forgotten', async (t) => {
  const lines: string[] = []
  const port = await peer(t, (socket) => {
    answering('220 mail.example.com')(socket)
    socket.on('data', (piece) => lines.push(...piece.toString().trim().split('\r\n')))
  })
  const [finding] = await session(t, incoming, 'smtp', 'none', port)
  assert.equal(finding?.verdict, 'ok')
  assert.deepEqual(lines.slice(1, 4), ['MAIL FROM:<>', 'RCPT TO:<postmaster>', 'RSET'])
  assert.ok(!lines.includes('DATA'))
})

test('connectivity.smtp: where postmaster leads nowhere somebody else is asked for, if there is one', async (t) => {
  const asked: string[] = []
  const port = await peer(t, (socket) => {
    answering('220 mail.example.com', [[/^RCPT TO:<postmaster>/, '550 Unknown user']])(socket)
    socket.on('data', (piece) => asked.push(...piece.toString().split('\r\n')))
  })
  const of = async (answers: Answers) => {
    const world = worldWith(t, { protocol: 'smtp', tls: 'none', port }, { ...NOBODY, ...answers })
    return (await findingsOf(incoming, world))[0]
  }
  const account = (address: string, change: Partial<Account>) =>
    ({ ...{ address, quotaOctets: null, usedOctets: 0, enabled: true }, ...change }) as Account
  const closed = account('bob@example.com', { enabled: false })
  const full = account('sue@example.com', { quotaOctets: 5, usedOctets: 5 })
  const open = account('jane@example.com', {})
  const other = await of({ 'account.list': [closed, full, open] })
  assert.equal(other?.verdict, 'ok')
  assert.ok(asked.includes('RCPT TO:<jane@example.com>'))
  const none = await of({ 'account.list': [closed] })
  assert.equal(none?.verdict, 'skipped')
  assert.equal(commandsOf(none), 'waybill account add NAME@example.com')
  const empty = await of({ 'domain.list': [] })
  assert.equal(empty?.verdict, 'skipped')
  assert.equal(commandsOf(empty), 'waybill domain add example.com')
})

test('connectivity.smtp: STARTTLS that is not offered', async (t) => {
  const port = await peer(t, answering('220 mail.example.com'))
  const [finding] = await session(t, incoming, 'smtp', 'starttls', port)
  assert.match(finding?.summary ?? '', /does not offer STARTTLS/)
})

test('connectivity.submission: no login is offered', async (t) => {
  const port = await peer(t, answering('220 mail.example.com'))
  // The configuration has no submission without TLS: the plain session shows what is looked at.
  const world = worldWith(t, { protocol: 'submission', tls: 'starttls', port })
  const plain = { ...world, loaded: withoutTls(world) }
  const [finding] = await findingsOf(submission, plain)
  assert.match(finding?.summary ?? '', /offers no login, so nobody can send/)
})

test('connectivity.imap: no login is offered, and one is', async (t) => {
  const of = async (capabilities: string) => {
    const serve = (socket: Parameters<Parameters<typeof peer>[1]>[0]) => {
      socket.write('* OK ready\r\n')
      socket.on('data', (line) => {
        const [tag] = line.toString().split(' ')
        socket.write(`* CAPABILITY IMAP4rev1 ${capabilities}\r\n${tag} OK done\r\n`)
      })
    }
    return (await session(t, imap, 'imap', 'none', await peer(t, serve)))[0]
  }
  assert.match((await of('LOGINDISABLED'))?.summary ?? '', /offers no login, so nobody can read/)
  assert.equal((await of('AUTH=PLAIN'))?.verdict, 'ok')
})

test('connectivity.outbound: open with words, unwelcome, and closed', async (t) => {
  const of = async (port: number, relayRules: Relay['rules'] | null = null) => {
    const world = worldOf(t, {
      config: `[outgoing]\nport = ${port}\nipv6 = false\n[doctor]\noutbound_host = "large.example"`,
      resolver: fakeResolver({
        mx: { 'large.example': [{ preference: 5, exchange: 'mx.large.example' }] },
        addresses: { 'mx.large.example': ['127.0.0.1'] },
      }),
      answers: {
        'relay.list': relayRules === null ? [] : [{ ...RELAY, rules: relayRules }],
      },
    })
    return (await lookOut(world, new AbortController().signal))[0]
  }
  const plain = await of(await peer(t, answering('220 mx.large.example')))
  assert.match(plain?.summary ?? '', /TLS was not offered/)
  const refusing = await of(await peer(t, answering('554 5.7.1 your address is on a list')))
  assert.equal(refusing?.verdict, 'warning')
  assert.match(refusing.summary, /does not want us: .*554 5\.7\.1 your address is on a list/)
  const port = await closedPort()
  const closed = await of(port)
  assert.equal(closed?.verdict, 'failing')
  assert.match(closed.evidence.join(), /mx\.large\.example \[127\.0\.0\.1\]:\d+: .*ECONNREFUSED/)
  assert.match(closed.remedy.map(({ text }) => text).join(), /provider/)
  assert.match(commandsOf(closed), /relay add/)
  // Whoever sends all by a relay needs no port 25.
  assert.equal((await of(port, [{ kind: 'all' }]))?.verdict, 'skipped')
})

test('connectivity.outbound: without DNS, and without IPv6, nothing is known', async (t) => {
  const resolver = fakeResolver({ failing: ['gmail.com'] })
  const [none] = await lookOut(worldOf(t, { resolver }), new AbortController().signal)
  assert.deepEqual([none?.verdict, /dns\.resolver/.test(none?.summary ?? '')], ['skipped', true])
  const known = fakeResolver({ addresses: { 'gmail.com': ['127.0.0.1'] } })
  const config = '[outgoing]\nipv4 = false'
  const world = worldOf(t, { config, resolver: known })
  const [sixth] = await lookOut(world, new AbortController().signal, () => ['fe80::1', '10.0.0.1'])
  assert.match(sixth?.summary ?? '', /no public IPv6 address/)
})

test('connectivity.relay: a login that is refused, a host of two that is down, and a good one', async (t) => {
  const of = async (tries: readonly RelayTry[], change: Partial<Relay> = {}) => {
    const answers: Answers = {
      'relay.list': [{ ...RELAY, ...change }],
      'relay.test': { name: 'provider', tries },
    }
    return (await findingsOf(relays, worldOf(t, { answers })))[0]
  }
  const refused = await of([{ ...TRY, failure: failure('AUTH', '535 5.7.8 wrong password') }], {
    loginRefused: { atMs: Date.UTC(2026, 10, 18), text: '535 wrong' },
  })
  assert.equal(refused?.verdict, 'failing')
  assert.match(refused.summary, /does not take our mail: 535 5\.7\.8 wrong password/)
  assert.match(refused.evidence.join('\n'), /refuses our login since 2026-11-18 \d/)
  assert.match(commandsOf(refused), /relay set provider --password\n.* queue list$/s)
  for (const [words, command] of [
    ['the server offers the logins PLAIN; without TLS we do not send a password', /--tls starttls/],
    ['the server offers the logins CRAM-MD5; the relay wants PLAIN', /--mechanism auto/],
    ['the server did not prove that it knows the password', /relay list/],
  ] as const) {
    const other = await of([{ ...TRY, failure: failure('AUTH', words) }])
    assert.ok(other !== undefined)
    assert.match(commandsOf(other), command)
    assert.doesNotMatch(commandsOf(other), /--password/)
  }
  const half = await of([TRY, { ...TRY, failure: failure('connect', 'Connection refused') }])
  assert.equal(half?.verdict, 'warning')
  assert.equal((await of([TRY]))?.verdict, 'ok')
  assert.equal((await of([]))?.verdict, 'failing')
})

const RELAY: Relay = {
  name: 'provider',
  hosts: [{ host: 'smtp.provider.example', port: 587 }],
  tls: 'starttls',
  checkCertificate: true,
  user: 'me@example.com',
  mechanism: null,
  rules: [{ kind: 'all' }],
  loginRefused: null,
  createdMs: 0,
}

const TRY: RelayTry = {
  ...{ host: 'smtp.provider.example', port: 587, address: '192.0.2.1' },
  ...{ tls: null, certificate: null, authenticator: 'PLAIN', failure: null, reply: null },
}

function failure(phase: 'AUTH' | 'connect', text: string): RelayTry['failure'] {
  return { kind: 'deferred', phase, text, reply: null, status: '4.7.0', scope: 'host' }
}

interface Served {
  readonly protocol: 'smtp' | 'submission' | 'imap'
  readonly tls: 'none' | 'starttls'
  readonly port: number
}

const NOBODY: Answers = {
  'domain.list': [DOMAIN],
  route: { steps: [], destinations: [] },
  'account.list': [],
}
const SOMEBODY: Answers = {
  'domain.list': [DOMAIN],
  route: { steps: [], destinations: [{ kind: 'blackhole', address: 'postmaster', parents: [] }] },
}

function worldWith(
  t: TestContext,
  { protocol, tls, port }: Served,
  answers: Answers = SOMEBODY,
): World {
  return worldOf(t, {
    config: `[[listeners]]\nname = "it"\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${port}\ntls = "${tls}"`,
    status: {
      ...{ processId: process.pid, version: '1.2.3', startedMs: 0, writesWaiting: 0 },
      memoryOctets: 0,
      listeners: [{ name: 'it', address: '127.0.0.1', port, connections: 0 }],
    },
    answers,
  })
}

async function session(
  t: TestContext,
  check: Check<World>,
  protocol: Served['protocol'],
  tls: Served['tls'],
  port: number,
): Promise<readonly Finding[]> {
  return await findingsOf(check, worldWith(t, { protocol, tls, port }))
}

function withoutTls({ loaded }: World): World['loaded'] {
  const listeners = loaded.config.listeners.map((one) => ({ ...one, tls: 'none' as const }))
  return { ...loaded, config: { ...loaded.config, listeners } }
}

function commandsOf({ remedy }: Finding): string {
  return remedy.flatMap(({ command }) => command ?? []).join('\n')
}
