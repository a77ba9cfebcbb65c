/** RFC 8461 on the whole server: policies from a real HTTPS site, and what becomes of mail by them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { MxScript } from '../../src/smtp-client/testing/fake-mx.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import {
  assertSound,
  type Lies,
  startOtherServers,
  submit,
  until,
} from '../support/other-servers.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import { startWithUsers } from '../support/users.ts'

/** Where all policies are: the port is not ours to choose. */
const SITE = { host: '127.2.0.1', port: 443 } as const

/** So short a policy is over at the next start. */
const EXPIRES_SECONDS = 4

interface Domain {
  /** Null: there is none any more. */
  policy: string | null
  /** Of the TXT record; null: there is none. */
  id: string | null
  /** What the MX says to STARTTLS; null: go. */
  startTls: string | null
  fetched: number
}

const policy = (mode: string, mx: string, maxAge = 604_800) =>
  `version: STSv1\nmode: ${mode}\nmx: ${mx}\nmax_age: ${maxAge}\n`
const domain = (text: string): Domain => ({ policy: text, id: '1', startTls: null, fetched: 0 })

/** What the first message to each of them comes to. */
const GOES = / => carol@\S+ .* X=TLS1\S+ CV=yes /
const OTHERS: Readonly<Record<string, readonly [domain: Domain, line: RegExp]>> = {
  'good.test': [domain(policy('enforce', 'mx.good.test')), GOES],
  'wildcard.test': [domain(policy('enforce', '*.wildcard.test')), GOES],
  'stranger.test': [
    domain(policy('enforce', 'mx.stranger.test')),
    / == carol@\S+ .*\(certificate verification failed\): self-signed certificate/,
  ],
  'refuses.test': [
    { ...domain(policy('enforce', 'mx.refuses.test')), startTls: '454 4.7.0 not now' },
    / == carol@\S+ .*a TLS session is required \(MTA-STS\), but the server refused STARTTLS/,
  ],
  'elsewhere.test': [
    domain(policy('enforce', 'mx.other.test')),
    / == carol@\S+ .*the MTA-STS policy of elsewhere\.test does not name mx\.elsewhere\.test/,
  ],
  'testing.test': [domain(policy('testing', 'mx.other.test')), GOES],
  'none.test': [
    { ...domain(policy('none', 'mx.other.test')), startTls: '454 no' },
    / => carol@\S+ /,
  ],
  // Its site cannot prove its name: there is no policy.
  'forged.test': [domain(policy('enforce', 'mx.other.test')), GOES],
  'kept.test': [domain(policy('enforce', 'mx.kept.test')), GOES],
  'changes.test': [domain(policy('enforce', 'mx.changes.test')), GOES],
  'expires.test': [domain(policy('enforce', 'mx.expires.test', EXPIRES_SECONDS)), GOES],
}

