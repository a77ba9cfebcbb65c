import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Refusal } from '../../base/faults.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import type { AccountId, Credentials, Identity } from './credentials.ts'
import type { Outcome } from './exchange.ts'
import { mechanismOf, startExchange } from './mechanism.ts'
import { makeScramVerifier, prepareScramPassword } from './scram.ts'

const jane: Identity = { accountId: 7 as AccountId, login: 'jane@here.example' }
const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const verifier = makeScramVerifier('pencil', salt, 4096)

const scramFailures: string[] = []
const credentials: Credentials = {
  async checkPassword(login, password) {
    if (login === 'busy') throw new Refusal('authenticationBusy')
    return login === 'jane@here.example' && password === 'pencil' ? jane : null
  },
  scramVerifier: (login) => ({ ...verifier, identity: login === 'user' ? jane : null }),
  scramFailed: (login) => void scramFailures.push(login),
}
/** The server nonce of the example in RFC 7677 §3. */
const rfcNonce = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const random = { octets: (count: number) => new Uint8Array(count) }
const serverNonce = encodeBase64(new Uint8Array(18))

const text = (outcome: Outcome) =>
  outcome.kind === 'failure' || outcome.data === null ? null : Buffer.from(outcome.data).toString()
const octets = (line: string) => Buffer.from(line)

test('RFC 7677 §3: storedKey and serverKey follow from the example password', () => {
  const { createHash, createHmac } = process.getBuiltinModule('node:crypto')
  const authMessage =
    'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
    `r=rOprNGfwEbeRWgbNEkqO${rfcNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,` +
    `c=biws,r=rOprNGfwEbeRWgbNEkqO${rfcNonce}`
  const sign = (key: Uint8Array) => createHmac('sha256', key).update(authMessage).digest()
  assert.equal(
    sign(verifier.serverKey).toString('base64'),
    '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  )
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64')
  const clientKey = sign(verifier.storedKey).map((octet, i) => octet ^ (proof[i] ?? 0))
  assert.deepEqual(createHash('sha256').update(clientKey).digest(), Buffer.from(verifier.storedKey))
})

/** A client, for what the RFC's example cannot show. */
function clientFinal(password: string, clientFirstBare: string, serverFirst: string, gs2 = 'n,,') {
  const { createHash, createHmac, pbkdf2Sync } = process.getBuiltinModule('node:crypto')
  const nonce = /r=([^,]+)/.exec(serverFirst)?.[1]
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256')
  const hmac = (key: Uint8Array, data: string) => createHmac('sha256', key).update(data).digest()
  const clientKey = hmac(salted, 'Client Key')
  const storedKey = createHash('sha256').update(clientKey).digest()
  const bare = `c=${Buffer.from(gs2).toString('base64')},r=${nonce}`
  const authMessage = `${clientFirstBare},${serverFirst},${bare}`
  const signature = hmac(storedKey, authMessage)
  const proof = clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))
  return {
    line: `${bare},p=${Buffer.from(proof).toString('base64')}`,
    serverFinal: `v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`,
  }
}

async function scram(user: string, password: string, gs2 = 'n,,') {
  const exchange = startExchange('SCRAM-SHA-256', credentials, random)
  const bare = `n=${user},r=abc`
  const first = await exchange.step(octets(gs2 + bare))
  if (first.kind === 'failure') return { outcome: first, serverFinal: null }
  const final = clientFinal(password, bare, text(first) ?? '', gs2)
  return { outcome: await exchange.step(octets(final.line)), serverFinal: final.serverFinal }
}

test('SCRAM-SHA-256: the right password, with the signature that proves the server', async () => {
  for (const gs2 of ['n,,', 'y,,', 'n,a=user,']) {
    const { outcome, serverFinal } = await scram('user', 'pencil', gs2)
    assert.equal(outcome.kind, 'success', gs2)
    assert.equal(text(outcome), serverFinal)
  }
})

test('SCRAM-SHA-256: wrong password, unknown user and another authzid fail', async () => {
  for (const [user, password, gs2] of [
    ['user', 'wrong', 'n,,'],
    ['nobody', 'pencil', 'n,,'],
    ['user', 'pencil', 'n,a=admin,'],
    ['user', 'pencil', 'p=tls-unique,,'],
  ] as const) {
    const { outcome } = await scram(user, password, gs2)
    assert.equal(outcome.kind, 'failure', `${user} ${password} ${gs2}`)
  }
})

test('SCRAM-SHA-256: malformed client-first messages fail', async () => {
  for (const message of [
    '',
    'n,,',
    'n,,n=user',
    'n,,n=,r=abc',
    'n,,n=user,r=',
    'n,,n=us=er,r=abc',
    'n,,m=x,n=user,r=abc',
    'x,,n=user,r=abc',
    'n,b=user,n=user,r=abc',
    'n,,n=user,r=a\u00e9',
    `n,,n=user,r=${'a'.repeat(513)}`,
  ]) {
    const outcome = await startExchange('SCRAM-SHA-256', credentials, random).step(octets(message))
    assert.equal(outcome.kind, 'failure', message)
  }
})

