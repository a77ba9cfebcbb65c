import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { connect as connectTls, createSecureContext } from 'node:tls'

import { ManualClock, systemClock } from '../base/clock.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { makeSelfSigned } from '../tls/self-signed.ts'
import { Admission } from './admission.ts'
import { bindPort, type ListenerOptions, listen } from './listener.ts'
import { Occupancy } from './occupancy.ts'
import type { Protocol, Stream } from './types.ts'

const limits = DEFAULT_LIMITS.connection
const pair = makeSelfSigned(['localhost'])
const context = createSecureContext({ key: pair.key, cert: pair.cert })
const tls = { contextFor: () => context }

async function open(options: Partial<ListenerOptions> & Pick<ListenerOptions, 'accept'>) {
  return listen({
    name: 'test',
    port: options.port ?? (await bindPort({ address: '127.0.0.1', port: 0 })),
    tlsMode: 'starttls',
    tls,
    alpn: 'test',
    limits,
    admission: new Admission(limits, systemClock, 1, new Occupancy(limits)),
    clock: systemClock,
    refusal: (why) => `421 ${why}\r\n`,
    report: () => {},
    ...options,
  })
}

/** Answers each line with its text in capitals; STARTTLS turns to TLS. */
function shouting(stream: Stream): Protocol {
  return {
    received(chunk) {
      const line = chunk.toString('latin1').trim()
      if (line === 'starttls') {
        stream.write('ready\r\n')
        stream.startTls().catch(() => {})
      } else stream.write(`${line.toUpperCase()}\r\n`)
    },
    closed: () => stream.end(),
    timeout: () => stream.destroy(),
    stopping: () => {
      stream.write('bye\r\n')
      stream.end()
    },
  }
}

const shout = (stream: Stream) => stream.attach(shouting(stream))

async function ask(socket: Socket, line: string): Promise<string> {
  socket.write(line)
  const [answer] = await once(socket, 'data')
  return String(answer)
}

test('plaintext, then TLS on the same connection', async () => {
  const seen: Stream[] = []
  await using listener = await open({
    accept: (stream) => {
      seen.push(stream)
      shout(stream)
    },
  })
  const socket = connect(listener.address.port, '127.0.0.1')
  assert.equal(await ask(socket, 'hello'), 'HELLO\r\n')
  assert.deepEqual(
    seen.map((stream) => stream.tls),
    [null],
  )
  assert.equal(await ask(socket, 'starttls'), 'ready\r\n')
  const secure = connectTls({
    socket,
    rejectUnauthorized: false,
    servername: 'mail.example',
    ALPNProtocols: ['test'],
  })
  await once(secure, 'secureConnect')
  assert.equal(await ask(secure, 'again'), 'AGAIN\r\n')
  assert.equal(seen[0]?.tls?.version, 'TLS1.3')
  assert.equal(seen[0]?.tls?.serverName, 'mail.example')
  assert.match(seen[0]?.tls?.cipher ?? '', /^TLS_AES/)
  assert.equal(listener.connections, 1)
  secure.destroy()
  await once(socket, 'close')
  for (let i = 0; i < 100 && listener.connections > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(listener.connections, 0)
})

test('RFC 7301 §3.2: implicit TLS; another protocol in ALPN is turned away', async () => {
  const reports: string[] = []
  await using listener = await open({
    tlsMode: 'implicit',
    accept: shout,
    report: (text) => reports.push(text),
  })
  const { port } = listener.address
  const secure = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(secure, 'secureConnect')
  assert.equal(await ask(secure, 'x'), 'X\r\n')
  secure.destroy()
  const other = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  })
  const [error] = await once(other, 'error')
  assert.match(String(error), /no application protocol/i)
  const plain = connect(port, '127.0.0.1')
  plain.on('error', () => {})
  plain.write('GET / HTTP/1.0\r\n\r\n')
  await once(plain, 'close')
  assert.ok(reports.some((text) => text.startsWith('TLS error on connection from [127.0.0.1]')))
})

test('what is written in one turn arrives whole and in order, small and large', async () => {
  const large = Buffer.alloc(300_000, 'x')
  await using listener = await open({
    accept: (stream) => {
      shout(stream)
      stream.write('a')
      stream.write(Buffer.from('b'))
      stream.write(large)
      stream.write('c')
      stream.end()
    },
  })
  const socket = connect(listener.address.port, '127.0.0.1')
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), `ab${large}c`)
})

test('a peer that closes its half still gets its answers', async () => {
  await using listener = await open({ accept: shout })
  const socket = connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end('last')
  const [answer] = await once(socket, 'data')
  assert.equal(String(answer), 'LAST\r\n')
  await once(socket, 'end')
})

