/** Exim's and fail2ban's own programs on lines of every kind that the journal can write. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { renderLogin } from '../../src/journal/dovecot/dovecot.ts'
import type { Arrival, LoggedIn, Recipient } from '../../src/journal/event.ts'
import { type MailEvent, renderEvent } from '../../src/journal/exim/write.ts'
import { messageIds } from '../../src/journal/message-id.ts'
import { ARRIVAL, REJECTED } from '../../src/journal/testing/samples.ts'
import { UTC } from '../../src/journal/zone.ts'
import { logFor, versionOf } from '../support/exim-tools.ts'
import { findProgram, run } from '../support/programs.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import { noteOf } from '../../src/journal/plain.ts'

const START = Date.UTC(2026, 10, 20, 9, 0, 6)
const newId = messageIds(() => START, 48_813)
const [ID, OTHER] = [newId(), newId()]
const { host: HOST, tls: TLS } = ARRIVAL
const arrival: Arrival = {
  ...ARRIVAL,
  id: ID,
  subject: 'A "quoted" subject => not a delivery',
}
const carol: Recipient = {
  address: 'carol@example.com',
  parents: ['team@example.com'],
  from: 'jane@example.com',
  router: 'local',
  transport: 'mailbox',
}
const bob: Recipient = { ...carol, address: 'bob@example.net', parents: [], transport: 'smtp' }
const failedLogin: MailEvent = {
  type: 'authenticationFailed',
  atMs: START,
  mechanism: 'scram_sha_256',
  host: { name: null, helo: 'a) [198.51.100.1', address: '203.0.113.10', port: 4243 },
  local: { address: '192.0.2.1', port: 465 },
  reply: '535 Incorrect authentication data',
  login: 'jane) [198.51.100.1]: 535',
}
const delivered = {
  type: 'delivered',
  mark: '=>',
  atMs: START,
  id: ID,
  host: null,
  tls: null,
  authenticator: null,
  sizeOctets: 3800,
  mailbox: 'INBOX',
  confirmation: null,
  queueTimeMs: 1000,
  deliverTimeMs: 0,
  status: null,
} as const
const undelivered = {
  ...{ atMs: START, id: ID, recipient: bob, host: HOST, tls: TLS },
  ...{ queueTimeMs: null, deliverTimeMs: null, status: null },
}

const events: readonly MailEvent[] = [
  arrival,
  { ...delivered, recipient: carol },
  { ...undelivered, type: 'deferred', errorNumber: -44, reason: '451 later' },
  { ...delivered, recipient: bob, host: HOST, tls: TLS, mailbox: null, confirmation: '250 "ok"' },
  { type: 'completed', atMs: START, id: ID, queueTimeMs: 1000 },
  { ...arrival, id: OTHER, from: null, messageIdHeader: 'b2@laptop.lan' },
  { ...undelivered, id: OTHER, type: 'failed', errorNumber: null, reason: '550 no such user' },
  { type: 'completed', atMs: START, id: OTHER, queueTimeMs: 61_000 },
  REJECTED,
  { ...REJECTED, temporary: true, reason: 'greylisted' },
  failedLogin,
  {
    ...{ type: 'warning', atMs: START, id: null, host: HOST, local: null, program: null },
    text: 'suspicious',
  },
  noteOf(START, 'connection', 'SMTP connection from [192.0.2.3]:50214'),
]

function mainlog(version: number): string {
  return logFor(version, events.map((event) => `${renderEvent(event, UTC)}\n`).join(''))
}

/** Runs one of Exim's tools on the log; null when it is not installed. */
async function eximTool(name: string, ...args: string[]): Promise<string> {
  const path = findProgram(name) ?? ''
  const version = await versionOf(path)
  using folder = makeTempFolder()
  const log = join(folder.path, 'mainlog')
  writeFileSync(log, mainlog(version))
  const ran = await run(path, [...args, log])
  assert.equal(ran.stderr, '')
  return ran.stdout
}

function missing(name: string, from: string): string | false {
  return findProgram(name) === null && `${name} is not installed (Debian: ${from})`
}

test('exigrep puts all lines of a message together', {
  skip: missing('exigrep', 'exim4-base'),
}, async () => {
  const found = await eximTool('exigrep', 'a1@laptop.lan')
  const wanted = mainlog(4.97).split('\n').slice(0, 5)
  assert.deepEqual(
    found
      .trim()
      .split('\n')
      .map((line) => line.replace(/^(\S+ \S+) \S+/, '$1')),
    wanted.map((line) => line.replace(/^(\S+ \S+) \S+/, '$1')),
  )
})

test('eximstats counts what came, went, waited, failed and was refused', {
  skip: missing('eximstats', 'exim4-base'),
}, async () => {
  const report = await eximTool('eximstats', '-txt')
  assert.match(report, /^ *Received +\S+ +2\b/m)
  assert.match(report, /^ *Delivered +\S+ +2 +2\b/m)
  assert.match(report, /^ *Rejects +1\b/m)
  assert.match(report, /^ *Temp Rejects +1\b/m)
  assert.match(report, /550 no such user/)
})

const login: LoggedIn = {
  type: 'loginFailed',
  atMs: START,
  service: 'imap',
  login: 'jane>, rip=198.51.100.1',
  mechanism: 'PLAIN',
  remoteAddress: '203.0.113.11',
  localAddress: '192.0.2.1',
  tls: true,
  session: 's1',
  attempts: 1,
  counts: null,
  reason: 'Connection closed',
}

const filters: readonly [filter: string, name: string, text: string, hosts: readonly string[]][] = [
  ['exim', 'mainlog', mainlog(4.97), ['203.0.113.10', '203.0.113.9']],
  [
    'dovecot',
    'authlog',
    [login, { ...login, type: 'loggedIn' } as const, { ...login, type: 'loggedOut' } as const]
      .map((event) => `${renderLogin(event, UTC)}\n`)
      .join(''),
    ['203.0.113.11'],
  ],
]

for (const [filter, name, text, hosts] of filters)
  test(`fail2ban's stock ${filter} filter finds the attackers, and nobody they name`, {
    skip: missing('fail2ban-regex', 'fail2ban'),
  }, async () => {
    using folder = makeTempFolder()
    const log = join(folder.path, name)
    writeFileSync(log, text)
    const ran = await run(findProgram('fail2ban-regex') ?? '', ['-o', 'ip', log, filter])
    assert.deepEqual(ran.stdout.trim().split('\n').sort(), hosts)
  })
