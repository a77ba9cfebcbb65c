import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

import { type HttpServer, type Pages, startHttpServer } from './http-server.ts'

const PAGES: Pages = {
  '/healthz/live': () => ({ status: 200, type: 'application/json', text: '{"live":true}\n' }),
  '/healthz/ready': () => ({ status: 503, type: 'application/json', text: '{"ready":false}\n' }),
  '/broken': () => Promise.reject(new Error('no such table: secret')),
}

test('pages are answered by their path, with their status', async () => {
  await using server = await start()
  const live = await get(server, '/healthz/live?now=1')
  assert.deepEqual([live.status, live.text], [200, '{"live":true}\n'])
  assert.equal(live.headers['content-type'], 'application/json')
  assert.equal(live.headers['cache-control'], 'no-store')
  assert.equal((await get(server, '/healthz/ready')).status, 503)
})

test('HEAD has everything but the body', async () => {
  await using server = await start()
  const { status, text, headers } = await get(server, '/healthz/live', { method: 'HEAD' })
  assert.deepEqual([status, text, headers['content-length']], [200, '', '14'])
})

for (const path of ['/', '/__proto__', '/constructor', '/healthz/live/../ready', '/%2e%2e']) {
  test(`${path} is no page`, async () => {
    await using server = await start()
    const { status, text } = await get(server, path)
    assert.equal(status, 404)
    assert.match(text, /^here are \/healthz\/live/)
  })
}

for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
  test(`${method} is refused`, async () => {
    await using server = await start()
    const { status, headers } = await get(server, '/healthz/live', { method })
    assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'])
  })
}

test('a name in DNS that leads here is not answered: only addresses and localhost', async () => {
  await using server = await start()
  for (const host of ['evil.example', 'evil.example:9025', '127.0.0.1.evil.example', '['])
    assert.equal((await get(server, '/healthz/live', { host })).status, 421, host)
  for (const host of ['localhost:9025', 'LOCALHOST', '127.0.0.1', '[::1]:9025', '192.0.2.7:1'])
    assert.equal((await get(server, '/healthz/live', { host })).status, 200, host)
})

test('RFC 9112 §3.2: HTTP/1.0 needs no Host; a wrong one stays refused, and HTTP/1.1 needs one', async () => {
  await using server = await start()
  for (const [lines, status] of [
    ['GET /healthz/live HTTP/1.0', 200],
    ['GET /healthz/live HTTP/1.0\r\nHost: 127.0.0.1', 200],
    ['GET /healthz/live HTTP/1.0\r\nHost: evil.example', 421],
    ['GET /healthz/live HTTP/1.0\r\nHost:', 421],
    ['GET /healthz/live HTTP/1.1\r\nConnection: close', 400],
  ] as const) {
    const socket = await open(server)
    socket.write(`${lines}\r\n\r\n`)
    const answer = await text(socket)
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), lines)
    assert.equal(answer.includes('{"live":true}'), status === 200, lines)
  }
})

test('a page that fails says nothing of why to who asked, and tells the operator', async () => {
  const told: string[] = []
  await using server = await start((text) => told.push(text))
  const { status, text } = await get(server, '/broken')
  assert.equal(status, 500)
  assert.doesNotMatch(text, /secret/)
  assert.deepEqual(told, ['/broken could not be made: no such table: secret'])
})

test('a header without end is cut off, and the server goes on', async () => {
  await using server = await start()
  const socket = await open(server)
  socket.write(`GET /healthz/live HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`)
  await ended(socket)
  assert.equal((await get(server, '/healthz/live')).status, 200)
})

test('who holds 16 connections keeps nobody out: the oldest is closed', async () => {
  await using server = await start()
  const sockets = await Promise.all(Array.from({ length: 16 }, () => open(server)))
  assert.equal((await get(server, '/healthz/live')).status, 200)
  const [oldest, ...others] = sockets
  assert.ok(oldest !== undefined)
  await ended(oldest)
  assert.ok(others.every(({ readyState }) => readyState === 'open'))
  for (const socket of others) socket.destroy()
})

test('who asks on and on without reading is left, and no answers pile up', async () => {
  let made = 0
  const text = 'x'.repeat(1_000_000)
  const page = () => {
    made++
    return { status: 200, type: 'application/json', text } as const
  }
  await using server = await start(undefined, { '/large': page })
  const socket = await open(server)
  const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
  socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500))
  socket.resume()
  await closed
  assert.ok(made <= 4, `${made} were made`)
})

async function start(
  report: (text: string) => void = () => {},
  pages: Pages = PAGES,
): Promise<HttpServer> {
  return await startHttpServer({ address: '127.0.0.1', port: 0, pages, report })
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

async function get(
  { port }: HttpServer,
  path: string,
  { method = 'GET', host = 'localhost' } = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { host }, agent: false }
    request(options, (response) => {
      const pieces: Buffer[] = []
      response
        .on('data', (piece: Buffer) => pieces.push(piece))
        .on('end', () => {
          const text = Buffer.concat(pieces).toString()
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers })
        })
    })
      .on('error', reject)
      .end()
  })
}

async function open({ port }: HttpServer): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket)).on('error', reject)
  })
}

async function ended(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  await new Promise<void>((resolve) =>
    socket
      .resume()
      .on('error', () => {})
      .on('close', resolve),
  )
}