test('SCRAM-SHA-256: malformed client-final messages fail, and so does another nonce', async () => {
  const good = clientFinal(
    'pencil',
    'n=user,r=abc',
    `r=abc${serverNonce},s=${encodeBase64(salt)},i=4096`,
  ).line
  for (const message of [
    '',
    'c=biws',
    good.replace('c=biws', 'c=eSws'),
    good.replace('r=abc', 'r=abd'),
    good.replace(/,p=.*/, ''),
    good.replace(/,p=.*/, ',p='),
    good.replace(/,p=.*/, ',p=AAAA'),
    good.replace(/=$/, ''),
  ]) {
    const exchange = startExchange('SCRAM-SHA-256', credentials, random)
    await exchange.step(octets('n,,n=user,r=abc'))
    const outcome = await exchange.step(octets(message))
    assert.deepEqual(outcome, { kind: 'failure', login: 'user' }, message)
    assert.equal(scramFailures.pop(), 'user', 'whoever counts is told')
  }
})

test('SCRAM names: =2C and =3D stand for comma and equals sign', async () => {
  const asked: string[] = []
  const recording: Credentials = {
    ...credentials,
    scramVerifier: (login) => {
      asked.push(login)
      return { ...verifier, identity: null }
    },
  }
  await startExchange('SCRAM-SHA-256', recording, random).step(octets('n,,n=a=2Cb=3D2C,r=abc'))
  assert.deepEqual(asked, ['a,b=2C'])
})

test('RFC 4616, RFC 4422 §3.4.1: PLAIN, with the login as the only authzid', async () => {
  const cases: [message: string, kind: Outcome['kind'], login?: string | null][] = [
    ['\0jane@here.example\0pencil', 'success'],
    ['jane@here.example\0jane@here.example\0pencil', 'success'],
    ['Jane@here.example\0jane@here.example\0pencil', 'success'],
    ['bob@here.example\0jane@here.example\0pencil', 'failure', 'jane@here.example'],
    ['\0jane@here.example\0wrong', 'failure', 'jane@here.example'],
    ['\0jane@here.example\0', 'failure', 'jane@here.example'],
    ['\0\0pencil', 'failure', null],
    ['jane@here.example\0pencil', 'failure', 'pencil'],
    ['\0jane@here.example\0pencil\0', 'failure', 'jane@here.example'],
    ['', 'failure', null],
  ]
  for (const [message, kind, login] of cases) {
    const outcome = await startExchange('PLAIN', credentials, random).step(octets(message))
    assert.equal(outcome.kind, kind, JSON.stringify(message))
    if (outcome.kind === 'failure') assert.equal(outcome.login, login, JSON.stringify(message))
  }
})

test('PLAIN without initial response gets an empty challenge; octets that are not UTF-8 fail', async () => {
  const exchange = startExchange('PLAIN', credentials, random)
  assert.equal(text(await exchange.step(null)), '')
  const outcome = await exchange.step(Buffer.from('\0jane\0\xff', 'latin1'))
  assert.deepEqual(outcome, { kind: 'failure', login: null })
})

test('LOGIN asks for name and password, or takes the name from the command', async () => {
  const asked = startExchange('LOGIN', credentials, random)
  assert.equal(text(await asked.step(null)), 'Username:')
  assert.equal(text(await asked.step(octets('jane@here.example'))), 'Password:')
  assert.equal((await asked.step(octets('pencil'))).kind, 'success')

  const given = startExchange('LOGIN', credentials, random)
  assert.equal(text(await given.step(octets('jane@here.example'))), 'Password:')
  const outcome = await given.step(octets('wrong'))
  assert.deepEqual(outcome, { kind: 'failure', login: 'jane@here.example' })
})

test('a busy password pool is a refusal, not a failure', async () => {
  const exchange = startExchange('PLAIN', credentials, random)
  await assert.rejects(exchange.step(octets('\0busy\0x')), new Refusal('authenticationBusy'))
})

test('passwords are prepared as SASLprep does, where it matters', () => {
  assert.equal(prepareScramPassword('I\u00adX'), 'IX') // RFC 4013 §3
  assert.equal(prepareScramPassword('\u00aa'), 'a')
  assert.equal(prepareScramPassword('\u2168'), 'IX')
  assert.equal(prepareScramPassword('a\u00a0b'), 'a b')
})

test('RFC 4422 §3.1: mechanism names are compared without case; others are unknown', () => {
  assert.equal(mechanismOf('scram-sha-256'), 'SCRAM-SHA-256')
  assert.equal(mechanismOf('CRAM-MD5'), null)
})

test('base64 has one spelling for each value', () => {
  assert.deepEqual(decodeBase64('YWI='), Buffer.from('ab'))
  assert.deepEqual(decodeBase64(''), Buffer.alloc(0))
  for (const wrong of ['YWI', 'YWI==', 'YW I=', 'YWJ=', 'YWI=\n', '!', 'YW-_', '=']) {
    assert.equal(decodeBase64(wrong), null, wrong)
  }
})
