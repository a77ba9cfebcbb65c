import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect, createServer } from 'node:tls'

import { ManualClock } from '../base/clock.ts'
import { type Certificates, openCertificates } from './certificates.ts'
import { CertificateFault } from './load-pair.ts'
import { keepSelfSigned, makeSelfSigned } from './self-signed.ts'

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

let ticks = 0

function writePair(folder: string, name: string, hosts: readonly string[]) {
  const pair = makeSelfSigned(hosts)
  const files = { hosts: [], cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  writeFileSync(files.cert, pair.cert)
  writeFileSync(files.key, pair.key, { mode: 0o600 })
  touch(files.cert)
  return files
}

/** Two writes of one size within the clock's grain must still look like a change. */
function touch(file: string): void {
  ticks++
  utimesSync(file, 1000 + ticks, 1000 + ticks)
}

function open(t: TestContext, pairs: Parameters<Certificates['prepare']>[0]) {
  const reports: string[] = []
  const certificates = openCertificates({ pairs, report: (text) => reports.push(text) })
  t.after(() => certificates[Symbol.dispose]())
  return { certificates, reports }
}

test('a self-signed certificate is one that OpenSSL accepts for its hosts', (t) => {
  const hosts = ['mail.example.test', 'localhost', '127.0.0.1', '::1', '2001:db8::ff00:42']
  const { cert } = makeSelfSigned(hosts, new ManualClock(Date.UTC(2045, 0, 2)))
  const parsed = new X509Certificate(cert)
  assert.equal(parsed.subject, 'CN=mail.example.test')
  assert.equal(parsed.issuer, parsed.subject)
  assert.equal(parsed.checkHost('localhost'), 'localhost')
  assert.equal(parsed.checkHost('example.test'), undefined)
  for (const address of hosts.slice(2)) assert.equal(parsed.checkIP(address), address)
  assert.ok(parsed.verify(parsed.publicKey), 'the signature is good')
  assert.equal(parsed.ca, false)
  assert.equal(parsed.validFrom, 'Jan  1 00:00:00 2045 GMT')
  assert.equal(parsed.validTo, 'Jan  1 00:00:00 2055 GMT', 'a date that needs GeneralizedTime')

  const openssl = spawnSync('openssl', ['x509', '-noout', '-text'], { input: cert })
  if (openssl.error !== undefined) return t.diagnostic('openssl is not here: not asked')
  assert.equal(openssl.status, 0, String(openssl.stderr))
  assert.match(String(openssl.stdout), /ecdsa-with-SHA256/)
  assert.match(
    String(openssl.stdout),
    /DNS:mail\.example\.test, DNS:localhost, IP Address:127\.0\.0\.1/,
  )
})

test('a client gets the certificate for the name it asks for', (t) => {
  const folder = folderFor(t)
  const a = writePair(folder, 'a', ['a.example', '*.wild.example'])
  const b = writePair(folder, 'b', ['b.example'])
  const { certificates } = open(t, [a, { ...b, hosts: ['B.example', 'other.example'] }])
  const [first, second] = certificates.inUse
  const cases: [name: string | null, which: typeof first][] = [
    ['a.example', first],
    ['x.wild.example', first],
    ['B.EXAMPLE', second],
    ['other.example', second],
    ['x.y.wild.example', first], // nobody's: the first
    ['unknown.example', first],
    [null, first],
  ]
  for (const [name, which] of cases)
    assert.equal(certificates.contextFor(name), which?.context, String(name))
})

test('the contexts serve TLS 1.2 and 1.3 and nothing older', async (t) => {
  const folder = folderFor(t)
  const { certificates } = open(t, [writePair(folder, 'a', ['localhost'])])
  const server = createServer({
    SNICallback: (name, done) => done(null, certificates.contextFor(name)),
  })
  t.after(() => server.close())
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const versionWith = (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
    new Promise<string | null>((resolve) => {
      const client = connect({
        port: address.port,
        host: '127.0.0.1',
        servername: 'localhost',
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion,
      })
      client.on('secureConnect', () => {
        resolve(client.getProtocol())
        client.destroy()
      })
      client.on('error', () => resolve(null))
    })
  assert.equal(await versionWith('TLSv1.3'), 'TLSv1.3')
  assert.equal(await versionWith('TLSv1.2'), 'TLSv1.2')
  assert.equal(await versionWith('TLSv1.1'), null)
})

test('changed files are taken, a half-written pair is not, and is reported once', (t) => {
  const folder = folderFor(t)
  const files = writePair(folder, 'a', ['a.example'])
  const { certificates, reports } = open(t, [files])
  const before = certificates.contextFor(null)
  certificates.refresh()
  assert.equal(certificates.contextFor(null), before)

  const next = makeSelfSigned(['b.example'])
  writeFileSync(files.cert, next.cert)
  touch(files.cert)
  certificates.refresh()
  certificates.refresh()
  assert.equal(certificates.contextFor(null), before, 'the key is still the old one')
  assert.equal(reports.length, 1)
  assert.match(reports[0] ?? '', /stays in use: .*a\.key: this is not the private key of .*a\.crt/)

  writeFileSync(files.key, next.key)
  touch(files.key)
  certificates.refresh()
  assert.notEqual(certificates.contextFor(null), before)
  assert.deepEqual(certificates.inUse[0]?.hosts, ['b.example'])
  assert.match(reports[1] ?? '', /was changed; the new one is valid until 20\d\d-/)

  rmSync(files.key)
  certificates.refresh()
  certificates.refresh()
  assert.deepEqual(certificates.inUse[0]?.hosts, ['b.example'])
  assert.equal(reports.length, 3)
})

test('what cannot be used is refused with a sentence, and nothing changes', async (t) => {
  const folder = folderFor(t)
  const good = writePair(folder, 'good', ['a.example'])
  const other = writePair(folder, 'other', ['b.example'])
  const rubbish = join(folder, 'rubbish')
  writeFileSync(rubbish, 'rubbish', { mode: 0o600 })
  const { certificates } = open(t, [good])
  const open644 = writePair(folder, 'open', ['c.example'])
  chmodSync(open644.key, 0o644)
  const cases: [pair: typeof good, sentence: RegExp][] = [
    [{ ...good, key: other.key }, /other\.key: this is not the private key of .*good\.crt/],
    [{ ...good, cert: rubbish }, /rubbish: no certificate in PEM form is in this file/],
    [{ ...good, key: rubbish }, /rubbish: no private key in PEM form is in this file/],
    [{ ...good, cert: join(folder, 'no') }, /cannot read .*no: it does not exist/],
    [
      open644,
      /open\.key: everybody on this machine can read .* \(mode 644\); run chmod 640 or 600/,
    ],
  ]
  for (const [pair, sentence] of cases)
    await t.test(String(sentence), () => {
      assert.throws(
        () => certificates.prepare([pair]),
        (error: unknown) => {
          assert.ok(error instanceof CertificateFault)
          assert.match(error.message, sentence)
          return true
        },
      )
      assert.deepEqual(certificates.inUse[0]?.files, good)
    })
})

test('a folder keeps its self-signed certificate until it no longer fits', (t) => {
  const folder = join(folderFor(t), 'tls')
  const clock = new ManualClock(Date.UTC(2030, 0, 1))
  const fingerprint = (hosts: readonly string[]) => {
    const files = keepSelfSigned(folder, hosts, clock)
    assert.equal(statSync(files.key).mode & 0o777, 0o600)
    return open(t, [files]).certificates.inUse[0]?.notAfterMs
  }
  const first = fingerprint(['a.example', '127.0.0.1'])
  clock.advance(1000)
  assert.equal(fingerprint(['a.example', '127.0.0.1']), first)
  const second = fingerprint(['a.example', 'b.example'])
  assert.notEqual(second, first, 'another host')
  clock.advance(10 * 365 * 86_400_000)
  assert.notEqual(fingerprint(['a.example']), second, 'about to expire')
})
