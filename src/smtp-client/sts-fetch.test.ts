import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { test } from 'node:test'

import { fakeResolver } from '../dns/fake.ts'
import { makeSelfSigned } from '../tls/self-signed.ts'
import { httpsFetchPolicy } from './sts-fetch.ts'

const POLICY = 'version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 60\n'
const RULES = { ipv4: true, ipv6: true, allowPrivate: true }
const PAIR = makeSelfSigned(['mta-sts.example.net'])

test('RFC 8461 §3.3: the policy at its well-known place', async () => {
  const seen: string[] = []
  await using site = await serve((request, response) => {
    seen.push(`${request.headers.host} ${request.url}`)
    response.setHeader('Content-Type', 'Text/Plain; charset=utf-8').end(POLICY)
  })
  assert.equal(await site.fetch(), POLICY)
  assert.deepEqual(seen, ['mta-sts.example.net /.well-known/mta-sts.txt'])
})

test('RFC 8461 §3.3: redirects are not followed, errors and other types are no policy', async () => {
  const cases: [answer: RequestListener, message: RegExp][] = [
    [(_, response) => response.writeHead(302, { Location: '/x' }).end(), /HTTP 302$/],
    [(_, response) => response.writeHead(404).end(POLICY), /HTTP 404$/],
    [
      (_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(POLICY),
      /html$/,
    ],
    [(_, response) => response.writeHead(200).end(POLICY), /no type$/],
    [
      (_, response) =>
        response.writeHead(200, { 'Content-Type': 'text/plain' }).end('x'.repeat(65_537)),
      /more than 65536 octets$/,
    ],
    [(request) => request.socket.destroy(), /hang up/],
    [
      (_, response) => {
        response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 1000 })
        response.write(POLICY, () => response.destroy())
      },
      /aborted/,
    ],
  ]
  for (const [answer, message] of cases) {
    await using site = await serve(answer)
    await assert.rejects(site.fetch(), message)
  }
})

test('a site that says nothing is given up', async () => {
  await using site = await serve(() => {})
  await assert.rejects(site.fetch({ timeoutMs: 50 }), /abort/i)
})

test('RFC 8461 §3.3: the site must prove its name', async () => {
  const answer: RequestListener = (_, response) =>
    response.setHeader('Content-Type', 'text/plain').end(POLICY)
  await using other = await serve(answer, makeSelfSigned(['mta-sts.example.com']))
  await assert.rejects(other.fetch(), /Hostname\/IP does not match/)
  await using unknown = await serve(answer)
  await assert.rejects(unknown.fetch({ ca: makeSelfSigned(['mta-sts.example.net']).cert }))
})

test('C10: DNS of others does not make us ask in our own network', async () => {
  await using site = await serve((_, response) => response.end(POLICY))
  const rules = () => ({ ...RULES, allowPrivate: false })
  await assert.rejects(site.fetch({ rules }), /127\.0\.0\.1 is a loopback address/)
})

test('an address that does not answer is not the last one', async () => {
  await using site = await serve((_, response) =>
    response.setHeader('Content-Type', 'text/plain').end(POLICY),
  )
  // Nobody listens there: tried first, as IPv6 is.
  const resolver = fakeResolver({
    addresses: { 'mta-sts.example.net': ['::ffff:127.0.0.2', '127.0.0.1'] },
  })
  assert.equal(await site.fetch({ resolver }), POLICY)
})

/** An HTTPS site on loopback, which certificates of `pair` vouch for. */
async function serve(answer: RequestListener, pair = PAIR) {
  const server = createServer({ cert: pair.cert, key: pair.key }, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  const resolver = fakeResolver({ addresses: { 'mta-sts.example.net': ['127.0.0.1'] } })
  const base = { resolver, rules: () => RULES, port: bound.port, ca: pair.cert }
  return {
    fetch: (options: Partial<Parameters<typeof httpsFetchPolicy>[0]> = {}) =>
      httpsFetchPolicy({ ...base, ...options })('example.net'),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
