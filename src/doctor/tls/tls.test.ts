/** Certificates of all kinds on real listeners, and what is said of them. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { missingPrograms } from '../../../test/support/programs.ts'
import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { ManualClock } from '../../base/clock.ts'
import { DAY_MS } from '../../base/durations.ts'
import { type CertificatePair, makeSelfSigned } from '../../tls/self-signed.ts'
import { dnsWorld, type DnsWorld } from '../testing/dns-zone.ts'
import { makeAuthority, oldServerWorld, servedWorld } from '../testing/tls-server.ts'
import { findingsOf } from '../testing/world.ts'
import type { Outside } from '../outside.ts'
import { systemFiles } from '../reach/files.ts'
import type { Finding } from '../types.ts'
import { certificate } from './certificate.ts'
import { certificateFiles } from './files.ts'
import { versions } from './versions.ts'

const NAME = 'mail.example.com'
const skip = missingPrograms('openssl')

test('tls.certificate: of an authority, with its chain, for each name', { skip }, async (t) => {
  const { root, intermediate, issue } = makeAuthority(t)
  setDefaultCACertificates([...getCACertificates('default'), root])
  const leaf = issue([NAME])
  const whole = { cert: `${leaf.cert}${intermediate}`, key: leaf.key }

  await t.test('the whole chain is good', async (t) => {
    const [finding, ...others] = await look(t, whole)
    assert.deepEqual([finding?.verdict, others], ['ok', []], JSON.stringify(finding))
    assert.match(finding?.evidence.join('\n') ?? '', /DNS:mail\.example\.com[\s\S]*CN=intermediate/)
    assert.equal(typeof finding?.figures['daysLeft'], 'number')
  })
  await t.test('without the one between it is not complete', async (t) => {
    const [finding] = await look(t, leaf)
    assertTrouble(
      finding,
      'failing',
      /chain is not complete: .*CN=intermediate is missing/,
      /fullchain\.pem/,
    )
  })
  await t.test('a key of 1024 bits is too short', async (t) => {
    const short = issue([NAME], ['-newkey', 'rsa:1024', '-nodes'])
    const pair = { cert: `${short.cert}${intermediate}`, key: short.key }
    const findings = await findingsOf(certificate, await oldServerWorld(t, pair))
    assertTrouble(findings.at(-1), 'warning', /only 1024 bits/, /certbot/)
  })
  await t.test('another name', async (t) => {
    const other = issue(['www.example.com'])
    const [finding] = await look(t, { cert: `${other.cert}${intermediate}`, key: other.key })
    assertTrouble(
      finding,
      'failing',
      /not for mail\.example\.com/,
      /certbot certonly .* -d mail\.example\.com/,
    )
  })
  await t.test('every name in MX records that lead here is looked at', async (t) => {
    const dns = {
      mx: { 'example.com': [{ preference: 1, exchange: 'mx.example.net' }] },
      addresses: { 'mx.example.net': ['192.0.2.1'] },
    }
    const findings = await look(t, whole, { dns })
    assert.deepEqual(
      findings.map(({ subject, verdict }) => [subject, verdict]),
      [
        [NAME, 'ok'],
        ['mx.example.net', 'warning'],
      ],
    )
  })
  for (const [daysLeft, verdict, summary] of [
    [13, 'warning', /expires in 1[23] days/],
    [-2, 'failing', /expired (47 hours|2 days) ago/],
    [95, 'failing', /valid only from/],
  ] as const)
    await t.test(`${daysLeft} days left`, async (t) => {
      const clock = new ManualClock(Date.now() + (90 - daysLeft) * DAY_MS - 3_600_000)
      const [finding] = await look(t, whole, { clock })
      assertTrouble(finding, verdict, summary, /certbot renew/)
    })
})

test('tls.certificate: self-signed is said, with what to do', async (t) => {
  const [finding, ...others] = await look(t, makeSelfSigned([NAME]))
  assertTrouble(finding, 'warning', /self-signed: nobody vouches/, /certbot certonly/)
  assert.deepEqual(others, [])
})

test('tls.certificate: expired on the real clock', async (t) => {
  const old = makeSelfSigned([NAME], new ManualClock(Date.UTC(2001, 0)))
  assertTrouble((await look(t, old))[0], 'failing', /expired \d+ days ago/, /certbot renew/)
})

test('tls.certificate: a listener that should have TLS and has none', async (t) => {
  assertTrouble(
    (await look(t, null))[0],
    'failing',
    /no TLS is to be had: it does not offer STARTTLS/,
    /waybill/,
  )
})

test('tls: without a server nothing is seen, and that is said', async (t) => {
  for (const check of [certificate, versions]) {
    const [finding] = await findingsOf(check, dnsWorld(t))
    assert.equal(finding?.verdict, 'skipped')
    assert.match(finding.summary, /the server does not run/)
  }
})

test('tls.versions: TLS 1.1 is offered by a server of another time', async (t) => {
  const world = await oldServerWorld(t, makeSelfSigned([NAME]))
  const [finding] = await findingsOf(versions, world)
  assertTrouble(finding, 'warning', /TLS 1\.1 is taken/, /ss -ltnp/)
})

test('tls.versions: RFC 8996: a server of today refuses what is old', async (t) => {
  const [finding] = await findingsOf(versions, await servedWorld(t, makeSelfSigned([NAME])))
  assert.equal(finding?.verdict, 'ok')
  assert.match(finding.evidence.join('\n'), /TLSv1\.3[\s\S]*with 1\.0 and 1\.1 offered: /)
})

test('tls.versions: what could not be asked is not praised', async (t) => {
  const world = await servedWorld(t, makeSelfSigned([NAME]))
  const connect: Outside['connect'] = async (target, signal) => {
    const dialogue = await world.connect(target, signal)
    return {
      get tls() {
        return dialogue.tls
      },
      readLine: () => dialogue.readLine(),
      writeLine: (line) => dialogue.writeLine(line),
      async startTls(options) {
        if (options.isOld === true) throw new Error('no protocols available')
        await dialogue.startTls(options)
      },
      [Symbol.asyncDispose]: () => dialogue[Symbol.asyncDispose](),
    }
  }
  const [finding] = await findingsOf(versions, { ...world, connect })
  assert.equal(finding?.verdict, 'skipped')
  assert.match(finding.summary, /no protocols available/)
})

test('tls.files: a key and a certificate that can be used', async (t) => {
  const { finding } = await lookAtFiles(t, {})
  assert.equal(finding.verdict, 'ok')
  assert.match(finding.evidence.join('\n'), /mode 0600, it is the key of the certificate/)
})

test('tls.files: a key that everybody can read, and how it is mended', async (t) => {
  const { finding, key } = await lookAtFiles(t, { mode: 0o644 })
  assertTrouble(finding, 'failing', /everybody on this machine can read/, /chmod o-rwx/)
  assert.match(finding.fix?.what ?? '', /set the mode of .* to 0640/)
  await finding.fix?.apply()
  assert.equal(statSync(key).mode & 0o777, 0o640)
})

test('tls.files: a key that a group can change', async (t) => {
  const { finding } = await lookAtFiles(t, { mode: 0o660 })
  assertTrouble(finding, 'warning', /whole group can change/, /chmod g-w/)
})

test('tls.files: a name with a space is one word in each command', async (t) => {
  for (const mode of [0o644, 0o660]) {
    const { finding, key } = await lookAtFiles(t, { mode, name: 'my mail' })
    assert.match(finding.remedy[0]?.command ?? '', /^chmod [go]-r?wx? '/)
    assert.ok(finding.remedy[0]?.command?.endsWith(` '${key}'`))
  }
})

test('tls.files: the key of another certificate, and none', async (t) => {
  const other = await lookAtFiles(t, { keyText: makeSelfSigned([NAME]).key })
  assertTrouble(other.finding, 'failing', /not the private key of/, /openssl pkey/)
  const none = await lookAtFiles(t, { keyText: 'nothing' })
  assertTrouble(none.finding, 'failing', /no private key in PEM form/, /openssl pkey/)
})

test('tls.files: files that are not there', async (t) => {
  const config =
    '[outgoing]\nsource_ipv4 = "192.0.2.1"\nipv6 = false\n[[tls.certificates]]\ncert = "/nowhere/a.pem"\nkey = "/nowhere/a.key"\n'
  const [finding] = await findingsOf(certificateFiles, dnsWorld(t, { config }))
  assertTrouble(finding, 'failing', /cannot read \/nowhere\/a\.pem/, /waybill .*config show tls/)
})

test('tls.files: a key that is missing beside its certificate is said to be, and has no mode', async (t) => {
  const { finding, key } = await lookAtFiles(t, { keyText: null })
  assertTrouble(finding, 'failing', /cannot read \S+\/a\.key: it does not exist$/, /ls -l \S+/)
  assert.deepEqual(finding.evidence, [`${key}: there is no such file`])
})

test('tls.files: a folder that is closed to the server, as certbot makes its own', async (t) => {
  using folder = makeTempFolder()
  const closed = join(folder.path, 'live')
  mkdirSync(closed, { mode: 0o700 })
  writeFileSync(join(closed, 'a.pem'), '')
  const config = `[[tls.certificates]]\ncert = "${closed}/a.pem"\nkey = "${closed}/a.key"\n`
  const world = { ...dnsWorld(t, { config }), files: systemFiles }
  const { dataFolder } = world.loaded.config
  mkdirSync(dataFolder)
  for (const path of [folder.path, join(dataFolder, '..')]) chmodSync(path, 0o711)
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  else chmodSync(closed, 0)
  try {
    const [finding] = await findingsOf(certificateFiles, world)
    assertTrouble(finding, 'failing', /the server cannot read .*a\.pem/, /install -m 0600 -o/)
  } finally {
    if (isRoot) process.seteuid?.(0)
    else chmodSync(closed, 0o700)
  }
})

interface GivenFiles {
  /** Of the key. */
  readonly mode?: number
  /** Null: it is missing; default: the one of the certificate. */
  readonly keyText?: string | null
  /** Of both files, without their ends. */
  readonly name?: string
}

