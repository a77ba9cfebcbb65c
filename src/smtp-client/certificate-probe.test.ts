import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer, TLSSocket, createSecureContext } from 'node:tls'

import { makeSelfSigned } from '../tls/self-signed.ts'
import { probeCertificate } from './certificate-probe.ts'

const PAIR = makeSelfSigned(['relay.example', '192.0.2.1'])
const sockets = new Set<Socket>()

/** Answers each line that comes with the next reply; after the one for STARTTLS it shakes hands. */
function scripted(replies: readonly string[]) {
  return createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    const left = [...replies]
    const next = () => {
      const reply = left.shift()
      if (reply === undefined) return
      socket.write(reply)
      if (left.length > 0) return
      socket.off('data', next)
      new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(PAIR) }).on(
        'error',
        () => {},
      )
    }
    socket.on('data', next)
    next()
  })
}

async function probe(server: ReturnType<typeof scripted>, mode: 'implicit' | 'starttls') {
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const place = { name: 'mail.example', address: '127.0.0.1', port }
  const found = await probeCertificate(place, { mode, helloName: 'us.example', timeoutMs: 1000 })
  for (const socket of sockets) socket.destroy()
  server.close()
  return found
}

test('a certificate is shown, with what is wrong with it', async () => {
  const implicit = createTlsServer(PAIR, () => {}).on('tlsClientError', () => {})
  const starttls = scripted(['220 hi\r\n', '250-relay\r\n250 STARTTLS\r\n', '220 go\r\n'])
  for (const [server, mode] of [
    [implicit, 'implicit'],
    [starttls, 'starttls'],
  ] as const) {
    const found = await probe(server, mode)
    assert.deepEqual(found?.names, ['relay.example', '192.0.2.1'], mode)
    assert.equal(found.issuer, 'relay.example')
    assert.ok(found.validFromMs < Date.now() && found.validUntilMs > Date.now())
    assert.equal(found.fault, 'DEPTH_ZERO_SELF_SIGNED_CERT')
  }
})

test('without a handshake there is none to be seen', async () => {
  assert.equal(
    await probe(scripted(['220 hi\r\n', '250 relay\r\n', '502 no\r\n', '']), 'starttls'),
    null,
  )
  assert.equal(await probe(scripted(['554 go away\r\n', '']), 'starttls'), null)
  assert.equal(await probe(scripted(['220 hi\r\n', '250 relay\r\n', '']), 'implicit'), null)
  assert.equal(await probe(scripted([`220-${'x'.repeat(20_000)}`, '']), 'starttls'), null)
  assert.equal(await probe(scripted(['']), 'starttls'), null, 'silence')
})
