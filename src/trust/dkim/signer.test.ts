import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { Header } from '../../syntax/message/header.ts'
import { keyOfRecord, verifyDkim } from '../testing/verify-dkim.ts'
import { relaxedField } from './canonical.ts'
import { fromDomainOf, type SigningKey, signature, signerFor } from './signer.ts'

const VECTORS = new URL('../../../test/vector/dkim/', import.meta.url)
const vector = (name: string) => readFileSync(new URL(name, VECTORS))
const RSA = createPrivateKey(vector('rfc8463-rsa.pem'))
const ED25519 = createPrivateKey(vector('rfc8463-ed25519.pem'))
const KEYS: readonly SigningKey[] = [
  { selector: 'wb2611r', algorithm: 'rsa-sha256', privateKey: RSA },
  { selector: 'wb2611e', algorithm: 'ed25519-sha256', privateKey: ED25519 },
]
const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 0, 999)
const UNBOUNDED = { maxHeaderFields: 1e9, maxHeaderFieldOctets: 1e9 }

/** Signs as the server does; gives the fields, and the message with them in front. */
async function signed(message: string, domain = 'example.com') {
  const signer = signerFor(domain, {
    keysOf: (name) => (name === 'example.com' ? KEYS : []),
    clock: { nowMs: () => NOW_MS },
  })
  assert.ok(signer)
  const octets = Buffer.from(message, 'latin1')
  const blank = octets.indexOf('\r\n\r\n')
  const header = octets.subarray(0, blank + 2)
  const fields = Buffer.from(await signer.sign({ header, body: [octets.subarray(blank + 4)] }))
  return { fields: fields.toString('latin1'), whole: Buffer.concat([fields, octets]) }
}

function publicKey(name: string): KeyObject {
  const key = KEYS.find(({ selector }) => name === `${selector}._domainkey.example.com`)
  assert.ok(key, name)
  return createPublicKey(key.privateKey)
}

function check(message: Uint8Array): (string | null)[] {
  return verifyDkim(message, publicKey)
}

const PLAIN = [
  'From: Jane <jane@example.com>',
  'To: bob@example.net',
  'Subject: Proposal',
  'Date: Sat, 21 Nov 2026 12:00:00 +0000',
  'Message-ID: <a1@example.com>',
  '',
  'Hello  Bob, \r\n\r\nbye\r\n\r\n',
].join('\r\n')

