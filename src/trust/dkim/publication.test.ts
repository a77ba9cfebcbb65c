import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fakeResolver } from '../../dns/fake.ts'
import { publicationOf } from './publication.ts'

const NAME = 'wb2611r._domainkey.example.com'
const RECORD = 'v=DKIM1; k=rsa; p=MIIBabc='

async function seen(...records: readonly string[]) {
  const resolver = fakeResolver({ txt: { [NAME]: records } })
  return await publicationOf(resolver, { recordName: NAME, record: RECORD })
}

test('a key is published when a record has it, however the record is written', async () => {
  assert.equal(await seen(RECORD), 'published')
  assert.equal(await seen('v=DKIM1;k=rsa;h=sha256;p=MIIB abc=;'), 'published')
  assert.equal(
    await seen('v=DKIM1; p=MIIBabc='),
    'published',
    'RFC 6376 §3.6.1: rsa is the default',
  )
  assert.equal(await seen('something else', RECORD), 'published')
})

test('no record, another key, and no answer are told apart', async () => {
  assert.equal(await seen(), 'missing')
  assert.equal(await seen('something else'), 'missing')
  assert.equal(await seen('v=DKIM1; k=rsa; p=MIIBother'), 'different')
  assert.equal(await seen('v=DKIM1; k=ed25519; p=MIIBabc='), 'different')
  assert.equal(await seen('v=DKIM1; p='), 'different', 'the key was withdrawn')
  const failing = fakeResolver({ failing: [NAME] })
  assert.equal(await publicationOf(failing, { recordName: NAME, record: RECORD }), 'unknown')
})
