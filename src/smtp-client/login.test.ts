import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { test } from 'node:test'

import { systemRandom } from '../base/random.ts'
import { ScramExchange, makeScramVerifier } from '../syntax/sasl/scram.ts'
import { makeSelfSigned } from '../tls/self-signed.ts'
import { connectWith } from './connection.ts'
import { OPTIONS, targetOf } from './testing/attempts.ts'
import { type MxScript, startFakeMx } from './testing/fake-mx.ts'
import type { LoginMechanism, RelayLogin } from './types.ts'

const certificate = makeSelfSigned(['mx.example.net'])
const connect = connectWith({ authorities: () => createSecureContext({ ca: certificate.cert }) })
const b64 = (text: string) => Buffer.from(text).toString('base64')
const unb64 = (text: string) => Buffer.from(text, 'base64').toString()

async function attempt(
  auth: string,
  act: NonNullable<MxScript['act']>,
  mechanism: LoginMechanism | null = null,
  withTls = true,
) {
  await using mx = await startFakeMx({
    certificate: withTls ? certificate : null,
    offers: [`AUTH ${auth}`],
    act,
  })
  const login: RelayLogin = { user: 'jane', password: 'secret, =word', mechanism }
  const made = await connect(targetOf(mx), { ...OPTIONS, login })
  if ('close' in made) await made.close()
  return { made, lines: mx.sessions[0]?.lines ?? [] }
}

test('RFC 4616: PLAIN inside TLS', async () => {
  const { made, lines } = await attempt('LOGIN PLAIN', (step) =>
    step === 'AUTH' ? '235 ok' : null,
  )
  assert.ok('send' in made)
  assert.equal(made.authenticator, 'plain')
  assert.ok(lines.includes(`AUTH PLAIN ${b64('\0jane\0secret, =word')}`))
})

test('LOGIN answers two questions', async () => {
  const { made, lines } = await attempt('LOGIN', (step, line) => {
    if (step === 'AUTH') return '334 VXNlcm5hbWU6'
    return step === 'answer' && unb64(line) === 'jane' ? '334 UGFzc3dvcmQ6' : null
  })
  assert.ok('send' in made)
  assert.deepEqual(lines.slice(-4, -1), ['AUTH LOGIN', b64('jane'), b64('secret, =word')])
})

test('RFC 2195: CRAM-MD5, also in the clear', async () => {
  const challenge = '<1896.697170952@postoffice.example>'
  const { made, lines } = await attempt(
    'CRAM-MD5 PLAIN',
    (step) => (step === 'AUTH' ? `334 ${b64(challenge)}` : null),
    null,
    false,
  )
  assert.ok('send' in made)
  const digest = createHmac('md5', 'secret, =word').update(challenge).digest('hex')
  assert.equal(unb64(lines.at(-2) ?? ''), `jane ${digest}`)
})

test('XOAUTH2 answers the reason by nothing, and the refusal is the reply', async () => {
  const { made, lines } = await attempt(
    'PLAIN XOAUTH2',
    (step) =>
      step === 'AUTH'
        ? `334 ${b64('{"status":"400"}')}`
        : step === 'answer'
          ? '535 5.7.8 no'
          : null,
    'XOAUTH2',
  )
  assert.ok('failure' in made)
  assert.equal(
    made.failure.text,
    'SMTP error from remote mail server after AUTH XOAUTH2: 535 5.7.8 no',
  )
  assert.deepEqual(
    [made.failure.kind, made.failure.scope, made.failure.status],
    ['deferred', 'login', '4.7.8'],
  )
  assert.ok(lines.includes(`AUTH XOAUTH2 ${b64('user=jane\x01auth=Bearer secret, =word\x01\x01')}`))
})