test("RFC 8463 §A.3: the verifier of these tests takes the RFC's own signatures", () => {
  const records = new Map([
    ['brisbane', 'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
    [
      'test',
      'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6' +
        'wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvH' +
        'O9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB',
    ],
  ])
  const keyOf = (name: string) => keyOfRecord(records.get(name.split('.')[0] ?? '') ?? '')
  assert.deepEqual(verifyDkim(vector('rfc8463.eml'), keyOf), [null, null])
  const changed = vector('rfc8463.eml').toString('latin1').replace('lost', 'won')
  assert.deepEqual(verifyDkim(Buffer.from(changed), keyOf), ['body hash', 'body hash'])
  const renamed = vector('rfc8463.eml').toString('latin1').replace('dinner', 'lunch')
  assert.deepEqual(verifyDkim(Buffer.from(renamed), keyOf), ['signature', 'signature'])
})

test("RFC 8463 §A.3: from the RFC's keys and message come the RFC's signatures", async () => {
  const header = new Header(vector('rfc8463.eml').toString('latin1'), UNBOUNDED)
  const raw = (field: { valueStart: number; end: number }) =>
    header.text.slice(field.valueStart, field.end)
  const named = ['from', 'to', 'subject', 'date', 'message-id'].map((name) => {
    const field = header.fields.find((candidate) => candidate.name === name)
    return field === undefined ? '' : `${relaxedField(name, raw(field))}\r\n`
  })
  for (const [at, key] of [
    { algorithm: 'ed25519-sha256', privateKey: ED25519 } as const,
    { algorithm: 'rsa-sha256', privateKey: RSA } as const,
  ].entries()) {
    const field = header.fields[at]
    assert.ok(field)
    const [before = '', after = ''] = raw(field).split(' b=')
    const text = `${named.join('')}${relaxedField('DKIM-Signature', `${before} b=`)}`
    assert.equal(await signature(text, key), after.replace(/\s/g, ''), key.algorithm)
  }
})

test('a message is signed with both keys, and both signatures hold', async () => {
  const { fields, whole } = await signed(PLAIN)
  assert.deepEqual(check(whole), [null, null])
  assert.match(fields, /^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=example\.com;/)
  assert.match(fields, /\r\nDKIM-Signature: v=1; a=ed25519-sha256;/)
  assert.ok(fields.endsWith('\r\n') && !fields.includes('\r\n\r\n'))
  for (const line of fields.split('\r\n')) assert.ok(line.length <= 78, line)
  const seconds = Math.floor(NOW_MS / 1000)
  assert.ok(fields.includes(`t=${seconds};`))
  assert.ok(fields.includes(`x=${seconds + 7 * 86_400};`), 'it holds for seven days')
})

test('white space that changes on the way breaks no signature, a word does', async () => {
  const { whole } = await signed(PLAIN)
  const text = whole.toString('latin1')
  const mangled = text.replace('Subject: Proposal', 'SUBJECT:  Proposal ').replace(/\r\n\r\n$/, '')
  assert.notEqual(mangled, text)
  assert.deepEqual(check(Buffer.from(mangled, 'latin1')), [null, null])
  const folded = text.replace('Jane <jane', 'Jane\r\n\t<jane')
  assert.deepEqual(check(Buffer.from(folded, 'latin1')), [null, null])
  const other = text.replace('Proposal', 'Refusal')
  assert.deepEqual(check(Buffer.from(other, 'latin1')), ['signature', 'signature'])
})

test('RFC 6376 §8.15: a second From, To, Subject, Date or Message-ID breaks the signature', async () => {
  const { whole } = await signed(PLAIN)
  for (const name of ['From', 'To', 'Subject', 'Date', 'Message-ID']) {
    const added = Buffer.concat([Buffer.from(`${name}: mallory\r\n`), whole])
    assert.deepEqual(check(added), ['signature', 'signature'], name)
  }
  const harmless = Buffer.concat([Buffer.from('Received: by mx.example.net\r\n'), whole])
  assert.deepEqual(check(harmless), [null, null])
})

test('a field that is missing cannot be added, and one that is there twice is signed twice', async () => {
  const { whole } = await signed(PLAIN.replace(/To: .*\r\n/, ''))
  assert.deepEqual(check(whole), [null, null])
  const added = Buffer.concat([Buffer.from('To: all@example.net\r\n'), whole])
  assert.deepEqual(check(added), ['signature', 'signature'])
  const twice = await signed(
    PLAIN.replace('To: ', 'Cc: a@example.net\r\nCC: b@example.net\r\nTo: '),
  )
  assert.deepEqual(check(twice.whole), [null, null])
  assert.match(twice.fields.replace(/\r\n\t/g, ''), /:Cc:Cc[:;]/)
  const swapped = twice.whole
    .toString('latin1')
    .replace('Cc: a@', 'Cc: x@')
    .replace('CC: b@', 'Cc: a@')
    .replace('Cc: x@', 'CC: b@')
  assert.deepEqual(check(Buffer.from(swapped)), ['signature', 'signature'])
})

test('odd headers and bodies are signed as they are', async () => {
  const head = 'From: jane@example.com\r\nSubject'
  for (const message of [
    `${head}: \xc3\xa9t\xc3\xa9 \xff\r\n\r\nbody`,
    `${head} : \r\n folded\r\n \t \r\n twice\r\n\r\n`,
    `${head}:\r\n\r\n\r\n\r\n`,
    `${head}: no body\r\n\r\n`,
    `${head}: x\r\nnot a field\r\nTo: b@example.net\r\n\r\n \t \r\nx \r\n`,
    `${head}: ${'long '.repeat(300)}\r\nReferences: ${'<a@example.com>\r\n '.repeat(300)}\r\n\r\nx`,
  ]) {
    const { whole } = await signed(message)
    assert.deepEqual(check(whole), [null, null], JSON.stringify(message.slice(0, 60)))
  }
})

test('a body comes in pieces', async () => {
  const clock = { nowMs: () => NOW_MS }
  const signer = signerFor('example.com', { keysOf: () => KEYS, clock })
  const header = Buffer.from('From: jane@example.com\r\n\r\n')
  const body = Buffer.from('one \r\n\r\n two\r\n')
  async function* pieces() {
    for (const octet of body) yield Uint8Array.of(octet)
  }
  const fields = await signer?.sign({ header, body: pieces() })
  assert.deepEqual(check(Buffer.concat([fields ?? Buffer.alloc(0), header, body])), [null, null])
})

test('a domain below ours is signed for by ours; others are not signed for', async () => {
  const { fields, whole } = await signed(PLAIN, 'news.shop.example.com')
  assert.match(fields, /d=example\.com;/)
  assert.deepEqual(check(whole), [null, null])
  const options = {
    keysOf: (name: string) => (name === 'example.com' ? KEYS : []),
    clock: { nowMs: () => NOW_MS },
  }
  for (const domain of ['example.net', 'com', 'notexample.com', 'example.com.evil.test', ''])
    assert.equal(signerFor(domain, options), null, domain)
})

test('the domain of the author is known only when there is one author', () => {
  const cases: readonly (readonly [header: string, domain: string | null])[] = [
    ['From: Jane <jane@EXAMPLE.com>\r\n', 'example.com'],
    ['From: "a@evil.test" <jane@example.com>\r\n', 'example.com'],
    ['FROM :\r\n jane@example.com (a@b)\r\n\r\nFrom: x@y.test\r\n', 'example.com'],
    ['From: jane@b\xc3\xbccher.example\r\n', 'xn--bcher-kva.example'],
    ['From: a@example.com, b@example.com\r\n', null],
    ['From: a@example.com\r\nFrom: b@example.com\r\n', null],
    ['From: jane\r\n', null],
    ['From: jane@[192.0.2.1]\r\n', null],
    ['From: \r\n', null],
    ['To: jane@example.com\r\n', null],
    ['', null],
  ]
  for (const [header, domain] of cases)
    assert.equal(fromDomainOf(Buffer.from(header, 'latin1')), domain, header)
})

test('a long domain and selector give lines that servers take', async () => {
  const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = { selector: 's'.repeat(60), algorithm: 'ed25519-sha256', privateKey } as const
  const signer = signerFor(domain, { keysOf: () => [key], clock: { nowMs: () => NOW_MS } })
  const octets = Buffer.from(`From: a@${domain}\r\n\r\nx`)
  const fields = Buffer.from((await signer?.sign({ header: octets, body: [] })) ?? '')
  for (const line of fields.toString().split('\r\n')) assert.ok(line.length < 250, line)
  const message = Buffer.concat([fields, Buffer.from(`From: a@${domain}\r\n\r\n`)])
  assert.deepEqual(
    verifyDkim(message, () => createPublicKey(privateKey)),
    [null],
  )
})
