/** A person wants a message while another server has hold of it. Nobody is told what is not so. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'

import { assertSound, submit, until } from '../support/other-servers.ts'
import { startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

/** A server that says 250 to everything, and stands still at one step until it is told to go on. */
class SlowServer implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#serve(socket))
  readonly #at: 'MAIL' | 'DATA' | '.'
  readonly #sockets = new Set<Socket>()
  #waiting: (() => void)[] = []
  /** Sessions that reached the step, and those that ended without being told to go on. */
  reached = 0
  left = 0

  constructor(at: SlowServer['at']) {
    this.#at = at
  }

  get at(): 'MAIL' | 'DATA' | '.' {
    return this.#at
  }

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Answers what waits, and whatever comes. */
  goOn(): void {
    for (const answer of this.#waiting.splice(0)) answer()
  }

  /** Closes the oldest session. */
  hangUp(): void {
    for (const socket of this.#sockets) {
      socket.destroy()
      break
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.left++
    })
    socket.write('220 slow.test\r\n')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        this.#line(socket, text.slice(0, end))
        text = text.slice(end + 2)
      }
    })
  }

  #isData = new WeakSet<Socket>()

  #line(socket: Socket, line: string): void {
    const verb = line.split(' ')[0] ?? ''
    if (this.#isData.has(socket) && verb !== '.') return
    if (verb === 'DATA') this.#isData.add(socket)
    if (verb === '.') this.#isData.delete(socket)
    const answer = () => void socket.write(ANSWERS[verb] ?? '250 2.0.0 Ok\r\n')
    if (verb !== this.#at) {
      answer()
      return
    }
    this.reached++
    this.#waiting.push(answer)
  }
}

const ANSWERS: Readonly<Record<string, string>> = {
  EHLO: '250-slow.test\r\n250 8BITMIME\r\n',
  DATA: '354 go\r\n',
}

async function withSlow(t: TestContext, at: SlowServer['at']) {
  const stack = new AsyncDisposableStack()
  t.after(() => stack.disposeAsync())
  const slow = stack.use(new SlowServer(at))
  const port = await slow.open()
  const server = stack.use(await startWithUsers({ settings: { outgoing: { retry: ['1 h'] } } }))
  const relay = ['--host', `127.0.0.1:${port}`, '--tls', 'none', '--all']
  await server.cliOk(['relay', 'add', 'slow', ...relay])
  await submit(server, '1@client.test', 'bob@there.example')
  await until(() => slow.reached > 0, 'the message is under way')
  const [, id = ''] = await server.logged('mainlog', /(\S+) <= /)
  return { slow, server, id, logOf: (server_: Waybill) => linesOf(server_, id) }
}

/** What the log says of the message after its arrival, without times and id. */
function linesOf(server: Waybill, id: string): string[] {
  const lines = server.log('mainlog').split('\n')
  return lines
    .filter((line) => line.includes(id) && !line.includes(' <= '))
    .map((line) => line.slice(line.indexOf(id) + id.length + 1))
}

for (const at of ['MAIL', 'DATA'] as const)
  test(`a message is taken back from a server that hangs at ${at}`, async (t) => {
    const { slow, server, id, logOf } = await withSlow(t, at)
    const removed = await server.cli(['queue', 'remove', id, '--yes'])
    assert.deepEqual([removed.status, removed.stdout], [0, 'Removed 1 message.\n'], removed.stderr)
    await until(() => slow.left === 1, 'the connection is closed')
    await server.logged('mainlog', /Completed/)
    assert.match(logOf(server).join('\n'), /^removed by \S+\nCompleted\b.*$/)
    assert.equal((await server.cliOk(['queue', 'count'])).trim(), '0')
    await assertSound(server)
  })

test('hold and bounce take a message back, too, and a held one is not tried again', async (t) => {
  const { slow, server, id, logOf } = await withSlow(t, 'MAIL')
  assert.equal(await server.cliOk(['queue', 'hold', id]), 'Held 1 message.\n')
  await until(() => slow.left === 1, 'the connection is closed')
  await server.cliOk(['queue', 'release', id])
  await until(() => slow.reached === 2, 'it is tried again')
  assert.equal(await server.cliOk(['queue', 'bounce', id, '--yes']), 'Gave back 1 message.\n')
  const lines = logOf(server).join('\n')
  assert.doesNotMatch(lines, / == |^=>/m, 'what was broken off was no attempt')
  await server.logged('mainlog', new RegExp(`${id} Completed`))
  assert.match(logOf(server).join('\n'), /cancelled by .*\n\*\* bob@there\.example/)
  await assertSound(server)
})

const UNDERWAY =
  /^waybill: \S+ is being sent to \S*\s?\[127\.0\.0\.1\]:\d+ for \d.*; it will be removed unless the host accepts it$/m

test('a server that has the whole message and hangs up: it is removed then, and not before', async (t) => {
  const { slow, server, id, logOf } = await withSlow(t, '.')
  const removed = await server.cli(['queue', 'remove', id, '--yes'])
  assert.deepEqual([removed.status, removed.stdout], [1, 'Removed 0 messages.\n'])
  assert.match(removed.stderr, UNDERWAY)
  await server.logged('mainlog', /held by/)
  assert.match(logOf(server).join('\n'), /^held by \S+$/)
  slow.hangUp()
  await server.logged('mainlog', /Completed/)
  assert.match(logOf(server).join('\n'), /^held by .*\n== bob@.*\nremoved by .*\nCompleted/)
  await assertSound(server)
})

test('a server that has the whole message and accepts it: delivered, and never removed', async (t) => {
  const { slow, server, id, logOf } = await withSlow(t, '.')
  assert.equal((await server.cli(['queue', 'remove', id, '--yes'])).status, 1)
  slow.goOn()
  await server.logged('mainlog', /Completed/)
  assert.match(logOf(server).join('\n'), /^held by .*\n=> bob@there\.example .*\nCompleted/)
  assert.doesNotMatch(logOf(server).join('\n'), /removed/)
  await assertSound(server)
})

test('who thinks better of it keeps the message', async (t) => {
  const { slow, server, id, logOf } = await withSlow(t, '.')
  assert.equal((await server.cli(['queue', 'remove', id, '--yes'])).status, 1)
  await server.cliOk(['queue', 'release', id])
  slow.hangUp()
  await server.logged('mainlog', /== bob@/)
  assert.doesNotMatch(logOf(server).join('\n'), /removed/)
  assert.equal((await server.cliOk(['queue', 'count'])).trim(), '1')
})

test('an edit of what a server may have adds at once, and drops when the answer is no', async (t) => {
  const { slow, server, id, logOf } = await withSlow(t, '.')
  const change = ['--drop-rcpt', 'bob@there.example', '--add-rcpt', 'zoe@there.example', '--yes']
  const edited = await server.cli(['queue', 'edit', id, ...change])
  assert.equal(edited.status, 1)
  assert.match(edited.stderr, /it will be changed unless the host accepts it/)
  slow.hangUp()
  await until(() => slow.reached === 2, 'the other recipient is tried')
  slow.goOn()
  await server.logged('mainlog', /Completed/)
  const lines = logOf(server).join('\n')
  assert.match(lines, /recipient <zoe@there\.example> added by/)
  assert.match(
    lines,
    /held by [\s\S]*== bob@[\s\S]*address <bob@there\.example> marked delivered by/,
  )
  assert.match(
    lines,
    /marked delivered by [\s\S]*released by \S+\n/,
    'the log does not end with it held',
  )
  assert.match(lines, /=> zoe@there\.example/)
  assert.doesNotMatch(lines, /=> bob@/)
  await assertSound(server)
})
