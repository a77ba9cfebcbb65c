import assert from 'node:assert/strict'
import { test } from 'node:test'

import { unpublishedText } from './dkim.ts'
import { commandLine } from './testing/command-line.ts'

const CONFIG = 'host_name = "mail.example.com"'

test('a new domain has keys that sign; new ones wait until they are activated', async (t) => {
  const { run } = commandLine(t, CONFIG)
  await run('domain add example.com')
  const first = await run('dkim list')
  assert.match(first.out, /^example\.com +wb\d{4}r +rsa-sha256 +active +\d{4}-\d\d-\d\d +signs$/m)
  assert.match(first.out, /^example\.com +wb\d{4}e +ed25519-sha256 +active /m)
  const none = await run('dkim rotate example.com --activate --force')
  assert.equal(none.code, 2)
  assert.match(none.errors, /has no pending keys; make some: waybill dkim rotate example\.com/)

  const rotated = await run('dkim rotate example.com')
  assert.match(
    rotated.out,
    /^wb\d{4}r2\._domainkey\.example\.com +\(pending\)\n +v=DKIM1; k=rsa; p=/m,
  )
  assert.match(rotated.out, /waybill dkim rotate example\.com --activate$/m)
  assert.equal((await run('dkim rotate example.com')).out, rotated.out, 'the same keys once more')

  const activated = await run('dkim rotate example.com --activate --force')
  assert.match(activated.out, /^example\.com signs with wb\d{4}r2 and wb\d{4}e2 from now on/)
  const last = await run('dkim list example.com --json')
  assert.deepEqual(
    JSON.parse(last.out).map(({ state }: { state: string }) => state),
    ['retiring', 'retiring', 'active', 'active'],
  )
  assert.doesNotMatch(last.out, /private|sealed/i)
  assert.match((await run('dkim show example.com')).out, /\(retiring\)/)
  assert.equal((await run('domain remove example.com')).code, 0)
})

test('keys that DNS does not have are not activated, and what to do is said', () => {
  const domain = 'example.com'
  const text = unpublishedText([
    { domain, recordName: 'a._domainkey.example.com', publication: 'missing' },
    { domain, recordName: 'b._domainkey.example.com', publication: 'published' },
  ])
  assert.match(text, /^a\._domainkey\.example\.com: DNS has no such record yet\.$/m)
  assert.match(text, /^b\._domainkey\.example\.com: DNS has the key\.$/m)
  assert.match(text, /^Nothing was changed\. .*: waybill dkim rotate example\.com --activate /m)
})

test('a domain that is not here has no keys to rotate', async (t) => {
  const { run } = commandLine(t, CONFIG)
  await run('domain add example.com')
  const ran = await run('dkim rotate example.net')
  assert.equal(ran.code, 2)
  assert.match(ran.errors, /no domain example\.net/)
})

test('the records to publish: a table, a zone file, JSON', async (t) => {
  const { run } = commandLine(t, CONFIG)
  await run('domain add example.com')
  await run('dkim rotate example.com')
  const addresses = '--address 192.0.2.1 --address 2001:db8::1'
  const table = await run(`dns records example.com ${addresses}`)
  assert.equal(table.errors, '')
  assert.match(table.out, /^ {2}example\.com +MX +10 mail\.example\.com$/m)
  assert.match(
    table.out,
    /^ {2}example\.com +TXT +v=spf1 ip4:192\.0\.2\.1 ip6:2001:db8::1 mx -all$/m,
  )
  assert.match(table.out, /^ {2}wb\d{4}r2\._domainkey\.example\.com +TXT +v=DKIM1; k=rsa; p=/m)
  assert.match(table.out, /^ {2}_imaps\._tcp\.example\.com +SRV +0 1 993 mail\.example\.com$/m)
  assert.match(table.out, /https:\/\/mta-sts\.example\.com\/.well-known\/mta-sts\.txt/)

  const zone = await run(`dns records example.com --zone ${addresses}`)
  assert.match(zone.out, /^\$TTL 3600$/m)
  assert.match(zone.out, /^mail\.example\.com\. IN AAAA 2001:db8::1$/m)
  for (const line of zone.out.split('\n')) assert.match(line, /^(;.*|\$TTL.*|\S+\. IN .*|)$/)

  const json = JSON.parse((await run(`dns records example.com --json ${addresses}`)).out)
  assert.equal(json.hostName, 'mail.example.com')
  assert.deepEqual(json.groups[1], {
    topic: 'mx',
    purpose: 'Other servers bring mail for example.com to mail.example.com.',
    notes: [],
    records: [
      {
        type: 'MX',
        name: 'example.com',
        preference: 10,
        exchange: 'mail.example.com',
        value: '10 mail.example.com.',
      },
    ],
    file: null,
  })
})

test('what cannot be published is refused with a sentence', async (t) => {
  const { run } = commandLine(t, CONFIG)
  await run('domain add example.com')
  const refuses = async (line: string, pattern: RegExp) => {
    const { code, errors } = await run(line)
    assert.equal(code, 2)
    assert.match(errors, pattern)
  }
  await refuses('dns records example.com --host vm', /"vm" is not a host name/)
  await refuses(
    'dns records example.com --address 300.1.1.1',
    /"300\.1\.1\.1" is not an IP address/,
  )
  await refuses('dns records example.com --include -all;', /is not a name like spf/)
  await refuses('dns records example.net', /no domain example\.net/)
  await refuses('dns records example.com --zone --json', /--zone and --json cannot both be meant/)
  await refuses('dns records nonsense', /"nonsense" is not a domain/)
})
