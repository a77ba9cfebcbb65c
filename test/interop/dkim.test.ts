/** Our signatures, checked by a verifier that is not ours, and our records, read by a name server's tool. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { type SigningKey, signerFor } from '../../src/trust/dkim/signer.ts'
import { domainRecords } from '../../src/trust/publish/records.ts'
import { zoneText } from '../../src/trust/publish/zone.ts'
import { NO_DKIMPY, verified } from '../support/dkimpy.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ED25519 = generateKeyPairSync('ed25519')
const KEYS: readonly SigningKey[] = [
  { selector: 'wb2611r', algorithm: 'rsa-sha256', privateKey: RSA.privateKey },
  { selector: 'wb2611e', algorithm: 'ed25519-sha256', privateKey: ED25519.privateKey },
]
const RECORDS: Record<string, string> = {
  'wb2611r._domainkey.example.com.': `v=DKIM1; k=rsa; p=${spki(RSA.publicKey).toString('base64')}`,
  'wb2611e._domainkey.example.com.': `v=DKIM1; k=ed25519; p=${spki(ED25519.publicKey).subarray(-32).toString('base64')}`,
}

const HEADER = [
  'Received: from laptop by mail.example.com; Sat, 21 Nov 2026 12:00:00 +0000',
  'From: =?utf-8?q?J=C3=A4ne?= <jane@example.com>',
  'To: bob@example.net,',
  '\tcarol@example.net',
  'Cc: dave@example.net',
  'SUBJECT:   A  proposal',
  '  in two lines ',
  'Date: Sat, 21 Nov 2026 12:00:00 +0000',
  'Message-ID: <a1@example.com>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'X-Empty:',
].join('\r\n')

const MESSAGES: { readonly [what: string]: string } = {
  'a plain body': `${HEADER}\r\n\r\nHello Bob,\r\n\r\nbye\r\n`,
  'no body': `${HEADER}\r\n\r\n`,
  'only empty lines': `${HEADER}\r\n\r\n\r\n\r\n \t\r\n`,
  'white space everywhere': `${HEADER}\r\n\r\n  a \t b  \r\n\t\r\n \r\nc\t\r\n\r\n\r\n`,
  'no line end at the end': `${HEADER}\r\n\r\nlast line`,
  'octets above 127': `${HEADER}\r\nReply-To: \xc3\xa9 <a@example.com>\r\n\r\n\xc3\xa9\xff\x80 \xa0\r\n`,
  'a field twice': `${HEADER}\r\nCc: erin@example.net\r\nReferences: <b@x>\r\n <c@x>\r\n\r\nx\r\n`,
  'no Subject, no To': 'From: jane@example.com\r\n\r\nx\r\n',
  'a large body': `${HEADER}\r\n\r\n${'line  of text \r\n'.repeat(20_000)}`,
}

test('dkimpy finds every signature good, and a changed message bad', {
  skip: NO_DKIMPY,
}, async () => {
  const clock = { nowMs: () => Date.now() }
  const signer = signerFor('example.com', { keysOf: () => KEYS, clock })
  assert.ok(signer)
  const messages: Buffer[] = []
  for (const text of Object.values(MESSAGES)) {
    const message = Buffer.from(text, 'latin1')
    const blank = message.indexOf('\r\n\r\n') + 2
    const header = message.subarray(0, blank)
    const body = [message.subarray(blank + 2)]
    const signed = Buffer.concat([await signer.sign({ header, body }), message])
    messages.push(signed, Buffer.concat([Buffer.from('From: mallory@example.org\r\n'), signed]))
  }
  const found = await verified(messages, RECORDS)
  assert.equal(found.length, messages.length)
  for (const [at, what] of Object.keys(MESSAGES).entries()) {
    assert.deepEqual(found[2 * at], [true, true], what)
    assert.deepEqual(found[2 * at + 1], [false, false], `${what}, with a second From`)
  }
})

test("BIND's checker takes our zone", { skip: missingPrograms('named-checkzone') }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-zone-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const groups = domainRecords({
    domain: 'example.com',
    hostName: 'mail.example.com',
    addresses: ['192.0.2.1', '2001:db8::1'],
    keys: Object.entries(RECORDS).map(([name, record]) => {
      return { recordName: name.slice(0, -1), record, state: 'active' }
    }),
    ports: { submissions: 465, submission: 587, imaps: 993, imap: 143 },
    includes: ['_spf.relay.example'],
    relays: ['office'],
  })
  const file = join(folder, 'example.com.zone')
  const start =
    'example.com. 3600 IN SOA ns.example.com. hostmaster.example.com. 1 7200 900 1209600 3600\n' +
    'example.com. 3600 IN NS ns.example.com.\nns.example.com. 3600 IN A 192.0.2.53\n'
  writeFileSync(file, start + zoneText(groups))
  const checkZone = findProgram('named-checkzone') ?? ''
  const ran = await run(checkZone, ['-D', '-o', '-', 'example.com', file])
  assert.equal(ran.status, 0, ran.stdout + ran.stderr)
  assert.doesNotMatch(ran.stdout + ran.stderr, /warning|ignored|error/i)
  const records = groups.flatMap((group) => group.records)
  for (const { name, type } of records)
    assert.match(ran.stdout, new RegExp(`^${name.replace(/\./g, '\\.')}\\.\\s.*\\s${type}\\s`, 'm'))
})

function spki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' })
}
