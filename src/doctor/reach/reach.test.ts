import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { filesBelow } from './files.ts'
import { systemOutside } from './system.ts'

const { connect, files, run } = systemOutside

test('a file is read up to a limit; what is not there is null; a root is another machine', () => {
  using folder = makeTempFolder()
  mkdirSync(join(folder.path, 'etc'))
  writeFileSync(join(folder.path, 'etc/mailname'), 'mail.example.com\n')
  const below = filesBelow(folder.path)
  assert.equal(below.read('/etc/mailname', 4).toString(), 'mail')
  assert.equal(below.stat('/etc/mailname')?.size, 17n)
  assert.equal(below.stat('/etc/nothing'), null)
  assert.deepEqual(
    below.list('/etc').map(({ name }) => name),
    ['mailname'],
  )
  assert.ok(files.space(folder.path).totalOctets > 0)
})

test('a program gives its output and status; one that is not installed is null', async () => {
  const signal = AbortSignal.timeout(20_000)
  const result = await run(['sh', '-c', 'echo out; echo wrong >&2; exit 3'], signal)
  assert.deepEqual(result, { status: 3, out: 'out\n', errors: 'wrong\n' })
  assert.equal(await run(['no-such-program-of-waybill'], signal), null)
})

test('a program that says too much is cut, and one that does not end is stopped', async () => {
  const much = await run(['sh', '-c', 'head -c 3000000 /dev/zero'], AbortSignal.timeout(20_000))
  assert.equal(much?.out.length, 1024 * 1024)
  const control = new AbortController()
  const endless = run(['sleep', '1000'], control.signal)
  control.abort()
  await assert.rejects(endless, { name: 'AbortError' })
})

test('lines come and go; a closed connection says so', async () => {
  await using peer = await listen((socket) => {
    socket.write('220 one\r\n220 two\r\n')
    socket.once('data', (line) => socket.end(`250 you said ${line}`))
  })
  await using talk = await connect({ host: '127.0.0.1', port: peer.port }, never())
  assert.equal(await talk.readLine(), '220 one')
  assert.equal(await talk.readLine(), '220 two')
  await talk.writeLine('EHLO there')
  assert.equal(await talk.readLine(), '250 you said EHLO there')
  await assert.rejects(talk.readLine(), /closed the connection/)
})

test('a line without end is not read without end', async () => {
  await using peer = await listen((socket) => {
    socket.on('error', () => {})
    socket.write('x'.repeat(1_000_000))
  })
  await using talk = await connect({ host: '127.0.0.1', port: peer.port }, never())
  await assert.rejects(talk.readLine(), /never ends/)
})

test('a peer that says nothing is left when time is over', async () => {
  await using peer = await listen(() => {})
  const control = new AbortController()
  await using talk = await connect({ host: '127.0.0.1', port: peer.port }, control.signal)
  const line = talk.readLine()
  control.abort()
  await assert.rejects(line, /no answer in time/)
})

function never(): AbortSignal {
  return new AbortController().signal
}

async function listen(
  serve: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    serve(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
