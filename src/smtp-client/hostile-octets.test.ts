/**
 * Servers that do with octets what no server does. Each attempt ends, no mail counts as delivered
 * that was not taken, and nobody is given back for what was not said about them.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { describe, test } from 'node:test'

import { makeSelfSigned } from '../tls/self-signed.ts'
import { connect } from './connection.ts'
import { messageTo, OPTIONS } from './testing/attempts.ts'
import { type MxStep, startFakeMx } from './testing/fake-mx.ts'
import type { OutgoingMessage, RelayLogin, Result, TlsPolicy } from './types.ts'

const CERTIFICATE = makeSelfSigned(['mx.example.net'])
const BOB = messageTo(['bob@example.net'])
const TWO = messageTo(['bob@example.net', 'carol@example.net'])

/** What came of it: the results of the last message, or the failure to connect. */
interface Came {
  readonly results: readonly Result[]
  readonly usable: boolean
}

interface Attempt {
  readonly port: number
  readonly messages?: readonly OutgoingMessage[]
  readonly tls?: TlsPolicy
  readonly login?: RelayLogin | null
}

async function attempt({ port, messages = [BOB], tls, login = null }: Attempt): Promise<Came> {
  const target = {
    name: 'mx.example.net',
    address: '127.0.0.1',
    port,
    tls: tls ?? { kind: 'opportunistic' as const },
  }
  const made = await connect(target, { ...OPTIONS, login })
  if ('failure' in made) return { results: [made.failure], usable: false }
  let results: readonly Result[] = []
  for (const message of messages) results = await made.send(message)
  const { usable } = made
  await made.close()
  for (const result of results) if (result.kind !== 'delivered') isInBounds(result)
  return { results, usable }
}

function isInBounds({
  text,
  reply,
}: Extract<Result, { reply: string | null; text: string }>): void {
  assert.ok(text.length < 10_000, `${text.length}`)
  assert.ok((reply ?? '').length < 5000)
}