test('a peer that sends on and on after the end is cut off', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let ending: Stream | undefined
  await using listener = await open({
    accept: (stream) => {
      ending = stream
      shout(stream)
    },
  })
  const socket = connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  await ask(socket, 'x')
  ending?.end()
  await once(socket, 'end')
  for (let count = 0; count < 5; count++) {
    socket.write('more')
    t.mock.timers.tick(5000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (!socket.destroyed) await once(socket, 'close', { signal: AbortSignal.timeout(5000) })
  assert.equal(listener.connections, 0)
})

test('a peer that reads nothing is cut off', async () => {
  await using listener = await open({
    limits: { ...limits, writeStallMs: 50 },
    accept: (stream) => {
      shout(stream)
      stream.write(Buffer.alloc(30_000_000))
    },
  })
  const socket = connect(listener.address.port, '127.0.0.1')
  await once(socket, 'connect')
  for (let i = 0; i < 500 && listener.connections === 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  for (let i = 0; i < 500 && listener.connections > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(listener.connections, 0)
  socket.destroy()
})

test('stopping says goodbye and closes', async () => {
  const listener = await open({ accept: shout })
  const socket = connect(listener.address.port, '127.0.0.1')
  await ask(socket, 'x')
  const [[last]] = await Promise.all([once(socket, 'data'), listener[Symbol.asyncDispose]()])
  assert.equal(String(last), 'bye\r\n')
})

test('a busy port is an error with its code', async () => {
  await using first = await open({ accept: shout })
  await assert.rejects(bindPort(first.address), { code: 'EADDRINUSE' })
})

test('one net may hold and open only so many connections', () => {
  const clock = new ManualClock(0)
  const small = { ...limits, maxPerNet: [2, 3, 4], newPerMinutePerNet: [5, 99, 99] } as const
  const admission = new Admission(small, clock, 1, new Occupancy(small))
  const admitted = (address: string) => typeof admission.admit(address) !== 'string'
  const first = admission.admit('192.0.2.1')
  assert.ok(admitted('192.0.2.1'))
  assert.ok(!admitted('192.0.2.1'), 'two of one address')
  assert.ok(!admitted('::ffff:192.0.2.1'), 'the mapped form is the same address')
  assert.ok(admitted('192.0.2.2'))
  assert.ok(!admitted('192.0.2.3'), 'three of one /26')
  assert.ok(admitted('192.0.3.1'))
  assert.ok(!admitted('192.0.4.1'), 'four of one /21')
  assert.ok(admitted('198.51.100.1'))
  if (typeof first !== 'string') first[Symbol.dispose]()
  assert.ok(admitted('192.0.2.9'))
  assert.ok(admitted('2001:db8::1') && admitted('2001:db8::ffff:1'))
  assert.ok(!admitted('2001:db8::2'), 'two of one /64')
  for (let i = 0; i < 50; i++) assert.ok(admitted('127.0.0.1'))
})

test('new connections of one address are counted by the minute', () => {
  const clock = new ManualClock(0)
  const small = { ...limits, newPerMinutePerNet: [2, 99, 99] } as const
  const admission = new Admission(small, clock, 1, new Occupancy(small))
  const connectOnce = () => {
    const place = admission.admit('192.0.2.1')
    if (typeof place === 'string') return false
    place[Symbol.dispose]()
    return true
  }
  assert.deepEqual([connectOnce(), connectOnce(), connectOnce()], [true, true, false])
  clock.advance(60_000)
  assert.ok(connectOnce())
})

test('who connects before the port is taken is served when it is', async () => {
  await using port = await bindPort({ address: '127.0.0.1', port: 0 })
  const early = connect(port.address.port, '127.0.0.1')
  await once(early, 'connect')
  const answer = ask(early, 'early\r\n')
  await using _listener = await open({ port, accept: shout })
  assert.equal(await answer, 'EARLY\r\n')
  early.destroy()
})

test('a full server takes nobody, and is stressed before it is full', () => {
  const small = { ...limits, maxConnections: 10 }
  const occupancy = new Occupancy(small)
  const admission = new Admission(small, systemClock, 1, occupancy)
  const admit = () => admission.admit('127.0.0.1')
  const places = Array.from({ length: 8 }, admit)
  assert.ok(occupancy.isStressed && !occupancy.isFull)
  places.push(admit(), admit())
  assert.equal(admit(), 'server is full')
  for (const place of places) if (typeof place !== 'string') place[Symbol.dispose]()
  assert.ok(!occupancy.isStressed)
})

test('a tenth of the open files, and 64, are kept for the store', () => {
  const occupancy = new Occupancy({ ...limits, maxConnections: 1000 }, 100)
  for (let i = 0; i < 26; i++) {
    assert.ok(!occupancy.isFull)
    occupancy.enter()
  }
  assert.ok(occupancy.isFull)
})
