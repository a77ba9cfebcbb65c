import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import { HOUR_MS } from '../../base/durations.ts'
import type { NewRelay, RelayRule } from '../../directory/types.ts'
import { formatTime, UTC } from '../../journal/zone.ts'
import { DataFolder } from '../testing/data-folder.ts'
import { findingsOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import { errors } from './errors.ts'

const NOW_MS = Date.now() - (Date.now() % 1000)
const ID = '1vnYk2-00000000BQ5-1EaB'
const LOGIN =
  'SMTP error from remote mail server after AUTH: 535 5.7.8 Authentication credentials invalid'
const NO_PTR =
  'SMTP error from remote mail server after MAIL: 550 5.7.25 The IP address sending this message does not have a PTR record'

test('a relay that took mail after it refused our login is mended, and that is said', async (t) => {
  const found = await look(t, {}, refusedAt(9), refusedAt(8), relayedAt(7))
  assert.deepEqual([found.verdict, found.figures], ['ok', { failures: 0, deferrals: 2 }])
  assert.equal(found.summary, 'what failed and was for you to mend is mended')
  assert.match(found.evidence.join('\n'), /^2 times: .*; mended since: the last 8 hours ago/m)
})

test('one that refused after it took mail is not, however often it took mail before', async (t) => {
  const found = await look(t, {}, refusedAt(9), relayedAt(8), refusedAt(7))
  assert.deepEqual([found.verdict, found.figures['count']], ['warning', 2])
})

test('another relay, or mail straight to a server, does not mend one', async (t) => {
  const elsewhere = [
    delivered(7, 'bob@else.test', 'relay', 'smtp.other.test'),
    delivered(7, 'bob@else.test', 'mx', 'mx.else.test'),
    // The relay is the MX of its other customers too.
    delivered(7, 'bob@customer.test', 'mx', 'smtp.provider.test'),
  ]
  assert.equal((await look(t, {}, refusedAt(8), ...elsewhere)).figures['count'], 1)
})

test('each host of a relay stands for it, unless it may be of two relays', async (t) => {
  const hosts = ['smtp.provider.test', 'smtp2.provider.test']
  const second = delivered(7, 'bob@else.test', 'relay', 'smtp2.provider.test')
  assert.equal((await look(t, { prov: hosts }, refusedAt(8), second)).verdict, 'ok')
  const two = { prov: hosts, other: ['smtp.provider.test'] }
  assert.equal((await look(t, two, refusedAt(8), relayedAt(7))).verdict, 'warning')
})

test('a relay that has another host since is the same one, where there is no other', async (t) => {
  const elsewhere = delivered(7, 'bob@else.test', 'relay', 'smtp.right.test')
  const one = { prov: ['smtp.right.test'] }
  assert.equal((await look(t, one, refusedAt(8), elsewhere)).verdict, 'ok')
  const two = { ...one, other: ['smtp.other.test'] }
  assert.equal((await look(t, two, refusedAt(8), elsewhere)).verdict, 'warning')
})

test('a relay that was not reached at all is mended by its mail, if it is the only one', async (t) => {
  const text =
    'no usable address for smtp.provider.test: 10.0.0.1 is a private address (outgoing.allow_private is off)'
  const unreached = at(
    8,
    `== bob@else.test F=<jane@example.com> R=relay T=smtp defer (-36): ${text}`,
  )
  const one = { prov: ['smtp.provider.test'] }
  assert.equal((await look(t, one, unreached)).verdict, 'warning')
  const found = await look(t, one, unreached, relayedAt(7))
  assert.deepEqual([found.verdict, found.figures['deferrals']], ['ok', 1])
  assert.match(found.evidence.join(), /mended since/)
  const two = { ...one, other: ['smtp.other.test'] }
  assert.equal((await look(t, two, unreached, relayedAt(7))).verdict, 'warning')
})

test('a destination is mended by mail to its domain or its server, and no other is', async (t) => {
  const refused = (domain: string, host: string) =>
    `** bob@${domain} F=<jane@example.com> R=mx T=smtp H=${host} [192.0.2.9]:25: ${NO_PTR}`
  const both = [
    at(9, refused('one.test', 'mx.one.test')),
    at(9, refused('two.test', 'mx.big.test')),
  ]
  const one = delivered(8, 'sue@one.test', 'mx', 'mx2.one.test')
  const left = await look(t, {}, ...both, one)
  assert.deepEqual([left.verdict, left.figures['count']], ['warning', 1])
  assert.match(left.evidence[0] ?? '', /^1 for good/)
  const two = delivered(8, 'sue@three.test', 'mx', 'mx.big.test')
  assert.equal((await look(t, {}, ...both, one, two)).verdict, 'ok')
})

test('mail by a relay mends a destination if all mail for it goes that way', async (t) => {
  const straight = at(
    8,
    `** bob@else.test F=<jane@example.com> R=mx T=smtp H=mx.else.test [192.0.2.9]:25: ${NO_PTR}`,
  )
  const relayed = delivered(7, 'sue@else.test', 'relay', 'smtp.provider.test')
  const prov = relayAt(['smtp.provider.test'])
  const cases: [rule: RelayRule, verdict: string][] = [
    [{ kind: 'all' }, 'ok'],
    [{ kind: 'recipient', domain: 'else.test' }, 'ok'],
    [{ kind: 'recipient', domain: 'other.test' }, 'warning'],
    [{ kind: 'sender', domain: 'example.com' }, 'warning'],
  ]
  for (const [rule, verdict] of cases) {
    const found = await lookWith(t, { prov: { ...prov, rules: [rule] } }, straight, relayed)
    assert.equal(found.verdict, verdict, JSON.stringify(rule))
  }
})

test('what is about a sender is not mended by the mail of another one', async (t) => {
  const text =
    'SMTP error from remote mail server after MAIL: 553 5.7.1 Sender address rejected: not owned by user'
  const refused = `** bob@else.test F=<jane@example.com> R=relay T=smtp H=smtp.provider.test [192.0.2.9]:587: ${text}`
  const found = await look(t, {}, at(8, refused), relayedAt(7))
  assert.equal(found.verdict, 'warning')
})

async function look(
  t: TestContext,
  relays: Readonly<Record<string, readonly string[]>>,
  ...lines: readonly string[]
): Promise<Finding> {
  const made = Object.entries(relays).map(([name, hosts]) => [name, relayAt(hosts)] as const)
  return await lookWith(t, Object.fromEntries(made), ...lines)
}

async function lookWith(
  t: TestContext,
  relays: Readonly<Record<string, NewRelay>>,
  ...lines: readonly string[]
): Promise<Finding> {
  const folder = new DataFolder(t)
  mkdirSync(join(folder.path, 'log'), { mode: 0o700 })
  writeFileSync(join(folder.path, 'log/mainlog'), lines.join(''))
  for (const [name, relay] of Object.entries(relays))
    await folder.command(async (office) => {
      await office.run('relay.add', { name, relay })
    })
  const world = await folder.world({ clock: new ManualClock(NOW_MS), zone: UTC, status: null })
  const [finding, ...more] = await findingsOf(errors, world)
  assert.ok(finding !== undefined && more.length === 0)
  return finding
}

function at(hoursAgo: number, text: string): string {
  return `${formatTime(NOW_MS - hoursAgo * HOUR_MS, UTC).slice(0, 19)} ${ID} ${text}\n`
}

function refusedAt(hoursAgo: number): string {
  return at(
    hoursAgo,
    `== bob@else.test F=<jane@example.com> R=relay T=smtp defer (-42) H=smtp.provider.test [192.0.2.9]:587: ${LOGIN}`,
  )
}

function relayedAt(hoursAgo: number): string {
  return delivered(hoursAgo, 'sue@third.test', 'relay', 'smtp.provider.test')
}

function delivered(hoursAgo: number, to: string, router: string, host: string): string {
  return at(
    hoursAgo,
    `=> ${to} F=<jane@example.com> R=${router} T=smtp S=900 H=${host} [192.0.2.9]:587 C="250 OK"`,
  )
}

function relayAt(hosts: readonly string[]): NewRelay {
  return {
    hosts: hosts.map((host) => ({ host, port: 587 })),
    ...{ tls: 'starttls', checkCertificate: true, insecure: false },
    ...{ user: null, password: null, mechanism: null, rules: [] },
  }
}