/** Says what `answer` gives for each line, octet for octet; null: nothing. The first is for ''. */
async function rawServer(
  answer: (line: string, socket: Socket) => string | readonly string[] | null,
) {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let text = ''
    let inContent = false
    const say = (line: string): void => {
      const said = answer(line, socket)
      if (typeof said === 'string') socket.write(said, 'latin1')
      else if (said !== null) void inPieces(socket, said)
      if (line === 'DATA') inContent = [said].flat().join('').startsWith('354')
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (;;) {
        const end = inContent ? '\r\n.\r\n' : '\r\n'
        const at = text.indexOf(end)
        if (at === -1) return
        const line = inContent ? '.' : text.slice(0, at)
        inContent = false
        text = text.slice(at + end.length)
        lines.push(line)
        say(line)
      }
    })
    say('')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    lines,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function inPieces(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(piece, 'latin1')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A server that does all well, without extensions. */
function good(line: string): string {
  if (line === '') return '220 raw.example ESMTP\r\n'
  if (line.startsWith('DATA')) return '354 go\r\n'
  if (line === 'QUIT') return '221 bye\r\n'
  return '250 ok\r\n'
}

/** `RCPT TO:<bob@example.net>` → RCPT; the banner is ''. */
const verbOf = (line: string) => line.split(/[ :]/, 1)[0] ?? ''

const brief = ({ results }: Came) =>
  results.map((one) => (one.kind === 'delivered' ? one.kind : `${one.kind} ${one.phase}`))

test('the raw server takes mail when nothing is wrong', async () => {
  await using mx = await rawServer(good)
  assert.deepEqual(brief(await attempt({ port: mx.port })), ['delivered'])
  assert.deepEqual(mx.lines.map(verbOf), ['EHLO', 'MAIL', 'RCPT', 'DATA', '.', 'QUIT'])
})

test('replies that come octet by octet are replies', async () => {
  await using mx = await rawServer((line) => {
    const reply = line.startsWith('EHLO') ? '250-raw.example\r\n250-SIZE\r\n250 X\r\n' : good(line)
    return [...reply]
  })
  assert.deepEqual(brief(await attempt({ port: mx.port })), ['delivered'])
})

/** What is said in place of a good reply, and after which no server is believed any more. */
const NO_REPLIES: { readonly [what: string]: (good: string) => string } = {
  '10,000 continuation lines': (reply) =>
    `${`${reply.slice(0, 3)}-more\r\n`.repeat(10_000)}${reply}`,
  'a keyword of 100 kB': (reply) =>
    `${reply.slice(0, 3)}-x\r\n${reply.slice(0, 3)} ${'K'.repeat(100_000)}\r\n`,
  'a line of 100 kB that has no end': (reply) => `${reply.slice(0, 3)} ${'K'.repeat(100_000)}`,
  'codes of four digits': (reply) => `${reply.slice(0, 3)}0 ok\r\n`,
  'codes of two digits': (reply) => `${reply.slice(0, 2)} ok\r\n`,
  'a code that changes from line to line': (reply) => `${reply.slice(0, 3)}-ok\r\n550 not\r\n`,
  'CR alone at the end': (reply) => `${reply.trimEnd()}\r`.repeat(4000),
  'NUL before the code': (reply) => `\0${reply}`,
  'digits of other scripts': () => '\xd9\xa2\xd9\xa5\xd9\xa0 ok\r\n',
  'code 600': () => '600 ok\r\n',
  'code 150': () => '150 ok\r\n',
  'an empty line': () => '\r\n',
  HTTP: () => 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
}

describe('what is no reply', { concurrency: 8 }, () => {
  for (const [what, change] of Object.entries(NO_REPLIES))
    for (const verb of ['', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.'])
      test(`${what}, to ${verb || 'the connection'}`, async () => {
        await using mx = await rawServer((line) =>
          verbOf(line) === verb ? change(good(line)) : good(line),
        )
        const came = await attempt({ port: mx.port })
        const [result] = came.results
        assert.equal(result?.kind, 'deferred', JSON.stringify(result))
        assert.match(result.text, /^Malformed SMTP reply in response to /)
        assert.equal(came.usable, false)
      })
})

test('NUL, CR and controls inside a reply stay what was said, and no more than a line', async () => {
  const words = 'no \0 such\r user \x1b[2J \x07'
  await using mx = await rawServer((line) =>
    verbOf(line) === 'RCPT' ? `550 ${words}\r\n` : good(line),
  )
  const [result] = (await attempt({ port: mx.port })).results
  assert.ok(result?.kind === 'failed')
  assert.equal(result.reply, `550 ${words}`)
})

describe('replies to other questions', () => {
  test('354 to MAIL', async () => {
    await using mx = await rawServer((line) =>
      verbOf(line) === 'MAIL' ? '354 go\r\n' : good(line),
    )
    const came = await attempt({ port: mx.port })
    assert.deepEqual(brief(came), ['deferred MAIL'])
    assert.equal(came.usable, false)
  })

  test('354 to RCPT', async () => {
    await using mx = await rawServer((line) =>
      verbOf(line) === 'RCPT' ? '354 go\r\n' : good(line),
    )
    assert.deepEqual(brief(await attempt({ port: mx.port })), ['deferred RCPT'])
  })

  test('250 to DATA: no content is sent', async () => {
    await using mx = await rawServer((line) => (line === 'DATA' ? '250 ok\r\n' : good(line)))
    const came = await attempt({ port: mx.port })
    assert.deepEqual(brief(came), ['deferred DATA'])
    assert.equal(came.usable, false)
    assert.equal(mx.lines.at(-1), 'DATA')
  })

  test('354 to the end of data', async () => {
    await using mx = await rawServer((line) => (line === '.' ? '354 go\r\n' : good(line)))
    assert.deepEqual(brief(await attempt({ port: mx.port })), ['deferred end of data'])
  })

  test('354 to the last chunk', async () => {
    await using mx = await startFakeMx({
      offers: ['CHUNKING'],
      act: (step, line) => (step === 'dot' && line === 'BDAT' ? '354 go' : null),
    })
    const big = Buffer.alloc(1024 * 1024 + 10, 'line of text\r\n')
    const message = { ...BOB, sizeOctets: big.length, content: () => [big] }
    const came = await attempt({ port: mx.port, messages: [message] })
    assert.deepEqual(brief(came), ['deferred end of data'])
  })
})

describe('replies before commands', () => {
  test('all of them at once, before the first command', async () => {
    const script = [
      '220 hi',
      '250 raw.example',
      '250 ok',
      '250 ok',
      '354 go',
      '250 taken',
      '221 bye',
    ]
    await using mx = await rawServer((line) => (line === '' ? `${script.join('\r\n')}\r\n` : null))
    const came = await attempt({ port: mx.port })
    assert.notEqual(came.results[0]?.kind, 'delivered')
  })

  test('the answer to the content in one segment with 354', async () => {
    await using mx = await rawServer((line) =>
      line === 'DATA' ? '354 go\r\n250 2.0.0 taken\r\n' : good(line),
    )
    const came = await attempt({ port: mx.port })
    assert.equal(came.results[0]?.kind, 'deferred')
    assert.equal(came.usable, false)
    assert.ok(!mx.lines.includes('.'), 'the end of the message was sent')
  })

  for (const what of ['closes', 'resets'] as const)
    test(`250 in the middle of the content, and it ${what}`, async () => {
      const part = Buffer.alloc(64 * 1024, 'a line of text, and more\r\n')
      const content = async function* (): AsyncGenerator<Uint8Array> {
        yield part
        yield part
        await gone.promise
        for (let number = 0; number < 40; number++) yield part
      }
      const gone = Promise.withResolvers<void>()
      await using mx = await rawServer((line, socket) => {
        if (line !== 'DATA') return good(line)
        setImmediate(() =>
          socket.write('250 2.0.0 taken\r\n', () => {
            if (what === 'closes') socket.end()
            else socket.resetAndDestroy()
            setTimeout(gone.resolve, 50)
          }),
        )
        return '354 go\r\n'
      })
      const message = { ...BOB, sizeOctets: 42 * part.length, content }
      const came = await attempt({ port: mx.port, messages: [message] })
      assert.equal(came.results[0]?.kind, 'deferred', JSON.stringify(came.results))
    })

  test('a refusal in the middle of the content still counts', async () => {
    const part = Buffer.alloc(64 * 1024, 'a line of text, and more\r\n')
    const gone = Promise.withResolvers<void>()
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield part
      await gone.promise
      for (let number = 0; number < 40; number++) yield part
    }
    await using mx = await rawServer((line, socket) => {
      if (line !== 'DATA') return good(line)
      setTimeout(() => {
        socket.end('552 5.3.4 too large\r\n')
        setTimeout(gone.resolve, 50)
      }, 20)
      return '354 go\r\n'
    })
    const message = { ...BOB, sizeOctets: 41 * part.length, content }
    const [result] = (await attempt({ port: mx.port, messages: [message] })).results
    assert.ok(result?.kind === 'failed', JSON.stringify(result))
    assert.equal(result.reply, '552 5.3.4 too large')
  })

  test('one reply too many: the refusal of one recipient is not held against another', async () => {
    await using mx = await startFakeMx({
      offers: ['PIPELINING'],
      act: (step, line) => {
        if (step === 'MAIL') return { kind: 'more', reply: '250 ok', octets: '250 ok, I said\r\n' }
        return step === 'RCPT' && line.includes('<bob@') ? '550 5.1.1 no such user' : null
      },
    })
    const came = await attempt({ port: mx.port, messages: [TWO] })
    assert.deepEqual(
      came.results.map(({ kind }) => kind),
      ['deferred', 'deferred'],
    )
    assert.equal(came.usable, false)
    assert.equal(mx.messages.length, 0)
  })

  test('the message is accepted twice: the next one goes over another connection', async () => {
    await using mx = await rawServer((line) => (line === '.' ? '250 ok\r\n250 ok\r\n' : good(line)))
    const came = await attempt({ port: mx.port })
    assert.deepEqual(brief(came), ['delivered'])
    assert.equal(came.usable, false)
  })
})

test('it closes after the end of data: the message waits', async () => {
  for (const how of ['end', 'resetAndDestroy', 'destroy'] as const) {
    await using mx = await rawServer((line, socket) => {
      if (line !== '.') return good(line)
      socket[how]()
      return null
    })
    assert.deepEqual(brief(await attempt({ port: mx.port })), ['deferred end of data'], how)
  }
})

test('half of the reply to the message, and the end: the message waits', async () => {
  for (const half of ['2', '250', '250 2.0.0 taken', '250-2.0.0 taken\r\n', '250 2.0.0 taken\r']) {
    await using mx = await rawServer((line, socket) => {
      if (line !== '.') return good(line)
      socket.end(half)
      return null
    })
    assert.equal((await attempt({ port: mx.port })).results[0]?.kind, 'deferred', half)
  }
})

describe('TLS', () => {
  const opportunistic: TlsPolicy = { kind: 'opportunistic' }
  const encrypted: TlsPolicy = { kind: 'encrypted', mode: 'starttls', demandedBy: 'the relay' }
  for (const tls of [opportunistic, encrypted])
    for (const octets of ['250 ok\r\n', '250-fake\r\n250 AUTH PLAIN\r\n', 'x', '\r\n'])
      test(`RFC 3207 §5: ${JSON.stringify(octets)} in the clear behind 220, ${tls.kind}`, async () => {
        await using mx = await startFakeMx({
          certificate: CERTIFICATE,
          act: (step) => (step === 'STARTTLS' ? { kind: 'more', reply: '220 go', octets } : null),
        })
        const came = await attempt({ port: mx.port, tls })
        assert.deepEqual(brief(came), ['deferred STARTTLS'])
        assert.equal(mx.messages.length, 0)
        assert.equal(mx.sessions.length, 1, 'it is not tried again in the clear')
      })

  /** TLS that is cut off without its close_notify, after these octets inside it. */
  async function cutOff(last: string): Promise<Came> {
    const context = createSecureContext(CERTIFICATE)
    await using server = await rawServer((line, socket) => {
      if (line.startsWith('EHLO')) return '250-raw.example\r\n250 STARTTLS\r\n'
      if (line !== 'STARTTLS') return good(line)
      socket.removeAllListeners('data')
      socket.write('220 go\r\n')
      const secure = new TLSSocket(socket, { isServer: true, secureContext: context })
      let inContent = false
      secure.on('error', () => undefined)
      secure.on('data', (chunk: Buffer) => {
        const text = chunk.toString('latin1')
        if (inContent) {
          if (text.endsWith('\r\n.\r\n')) secure.write(last, () => socket.destroy())
          return
        }
        for (const one of text.trimEnd().split('\r\n')) {
          secure.write(good(one))
          inContent ||= one === 'DATA'
        }
      })
      return null
    })
    return await attempt({ port: server.port })
  }

  test('the end without close_notify: what was whole counts', async () => {
    assert.deepEqual(brief(await cutOff('250 2.0.0 taken\r\n')), ['delivered'])
  })

  test('the end without close_notify in the middle of a reply: the message waits', async () => {
    assert.deepEqual(brief(await cutOff('250 2.0.0 tak')), ['deferred end of data'])
    assert.deepEqual(brief(await cutOff('250-2.0.0 taken\r\n')), ['deferred end of data'])
  })
})

describe('AUTH', { concurrency: 4 }, () => {
  const login: RelayLogin = { user: 'jane', password: 'secret word', mechanism: null }
  const tls: TlsPolicy = { kind: 'encrypted', mode: 'starttls', demandedBy: 'the relay' }
  for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'XOAUTH2'] as const)
    for (const challenge of ['334 ', '334 VXNlcm5hbWU6', `334 ${'QUFB'.repeat(2500)}`, '334 !!!'])
      test(`${challenge.slice(0, 20)} again and again, ${mechanism}`, async () => {
        let answers = 0
        const act = (step: MxStep): string | null => {
          if (step !== 'AUTH' && step !== 'answer') return null
          answers++
          return challenge
        }
        await using mx = await startFakeMx({
          certificate: CERTIFICATE,
          offers: [`AUTH ${mechanism}`],
          act,
        })
        const came = await attempt({ port: mx.port, tls, login: { ...login, mechanism } })
        const [result] = came.results
        assert.ok(result?.kind === 'deferred', JSON.stringify(result))
        assert.equal(result.phase, 'AUTH')
        isInBounds(result)
        assert.ok(answers <= 8, `${answers} answers`)
        assert.equal(mx.messages.length, 0)
      })

  test('mechanisms without number', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `X-${index}-${'M'.repeat(10)}`)
    const offers = Array.from(
      { length: 50 },
      () => `AUTH ${names.slice(0, 60).join(' ')} ${'Y'.repeat(150)}`,
    )
    await using mx = await startFakeMx({ certificate: CERTIFICATE, offers })
    const [result] = (await attempt({ port: mx.port, tls, login })).results
    assert.ok(result?.kind === 'deferred')
    isInBounds(result)
  })

  test('a mechanism with a name of 11 kB', async () => {
    const offers = [`AUTH ${'Y'.repeat(11_000)} ${'Z'.repeat(1000)}`]
    await using mx = await startFakeMx({ certificate: CERTIFICATE, offers })
    const [result] = (await attempt({ port: mx.port, tls, login })).results
    assert.ok(result?.kind === 'deferred')
    isInBounds(result)
  })
})

test('EHLO that offers nonsense is no promise', async () => {
  await using mx = await startFakeMx({
    offers: [
      ...[
        'SIZE 99999999999999999999999',
        'SIZE -1',
        'LIMITS RCPTMAX=0 MAILMAX=-5',
        'PIPELINING x y',
      ],
      ...['', ' ', '8BITMIME8BITMIME', 'SIZE', '\0STARTTLS', 'X'.repeat(12_000)],
    ],
  })
  assert.deepEqual(brief(await attempt({ port: mx.port, messages: [TWO, TWO] })), [
    'delivered',
    'delivered',
  ])
})
