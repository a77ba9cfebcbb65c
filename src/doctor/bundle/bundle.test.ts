import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { domainToASCII } from 'node:url'
import { gunzipSync } from 'node:zlib'

import { findProgram } from '../../../test/support/programs.ts'
import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { warning } from '../findings.ts'
import { worldOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import { bundleOf } from './contents.ts'
import { logEndsOf } from './log-ends.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { Redactor } from './redact.ts'
import { tarGz } from './tar.ts'

/** Nobody may find one of these in a bundle, however it is written. */
const CANARIES = {
  localpart: 'quentinzebra',
  domain: 'planted-zebra.test',
  host: 'mx7.stranger-zebra.test',
  helo: 'LAPTOPZEBRA9',
  password: 'Zebra!hunter2-pw',
  relayKey: 'c0ffeezebra0badcafe1122334455',
  subject: 'Zebra merger on Friday',
  ip: '203.0.113.77',
  ip6: '2001:db8:77::beef',
  messageId: '20261121.zebra.4711',
  queueId: '1v4XyZ-000000001Ab-2cDe',
  unicode: 'зебра',
  unicodeDomain: 'зебра.рф',
  mailbox: 'Project Zebra',
  hook: 'T00ZEBRA/B00/XXXXzebra',
} as const
const ADDRESS = `${CANARIES.localpart}@${CANARIES.domain}`
const UTF8_ADDRESS = `${CANARIES.unicode}@${CANARIES.unicodeDomain}`

const base64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')
const xtext = (text: string) =>
  text.replace(/[+=]|[^!-~]/g, (one) => `+${hex(one).toUpperCase()}`).replaceAll('@', '+40')
const quotedPrintable = (text: string) =>
  Buffer.from(text).reduce((all, octet) => `${all}=${octet.toString(16).toUpperCase()}`, '')
const octal = (text: string) =>
  Buffer.from(text).reduce((all, octet) => `${all}\\${octet.toString(8).padStart(3, '0')}`, '')

/** Log lines in which the same things are written in every form that mail knows. */
const LINES = [
  `<= ${ADDRESS} H=${CANARIES.host} (${CANARIES.helo}) [${CANARIES.ip}]:4711 I=[192.0.2.5]:25 P=esmtps X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no A=PLAIN:${ADDRESS} S=12345678 id=${CANARIES.messageId}@${CANARIES.domain} T="${CANARIES.subject}" from <${ADDRESS}> for ${UTF8_ADDRESS}`,
  `=> ${CANARIES.localpart} <${ADDRESS}> F=<${ADDRESS}> R=local T=mail mailbox="${CANARIES.mailbox}" S=1234 C="250 2.0.0 Ok: queued as ${CANARIES.queueId} for ${ADDRESS} at ${CANARIES.host}" QT=1.234s DT=0.1s`,
  `== ${UTF8_ADDRESS} R=remote defer (-53): ${CANARIES.host} [${CANARIES.ip6}]:25: 451 4.7.1 <${xtext(ADDRESS)}>: Please try again later (${CANARIES.ip6})`,
  `** SRS0=aBcD=XY=${CANARIES.domain}=${CANARIES.localpart}@forwarder-zebra.test: 550 5.1.1 <${CANARIES.localpart}>... User unknown; ORCPT=rfc822;${xtext(ADDRESS)} ORCPT=utf-8;${CANARIES.localpart}\\x{437}`,
  `rejected "AUTH PLAIN ${base64(`\0${ADDRESS}\0${CANARIES.password}`)}" H=[${CANARIES.ip6}]`,
  `PLAIN authenticator failed for (${CANARIES.helo}) [${CANARIES.ip}]: 535 Incorrect authentication data (set_id=${CANARIES.localpart})`,
  `login: Password mismatch (given password: ${CANARIES.password}) user=<${CANARIES.localpart}>, rip=${CANARIES.ip}`,
  `Warning: strange octets ${base64(ADDRESS)} and ${base64(CANARIES.subject)} and ${base64(CANARIES.password)}`,
  `Warning: header =?utf-8?Q?${quotedPrintable(CANARIES.subject)}?= and =?utf-8?B?${base64(CANARIES.unicode)}?=`,
  `Warning: ${octal(UTF8_ADDRESS)} and ${encodeURIComponent(UTF8_ADDRESS)} and ${hex(ADDRESS)}`,
  `Warning: ${domainToASCII(CANARIES.unicodeDomain)} and ${CANARIES.unicode} and x@${domainToASCII(CANARIES.unicodeDomain)}`,
  `Warning: "quentin zebra"@${CANARIES.domain} and ${ADDRESS.toUpperCase()} and a@[${CANARIES.ip}] and a@[IPv6:${CANARIES.ip6}]`,
  `Warning: 77.113.0.203.zen.dnsbl-zebra.test and ip-203-0-113-77.zebra.test and 203-0-113-77 and ::ffff:${CANARIES.ip}`,
  `Warning: https://hooks.zebra.test/services/${CANARIES.hook} and key ${CANARIES.relayKey} and ${CANARIES.password}`,
  `Warning: cut short ${CANARIES.localpart}@planted-zeb`,
  `T="${CANARIES.subject.replace('merger', '\\"merger\\"')}" T="unended ${CANARIES.subject}`,
].map((line) => `2026-11-21 11:14:34.123 ${CANARIES.queueId} ${line}`)

/** Every form of every canary, and the pieces that would still tell. */
function formsOf(canary: string): string[] {
  const shifted = [0, 1, 2].map((pad) =>
    base64(`${'x'.repeat(pad)}${canary}`).slice(pad === 0 ? 0 : 4, -4),
  )
  const all = [canary, hex(canary), xtext(canary), quotedPrintable(canary), octal(canary)]
  return [...all, ...shifted, encodeURIComponent(canary), domainToASCII(canary)].filter(
    (form) => form.length > 3,
  )
}

const TELLING = [
  ...Object.values(CANARIES).flatMap(formsOf),
  'zebra',
  '203.0.113',
  '203-0-113',
  '113.0.203',
  'xn--',
  'db8',
]

async function bundleWith(t: TestContext) {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  const world = worldOf(t, {
    config: `[alerts]
mail_to = ["${ADDRESS}"]
command = ["/usr/bin/tell", "--password", "${CANARIES.password}"]
ping_url = "https://ping.zebra.test/${CANARIES.relayKey}"
[[alerts.webhooks]]
name = "chat"
url = "https://hooks.zebra.test/${CANARIES.hook}"
secret_file = "/etc/${CANARIES.localpart}/key"
[[outgoing.domains]]
domain = "${CANARIES.domain}"
hello_name = "${CANARIES.host}"`,
    answers: { 'domain.list': [], 'account.list': [], 'alias.list': [] },
  })
  const log = join(world.loaded.config.dataFolder, 'log')
  mkdirSync(log, { recursive: true })
  for (const name of ['mainlog', 'authlog', 'paniclog'])
    writeFileSync(join(log, name), `${LINES.join('\n')}\n`)
  const finding: Finding = warning(
    { id: 'dns.spf' },
    {
      subject: CANARIES.domain,
      summary: `the domain ${CANARIES.domain} has no SPF record for ${CANARIES.ip}`,
      evidence: LINES,
      meaning: `mail of ${ADDRESS} is refused`,
      remedy: [{ text: 'Publish it', command: `waybill dns records ${CANARIES.domain}` }],
      figures: { records: 0, [CANARIES.domain]: 3, [`mail.server`]: 1 },
    },
  )
  return await bundleOf({
    world,
    checks: [{ id: 'dns.spf', group: 'dns', title: 'SPF' }],
    examination: { startedMs: 1, endedMs: 2, findings: [finding] },
    logs: logEndsOf(world.loaded.config.dataFolder),
    statistics: {
      tables: { senders: { rows: [{ key: ADDRESS, [CANARIES.host]: 1 }] } },
      unknownExamples: LINES,
    },
    key: Buffer.alloc(32, 7),
  })
}

test('nothing that was planted is in the bundle, in no form', async (t) => {
  const octets = gunzipSync(tarGz(await bundleWith(t), 0))
  const text = octets.toString('utf8').toLowerCase()
  assert.ok(text.length > 10_000)
  const leaked = TELLING.filter((form) => text.includes(form.toLowerCase()))
  assert.deepEqual(leaked, [])
  for (const form of TELLING) assert.ok(!octets.includes(Buffer.from(form)), form)
})

test('the search of this test would find what is planted', () => {
  const text = LINES.join('\n').toLowerCase()
  for (const [name, canary] of Object.entries(CANARIES))
    if (name !== 'hook' && name !== 'mailbox')
      assert.ok(
        formsOf(canary).some((form) => text.includes(form.toLowerCase())),
        name,
      )
})

test('the same text has the same pseudonym in all of a bundle, and another in the next', () => {
  const one = new Redactor({ pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)), known: new Set() })
  const two = new Redactor({ pseudonyms: new Pseudonyms(Buffer.alloc(32, 2)), known: new Set() })
  const first = one.text(`from <${ADDRESS}>`)
  assert.match(first, /^from <user-\w{10}@host-\w{10}>$/)
  assert.equal(one.text(`from <${ADDRESS.toUpperCase()}>`), first)
  assert.notEqual(two.text(`from <${ADDRESS}>`), first)
  const host = first.slice(first.indexOf('@') + 1, -1)
  assert.equal(one.text(`no MX for ${CANARIES.domain}.`), `no MX for ${host}.`)
})