async function lookAtFiles(
  t: TestContext,
  { mode = 0o600, keyText, name = 'a' }: GivenFiles,
): Promise<{ finding: Finding; key: string }> {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  const [cert, key] = [join(folder.path, `${name}.pem`), join(folder.path, `${name}.key`)]
  const pair = makeSelfSigned([NAME])
  writeFileSync(cert, pair.cert)
  if (keyText !== null) {
    writeFileSync(key, keyText ?? pair.key)
    chmodSync(key, mode)
  }
  const config = `[[tls.certificates]]\ncert = "${cert}"\nkey = "${key}"\n`
  const world = { ...dnsWorld(t, { config }), files: systemFiles }
  const [finding] = await findingsOf(certificateFiles, world)
  assert.ok(finding !== undefined)
  return { finding, key }
}

async function look(t: TestContext, pair: CertificatePair | null, given: DnsWorld = {}) {
  return await findingsOf(certificate, await servedWorld(t, pair, given))
}

function assertTrouble(
  finding: Finding | undefined,
  verdict: Finding['verdict'],
  summary: RegExp,
  remedy: RegExp,
): void {
  assert.equal(finding?.verdict, verdict, JSON.stringify(finding))
  assert.match(finding.summary, summary)
  assert.match(finding.remedy.map((step) => `${step.text} ${step.command}`).join(' '), remedy)
  assert.ok(finding.evidence.length > 0 && finding.meaning !== null)
}