test('RFC 8461: MTA-STS with a real site', async (t) => {
  const names = Object.keys(OTHERS)
  const known = makeSelfSigned(names.flatMap((name) => [`mx.${name}`, ...siteNames(name)]))
  const stranger = makeSelfSigned(['mx.stranger.test'])
  await using stack = new AsyncDisposableStack()
  if (!(await startSite(t, stack, known))) return
  const scripts = Object.fromEntries(
    Object.entries(OTHERS).map(([name, [facts]]): [string, MxScript] => [
      name,
      {
        certificate: name === 'stranger.test' ? stranger : known,
        act: (step) => (step === 'STARTTLS' ? facts.startTls : null),
      },
    ]),
  )
  const others = stack.use(await startOtherServers(scripts, records))
  const authority = join(stack.use(makeTempFolder()).path, 'authority.pem')
  writeFileSync(authority, known.cert)
  const within = ['env', `NODE_EXTRA_CA_CERTS=${authority}`]
  await using server = await startWithUsers({ settings: others.settings, within })
  const linesOf = (name: string, from = 0) =>
    server
      .log('mainlog')
      .slice(from)
      .split('\n')
      .filter((line) => / (?:=>|==|\*\*) /.test(line) && line.includes(` carol@${name} `))

  for (const name of names) await submit(server, `1.${name}@client.test`, `carol@${name}`)
  await until(() => names.every((name) => linesOf(name).length > 0), 'every domain tried')
  for (const [name, [, line]] of Object.entries(OTHERS))
    await t.test(name, () => {
      for (const one of linesOf(name)) assert.match(one, line)
    })
  await t.test('a host that a policy in testing does not name is noted', async () => {
    await server.logged(
      'mainlog',
      /policy of testing\.test does not name mx\.testing\.test \(testing\)/,
    )
  })

  await server.stop()
  change('kept.test', { policy: null, id: null, startTls: '454 4.7.0 not now' })
  change('changes.test', { policy: policy('enforce', 'mx.new.test'), id: '2' })
  change('expires.test', { policy: null, id: null, startTls: '454 4.7.0 not now' })
  await sleep(EXPIRES_SECONDS * 1000)
  await server.start()
  const from = server.log('mainlog').length
  const second: Readonly<Record<string, RegExp>> = {
    'kept.test': / == carol@\S+ .*a TLS session is required \(MTA-STS\), but/,
    'changes.test':
      / == carol@\S+ .*the MTA-STS policy of changes\.test does not name mx\.changes\.test/,
    'expires.test': / => carol@\S+ .* H=mx\.expires\.test \[[\d.]+\]:\d+ C=/,
  }
  for (const name of Object.keys(second))
    await submit(server, `2.${name}@client.test`, `carol@${name}`)
  for (const [name, line] of Object.entries(second)) {
    await until(() => linesOf(name, from).length > 0, `the second to ${name}`)
    await t.test(`${name}, later`, () => {
      for (const one of linesOf(name, from)) assert.match(one, line)
    })
  }
  assert.equal(OTHERS['kept.test']?.[0].fetched, 1)
  assert.equal(OTHERS['changes.test']?.[0].fetched, 2)
  await assertSound(server)
})

function siteNames(name: string): string[] {
  return name === 'forged.test' ? [] : [`mta-sts.${name}`]
}

function change(name: string, facts: Partial<Domain>): void {
  Object.assign(OTHERS[name]?.[0] ?? {}, facts)
}

const records: Lies = ({ name, type }) => {
  const [, label, of = ''] = /^(_mta-sts|mta-sts)\.(.*)$/.exec(name) ?? []
  const facts = OTHERS[of]?.[0]
  if (label === undefined || facts === undefined) return null
  if (label === 'mta-sts')
    return [type === 'A' ? { answers: [{ type, name, ttl: 0, data: SITE.host }] } : {}]
  if (type !== 'TXT' || facts.id === null) return [{}]
  return [{ answers: [{ type, name, ttl: 0, data: `v=STSv1; id=${facts.id};` }] }]
}

/** @returns false when the port is not to be had here */
async function startSite(
  t: TestContext,
  stack: AsyncDisposableStack,
  pair: { readonly cert: string; readonly key: string },
): Promise<boolean> {
  const site = createServer(pair, ({ headers, url }, response) => {
    const facts = OTHERS[(headers.host ?? '').replace(/^mta-sts\./, '')]?.[0]
    if (facts !== undefined) facts.fetched++
    const text = url === '/.well-known/mta-sts.txt' ? facts?.policy : null
    if (text === null || text === undefined) response.writeHead(404).end()
    else response.setHeader('Content-Type', 'text/plain').end(text)
  })
  try {
    site.listen(SITE.port, SITE.host)
    await once(site, 'listening')
  } catch (error) {
    t.skip(`port 443 of ${SITE.host} is not to be had: ${String(error)}`)
    return false
  }
  stack.defer(async () => {
    const closed = once(site, 'close')
    site.close()
    site.closeAllConnections()
    await closed
  })
  return true
}