test('an address has one pseudonym, however it is written', () => {
  const redactor = new Redactor({
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)),
    known: new Set(),
  })
  const same: readonly (readonly string[])[] = [
    [ADDRESS, `<${ADDRESS.toUpperCase()}>`, `emailAddress=${ADDRESS},`, `mailto:${ADDRESS}`],
    [`"odd\\040zebra"@${CANARIES.domain}`, `<"odd zebra"@${CANARIES.domain}>`],
    [`"quentinzebra"@${CANARIES.domain}.`, ADDRESS],
    [`"a\\"b zebra"@${CANARIES.domain}`, `F=<"a\\"b zebra"@${CANARIES.domain}>`],
    [UTF8_ADDRESS, `${CANARIES.unicode}@${domainToASCII(CANARIES.unicodeDomain)}`],
  ]
  for (const forms of same) {
    const found = forms.map((form) => /user-\w{10}@host-\w{10}/.exec(redactor.text(form))?.[0])
    assert.equal(new Set(found).size, 1, `${forms}: ${found}`)
    assert.ok(found[0] !== undefined, `${forms}`)
  }
  const host = redactor.text(CANARIES.host)
  assert.equal(redactor.text(`250-${CANARIES.host} Hello`), `250-${host} Hello`)
})

test('of keys, headers, tokens and signatures not even ordinary words stay', () => {
  const redactor = new Redactor({
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)),
    known: new Set(),
  })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const body = pem.split('\n').slice(1, -2)
  const forms = [pem, JSON.stringify({ key: pem }), pem.slice(0, -40), ...body]
  for (const form of forms) {
    const text = redactor.text(form)
    for (const line of body)
      for (const piece of line.match(/[A-Za-z0-9]{6,}/g) ?? []) assert.ok(!text.includes(piece))
  }
  for (const text of [
    'token=office',
    'secret: "office"',
    'Authorization: Bearer office',
    '{"password":"office"}',
    'Subject: Sales of the office',
    'b=AbCdEfGh/office/0123+IjKlMn4567==',
    'https://user:office@mail.server.org/office?office=office',
  ])
    assert.doesNotMatch(redactor.text(text), /office|sales/i, text)
})