for (const [what, forge] of [
  ['RFC 5802: SCRAM-SHA-256 against our own server', false],
  ['RFC 5802 §3: a server that does not know the password is not believed', true],
] as const)
  test(what, async () => {
    const verifier = makeScramVerifier('secret, =word', Buffer.from('salt'), 4096)
    const exchange = new ScramExchange(
      {
        checkPassword: () => Promise.resolve(null),
        scramVerifier: () => ({ ...verifier, identity: { accountId: 1, login: 'jane' } as never }),
        scramFailed: () => undefined,
      } as never,
      systemRandom,
    )
    const made = await attemptScram(exchange, forge)
    assert.equal('send' in made, !forge)
    if ('failure' in made) assert.equal(made.failure.scope, 'login')
  })

/** The fake answers at once, and our exchange does not. */
async function attemptScram(exchange: ScramExchange, forge: boolean) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.write('220 hi\r\n')
    socket.on('data', (chunk: Buffer) => void answer(chunk.toString().trimEnd()))
    const answer = async (line: string): Promise<void> => {
      if (line.startsWith('EHLO'))
        return void socket.write('250-hi\r\n250 AUTH SCRAM-SHA-256 PLAIN\r\n')
      if (line === 'QUIT') return void socket.end('221 bye\r\n')
      if (line === '') return void socket.write('235 ok\r\n')
      if (line === '*') return void socket.write('501 5.7.0 cancelled\r\n')
      const response = Buffer.from(line.replace('AUTH SCRAM-SHA-256 ', ''), 'base64')
      const outcome = await exchange.step(response)
      if (outcome.kind === 'failure') return void socket.write('535 no\r\n')
      const data = Buffer.from(outcome.data ?? [])
      const isFinal = outcome.kind === 'success'
      if (isFinal && forge) data[5] = data[5] === 0x41 ? 0x42 : 0x41
      socket.write(`334 ${data.toString('base64')}\r\n`)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const login: RelayLogin = { user: 'jane', password: 'secret, =word', mechanism: null }
  const target = {
    name: 'x.example',
    address: '127.0.0.1',
    port: address.port,
    tls: { kind: 'none' },
  } as const
  const made = await connect(target, { ...OPTIONS, login })
  if ('close' in made) await made.close()
  server.close()
  return made
}

for (const [auth, words] of [
  ['PLAIN LOGIN', /without TLS we do not send a password/],
  ['GSSAPI', /offers the logins GSSAPI/],
] as const)
  test(`B04: ${auth} in the clear`, async () => {
    const { made, lines } = await attempt(auth, () => null, null, false)
    assert.ok('failure' in made)
    assert.equal(made.failure.scope, 'login')
    assert.match(made.failure.text, words)
    assert.ok(!lines.some((line) => line.startsWith('AUTH')))
  })

test('a server that is busy refuses no password', async () => {
  const { made } = await attempt('PLAIN', (step) => (step === 'AUTH' ? '454 4.7.0 later' : null))
  assert.ok('failure' in made)
  assert.equal(made.failure.scope, 'host')
})

test('a challenge that makes no sense is given up', async () => {
  const { made, lines } = await attempt('CRAM-MD5', (step) =>
    step === 'AUTH' ? '334 no base64!' : step === 'answer' ? '501 5.7.0 cancelled' : null,
  )
  assert.ok('failure' in made)
  assert.equal(made.failure.scope, 'login')
  assert.ok(lines.includes('*'))
})

test('what a refusal quotes of the login is not repeated', async () => {
  for (const auth of ['PLAIN', 'LOGIN']) {
    const { made } = await attempt(auth, (step, line) =>
      step === 'AUTH' && auth === 'LOGIN'
        ? '334 VXNlcm5hbWU6'
        : step === 'AUTH' || step === 'answer'
          ? `500 unknown: ${line} (secret, =word)`
          : null,
    )
    assert.ok('failure' in made)
    const { text, reply } = made.failure
    assert.match(text, /after AUTH \w+: 500 unknown: /)
    for (const said of [text, reply ?? '']) {
      assert.ok(!said.includes('=word'), said)
      assert.ok(!said.includes(b64('jane')), said)
      assert.ok(!said.includes(b64('\0jane\0secret, =word')), said)
    }
  }
})
