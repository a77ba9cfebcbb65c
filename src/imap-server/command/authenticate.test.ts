import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'

import type { Credentials } from '../../directory/types.ts'
import type { Client } from '../testing/client.ts'
import { JANE } from '../../store/testing/jane.ts'
import { CREDENTIALS, openWorld } from '../testing/world.ts'

const PLAIN = Buffer.from('\0jane@here.example\0secret').toString('base64')
const LOGIN = 'jane@here.example'

test('RFC 4616, RFC 4959: PLAIN with and without initial response', async () => {
  await using world = await openWorld()
  assert.match(await world.connect().ok(`AUTHENTICATE PLAIN ${PLAIN}`), /^OK \[CAPABILITY /)
  const client = world.connect()
  client.take()
  client.send('a authenticate plain\r\n')
  assert.equal(await client.expect('+ '), '+ \n')
  client.send(`${PLAIN}\r\n`)
  assert.match(await client.answer('a'), /^OK /)
})

test('RFC 9051 §6.2.2: "*" cancels, and what is not base64 is BAD', async () => {
  await using world = await openWorld({ limits: { badCommandsStranger: 99 } })
  const client = world.connect()
  for (const [response, answer] of [
    ['*', 'BAD Cancelled'],
    ['!!!', 'BAD The response is not base64'],
  ]) {
    client.take()
    client.send('a AUTHENTICATE PLAIN\r\n')
    await client.expect('+ ')
    client.send(`${response}\r\n`)
    assert.equal(await client.answer('a'), answer)
  }
  await client.bad('AUTHENTICATE PLAIN !!!')
  await client.no('AUTHENTICATE LOGIN')
  await client.no('AUTHENTICATE CRAM-MD5')
  await client.ok(`AUTHENTICATE PLAIN ${PLAIN}`)
})

test('D07: a response without end ends the connection', async () => {
  await using world = await openWorld()
  const client = world.connect()
  client.send('a AUTHENTICATE PLAIN\r\n')
  await client.expect('+ ')
  for (let sent = 0; sent < 20 && !client.stream.closed; sent++) client.send('A'.repeat(1000))
  assert.match(await client.ended(), /\* BYE The response is too long/)
})

test('RFC 7677: SCRAM-SHA-256, with the signature of the server before the OK', async () => {
  await using world = await openWorld({ credentials: { ...CREDENTIALS, scramVerifier } })
  const client = world.connect()
  assert.match(await scram(client, 'secret'), /^OK \[CAPABILITY /)
})

test('SCRAM-SHA-256 with a wrong password', async () => {
  await using world = await openWorld({ credentials: { ...CREDENTIALS, scramVerifier } })
  const client = world.connect()
  const answer = scram(client, 'wrong')
  while (world.events.length === 0) await new Promise((resolve) => setImmediate(resolve))
  world.clock.advance(5000)
  assert.match(await answer, /^NO \[AUTHENTICATIONFAILED\]/)
})

const SALT = Buffer.from('0123456789abcdef')
const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest()
const saltedPassword = (password: string) => pbkdf2Sync(password, SALT, 4096, 32, 'sha256')

const scramVerifier: Credentials['scramVerifier'] = () => {
  const salted = saltedPassword('secret')
  const clientKey = hmac(salted, 'Client Key')
  return {
    salt: SALT,
    iterations: 4096,
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: hmac(salted, 'Server Key'),
    identity: { accountId: JANE, login: LOGIN },
  }
}

/** The client's side of RFC 5802 §3, checked against the server's signature. */
async function scram(client: Client, password: string): Promise<string> {
  client.take()
  const bare = `n=${LOGIN},r=clientnonce`
  client.send(`a AUTHENTICATE SCRAM-SHA-256 ${Buffer.from(`n,,${bare}`).toString('base64')}\r\n`)
  const first = challengeOf(await client.expect('\r\n'))
  const nonce = /r=([^,]+)/.exec(first)?.[1] ?? ''
  const salted = saltedPassword(password)
  const withoutProof = `c=biws,r=${nonce}`
  const message = `${bare},${first},${withoutProof}`
  const clientKey = hmac(salted, 'Client Key')
  const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
  const proof = Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0)))
  const final = `${withoutProof},p=${proof.toString('base64')}`
  client.send(`${Buffer.from(final).toString('base64')}\r\n`)
  const answer = await client.expect('\r\n')
  if (!answer.startsWith('+ ')) return answer.replace(/^a /, '').trimEnd()
  const expected = hmac(hmac(salted, 'Server Key'), message).toString('base64')
  assert.equal(challengeOf(answer), `v=${expected}`)
  client.send('\r\n')
  return await client.answer('a')
}

function challengeOf(line: string): string {
  return Buffer.from(line.slice(2), 'base64').toString()
}