test('what is harmless can still be read', () => {
  const redactor = new Redactor({
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)),
    known: new Set(['mail.example.com', 'dns.spf']),
  })
  for (const text of [
    '2026-11-21 11:14:34.123 Completed QT=1.234s',
    'P=esmtps X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no S=12345678',
    '451 4.7.1 Please try again later',
    'defer (-53): Connection refused',
    '[127.0.0.1]:25: 421-4.7.0 Our system has detected that this message is suspicious',
    'listening for SMTP on [127.0.0.1]:25 IMAP on [::1]:143',
    'the disk is 93 % full: 1.2 GB of 20 GB are free; see dns.spf on mail.example.com',
    'mailbox="INBOX"',
    'TLS error: error:0A000102:SSL routines::unsupported protocol:1780:\\n D=0s',
    'R=relay T=smtp: SMTP error from remote mail server after RCPT TO: 550 5.1.1 no such user',
    '/var/lib/waybill/log/paniclog and /usr/share/waybill/examples',
    'the server’s database has 180 kB, on ext4; SQLite finds it whole',
  ])
    assert.equal(redactor.text(text), text)
  assert.deepEqual(redactor.value({ oldestMs: 5, messages: [1, 2] }), {
    oldestMs: 5,
    messages: [1, 2],
  })
})

test('users, hosts and HELO names that are ordinary words are pseudonyms too', () => {
  const redactor = new Redactor({
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)),
    known: new Set(),
  })
  for (const text of [
    '=> sales <sales@x.test>',
    '** office: Unknown user',
    'user=<office>, method=PLAIN',
    'H=mail.server.org (office) [192.0.2.1]',
    'H=(office) [192.0.2.1]',
    'A=PLAIN:x (set_id=office)',
    'U=office P=local',
  ])
    assert.doesNotMatch(redactor.text(text), /office|sales|server|192/, text)
})

test('tar unpacks it, file by file, with modes for the owner alone', async (t) => {
  if (findProgram('tar') === null) return t.skip('tar is not installed')
  const files = await bundleWith(t)
  const input = tarGz(files, Date.UTC(2026, 10, 21))
  const list = spawnSync('tar', ['tvzf', '-'], { input, encoding: 'utf8', env: { TZ: 'UTC' } })
  assert.equal(list.status, 0, list.stderr)
  const rows = list.stdout.trim().split('\n')
  assert.equal(rows.length, files.length)
  for (const [index, { name, octets }] of files.entries())
    assert.match(
      rows[index] ?? '',
      new RegExp(`^-rw------- 0/0 +${octets.length} 2026-11-21 00:00 ${name}$`),
    )
  const main = files.find(({ name }) => name.endsWith('log/mainlog'))
  const unpacked = spawnSync('tar', ['xzOf', '-', main?.name ?? ''], { input })
  assert.ok(unpacked.stdout.equals(main?.octets ?? Buffer.alloc(0)))
})

test('a name that does not fit is refused, not cut', () => {
  assert.throws(() => tarGz([{ name: 'x'.repeat(101), octets: new Uint8Array() }], 0), RangeError)
})

test('a long hostile line takes time in proportion to its length', () => {
  const redactor = new Redactor({
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)),
    known: new Set(),
  })
  for (const piece of [
    'a',
    ':',
    '@',
    '"',
    'T="',
    '\\',
    'a:',
    'H=',
    '::1',
    '<',
    '2026-',
    'https://',
    'é',
    'aB1/',
    '-----BEGIN ',
    'Subject: ',
    '"\\',
  ])
    assert.ok(redactor.text(piece.repeat(100_000)).length > 0)
})
