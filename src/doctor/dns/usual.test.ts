/** Set-ups that are common and in order: nothing is found wrong with them, and nothing praised unseen. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { systemClock } from '../../base/clock.ts'
import { filesBelow } from '../reach/files.ts'
import { dnsWorld } from '../testing/dns-zone.ts'
import { findingsOf } from '../testing/world.ts'
import { blocklists } from './blocklists.ts'
import { dmarc } from './dmarc.ts'
import { mx } from './mx.ts'
import { resolverCheck } from './resolver.ts'
import { reverse } from './reverse.ts'
import { spf } from './spf.ts'
import { spfHello } from './spf-hello.ts'

const RELAY = {
  name: 'provider',
  hosts: [{ host: 'smtp.example.net', port: 587 }],
  rules: [{ kind: 'all' }],
}

test('with a relay for all mail nobody looks at the name and the listing of our address', async (t) => {
  const world = dnsWorld(t, {
    answers: { 'relay.list': [RELAY as never] },
    dns: {
      reverse: { '192.0.2.1': [] },
      addresses: { '1.2.0.192.zen.spamhaus.org': ['127.0.0.10'] },
      txt: {
        'example.com': ['v=spf1 include:_spf.example.net -all'],
        '_spf.example.net': ['v=spf1 ip4:198.51.100.0/24 -all'],
        'mail.example.com': ['v=spf1 -all'],
      },
    },
  })
  for (const check of [reverse, spfHello]) {
    const [finding] = await findingsOf(check, world)
    assert.deepEqual([check.id, finding?.verdict], [check.id, 'skipped'])
    assert.match(finding?.summary ?? '', /all mail goes by the relay provider/)
  }
  const listed = await findingsOf(blocklists, world)
  assert.deepEqual(
    listed.map(({ subject, verdict }) => [subject, verdict]),
    [['example.com', 'ok']],
  )
  const [sender] = await findingsOf(spf, world)
  assert.equal(sender?.verdict, 'ok', sender?.summary)
  assert.doesNotMatch(sender.summary, /our addresses/)
})

test('a relay for some mail leaves our own address to be looked at', async (t) => {
  const relay = { ...RELAY, rules: [{ kind: 'recipient', domain: 'example.org' }] }
  const world = dnsWorld(t, {
    answers: { 'relay.list': [relay as never] },
    dns: { reverse: { '192.0.2.1': [] } },
  })
  const [finding] = await findingsOf(reverse, world)
  assert.equal(finding?.verdict, 'failing')
})

test('a relay whose address the SPF record names needs no include:', async (t) => {
  const look = async (address: string) => {
    const world = dnsWorld(t, {
      answers: { 'relay.list': [RELAY as never] },
      dns: {
        txt: { 'example.com': ['v=spf1 ip4:198.51.100.0/24 -all'] },
        addresses: { 'smtp.example.net': [address] },
      },
    })
    return (await findingsOf(spf, world)).map(({ verdict }) => verdict)
  }
  assert.deepEqual(await look('198.51.100.25'), ['ok'])
  assert.deepEqual(await look('192.0.2.200'), ['warning'])
})

test('hosts without IPv6 in an SPF record are nothing empty to a server that sends by IPv4', async (t) => {
  const addresses = { 'a.example.com': ['192.0.2.11'], 'b.example.com': ['192.0.2.12'] }
  const record = 'v=spf1 mx a:a.example.com a:b.example.com a:mail.example.com -all'
  const dns = { addresses, txt: { 'example.com': [record] } }
  const [finding] = await findingsOf(spf, dnsWorld(t, { dns }))
  assert.equal(finding?.verdict, 'ok', finding?.summary)
  const both = '[outgoing]\nsource_ipv4 = "192.0.2.1"\nsource_ipv6 = "2001:db8::1"'
  const [six] = await findingsOf(spf, dnsWorld(t, { dns, config: both }))
  assert.match(six?.summary ?? '', /names 3 things that are not in DNS/)
})

test('RFC 7489 §7.1: reports to another name of the same organisation need no consent', async (t) => {
  const look = async (target: string, domain: string) => {
    const record = `v=DMARC1; p=none; rua=mailto:dmarc@${target}`
    const world = dnsWorld(t, {
      domains: [domain],
      dns: { txt: { [`_dmarc.${domain}`]: [record] } },
    })
    const [finding] = await findingsOf(dmarc, world)
    return finding?.verdict
  }
  assert.equal(await look('reports.example.com', 'lists.example.com'), 'ok')
  assert.equal(await look('reports.one.co.uk', 'lists.two.co.uk'), 'warning')
})

test('behind systemd-resolved the servers that it asks count', async (t) => {
  using root = makeTempFolder()
  const write = (path: string, text: string) => {
    mkdirSync(join(root.path, path, '..'), { recursive: true })
    writeFileSync(join(root.path, path), text)
  }
  write('etc/resolv.conf', 'nameserver 127.0.0.53\noptions edns0 trust-ad\n')
  write('run/systemd/resolve/resolv.conf', 'nameserver 8.8.8.8\n')
  const world = { ...dnsWorld(t), files: filesBelow(root.path) }
  const [finding] = await findingsOf(resolverCheck, world)
  assert.equal(finding?.verdict, 'warning')
  assert.match(finding.summary, /Google Public DNS \(8\.8\.8\.8\)/)
  const commands = finding.remedy.map(({ command }) => command)
  assert.match(commands.at(-1) ?? '', /^rm \/etc\/resolv\.conf; printf/)
  write('run/systemd/resolve/resolv.conf', 'nameserver 192.0.2.53\n')
  const [own] = await findingsOf(resolverCheck, world)
  assert.equal(own?.verdict, 'ok')
  assert.match(own.evidence.join('\n'), /asks on: 192\.0\.2\.53/)
})

test('of more domains than there is time for the rest is skipped, and the others are said', async (t) => {
  const domains = Array.from({ length: 12 }, (_, at) => `d${at}.example.com`)
  // Nothing that waits for an answer is given up in it.
  let ms = 0
  const clock = { ...systemClock, monotonicMs: () => ms, after: () => ({ [Symbol.dispose]() {} }) }
  const world = dnsWorld(t, { domains, dns: { addresses: {} } })
  const slow = {
    ...world.resolver,
    async mxAnswer(name: string) {
      if (name !== 'example.org') ms += 1_000
      return await world.resolver.mxAnswer(name)
    },
  }
  const findings = await findingsOf(mx, { ...world, clock, resolver: slow })
  const late = findings.filter(({ verdict }) => verdict === 'skipped')
  assert.equal(findings.length, domains.length)
  assert.equal(late.length, 6)
  assert.match(late[0]?.summary ?? '', /waybill doctor --only dns\.mx --domain d6\.example\.com/)
})
