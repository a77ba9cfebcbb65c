/** The checks of the network as the server itself runs them, against a DNS and a certificate of the test. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { isOf, NETWORK_RULES } from './alerts/rules/network.ts'
import { web } from './alerts/testing/web.ts'
import { DAY_MS } from './base/durations.ts'
import { ManualClock } from './base/clock.ts'
import { configFrom } from './config/load.ts'
import { askServer } from './control/client.ts'
import type { AlertsShown } from './control/types.ts'
import { fakeResolver, type Zone } from './dns/fake.ts'
import type { Resolver } from './dns/resolver.ts'
import { OWN_CHECKS } from './doctor/own-checks.ts'
import { WATCHED_CHECKS } from './doctor/watched-checks.ts'
import { startServer } from './server.ts'
import { makeSelfSigned } from './tls/self-signed.ts'

const NAME = 'mail.example.org'
const HEALTHY: Zone = {
  mx: { 'example.org': [{ preference: 10, exchange: NAME }] },
  addresses: {
    [NAME]: ['192.0.2.25'],
    // RFC 5782 §5: an entry that is always there.
    'dbltest.com.dbl.spamhaus.org': ['127.0.1.2'],
  },
}

test('a server has every check of the doctor that a rule looks at', () => {
  const wanted = OWN_CHECKS.filter(({ id }) =>
    NETWORK_RULES.some((rule) => isOf(rule, { check: id })),
  )
  const watched = new Set(WATCHED_CHECKS.map(({ id }) => id))
  assert.ok(wanted.length > 5)
  assert.deepEqual(
    wanted.filter(({ id }) => !watched.has(id)),
    [],
  )
})

test('certificates, blocklists and DNS that changed are found by the running server', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-alerting-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // One that lasts long, almost all of which is over.
  const lastsMs =
    new X509Certificate(makeSelfSigned([NAME]).cert).validToDate.getTime() - Date.now()
  const old = makeSelfSigned([NAME], new ManualClock(Date.now() - lastsMs + 6 * DAY_MS))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, old.cert)
  writeFileSync(key, old.key, { mode: 0o600 })
  let zone = HEALTHY
  const resolver = new Proxy({} as Resolver, {
    get: (_target, name) => Reflect.get(fakeResolver(zone), name),
  })
  await using hook = await web((response) => response.writeHead(204).end())
  const { config } = configFrom(null)
  await using server = await startServer(
    {
      ...config,
      ...{ hostName: NAME, dataFolder: join(folder, 'data') },
      disk: { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 },
      listeners: [
        { name: 'imaps', protocol: 'imap', address: '127.0.0.1', port: 0, tls: 'implicit' },
      ],
      tls: { certificates: [{ hosts: [NAME], cert, key }] },
      alerts: {
        ...{ ...config.alerts, everyMs: 50, networkEveryMs: 100, mail: false },
        limits: { ...config.alerts.limits, diskPercent: 100 },
        webhooks: [
          {
            ...{ name: 'desk', url: hook.url, form: 'json', timeoutMs: 5_000 },
            ...{ urlFile: null, secretFile: null, tokenFile: null },
          },
        ],
      },
    },
    { resolver, prepare: async (directory) => void (await directory.addDomain('example.org')) },
  )
  const firing = async (): Promise<string[]> => {
    const answer = await askServer(join(folder, 'data'), 'alerts.list', {})
    assert.ok(answer !== undefined, 'the server does not answer')
    const { alerts } = answer.result as AlertsShown
    return alerts
      .filter(({ state }) => state === 'firing')
      .map(({ rule, subject }) => `${rule} ${subject}`)
      .sort()
  }
  const until = async (expected: readonly string[]) => {
    const giveUpMs = Date.now() + 60_000
    while (JSON.stringify(await firing()) !== JSON.stringify(expected)) {
      if (Date.now() > giveUpMs) assert.deepEqual(await firing(), expected)
      await sleep(50)
    }
  }
  await until([`certificate ${NAME}`])
  zone = {
    ...HEALTHY,
    mx: { 'example.org': [{ preference: 10, exchange: 'elsewhere.example.net' }] },
    addresses: { ...HEALTHY.addresses, 'example.org.dbl.spamhaus.org': ['127.0.1.2'] },
  }
  await until(['blocklist example.org', `certificate ${NAME}`, 'dns dns.mx example.org'])
  zone = HEALTHY
  await until([`certificate ${NAME}`])
  assert.ok(server.addresses.size > 0)
  const told = () =>
    hook.came
      .flatMap(({ body }) => JSON.parse(body).alerts)
      .filter(({ rule }: { rule: string }) => rule === 'dns')
  // What is over is told a moment after it is listed so.
  for (const giveUpMs = Date.now() + 30_000; told().length < 2 && Date.now() < giveUpMs; )
    await sleep(50)
  const dns = told()
  assert.deepEqual(
    dns.map(({ state }) => state),
    ['firing', 'resolved'],
  )
  assert.ok(dns[0].remedy.length > 0)
  assert.equal(dns[0].command, 'waybill doctor --only dns')
})
