import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeSelfSigned } from '../tls/self-signed.ts'
import { connect } from './connection.ts'
import { messageTo, OPTIONS, SHORT, targetOf } from './testing/attempts.ts'
import { type FakeMx, type MxScript, startFakeMx } from './testing/fake-mx.ts'
import type { OutgoingMessage, Result } from './types.ts'

async function send(
  script: MxScript,
  ...messages: readonly OutgoingMessage[]
): Promise<{
  readonly mx: FakeMx
  readonly results: readonly (readonly Result[])[]
  usable: boolean
}> {
  await using mx = await startFakeMx(script)
  const connection = await connect(targetOf(mx), OPTIONS)
  assert.ok('send' in connection)
  const results: (readonly Result[])[] = []
  for (const message of messages) results.push(await connection.send(message))
  const { usable } = connection
  await connection.close()
  return { mx, results, usable }
}

/** `delivered`, `failed 5.1.1 recipient`. */
function brief(results: readonly Result[] | undefined): string[] {
  return (results ?? []).map((result) =>
    result.kind === 'delivered' ? result.kind : `${result.kind} ${result.status} ${result.scope}`,
  )
}

const TWO = messageTo(['bob@example.net', 'carol@example.net'])
const EVERYTHING = ['PIPELINING', '8BITMIME', 'SIZE 1000000', 'DSN', 'SMTPUTF8', 'CHUNKING']

for (const offers of [['PIPELINING'], ['SIZE']])
  test(`each recipient has their own reply, ${offers[0]}`, async () => {
    const { mx, results, usable } = await send(
      {
        offers,
        act: (step, line) =>
          step === 'RCPT' && line.includes('<bob@')
            ? '550 5.1.1 <bob@example.net>: no such user'
            : null,
      },
      TWO,
      messageTo(['bob@example.net']),
      messageTo(['carol@example.net']),
    )
    assert.deepEqual(results.map(brief), [
      ['failed 5.1.1 recipient', 'delivered'],
      ['failed 5.1.1 recipient'],
      ['delivered'],
    ])
    const [bob] = results[0] ?? []
    assert.ok(bob?.kind === 'failed')
    assert.equal(
      bob.text,
      'SMTP error from remote mail server after RCPT TO:<bob@example.net>: 550 5.1.1 <bob@example.net>: no such user',
    )
    assert.equal(bob.reply, '550 5.1.1 <bob@example.net>: no such user')
    assert.deepEqual(
      mx.messages.map(({ to }) => to),
      [['carol@example.net'], ['carol@example.net']],
    )
    assert.ok(usable)
  })

test('RFC 2920 §3.1: a 354 for nobody is answered by a dot alone, and the session goes on', async () => {
  const { mx, results } = await send(
    {
      act: (step, line) => {
        if (step === 'DATA') return '354 go'
        return step === 'RCPT' && line.includes('bob') ? '550 5.1.1 no' : null
      },
    },
    messageTo(['bob@example.net']),
    messageTo(['carol@example.net']),
  )
  assert.deepEqual(results.map(brief), [['failed 5.1.1 recipient'], ['delivered']])
  assert.deepEqual(
    mx.messages.map(({ to }) => to),
    [['carol@example.net']],
  )
})

test('MAIL that is refused is the reason of every recipient', async () => {
  const { results, usable } = await send(
    { act: (step) => (step === 'MAIL' ? '550 5.7.1 not from you\n550 5.7.1 never' : null) },
    TWO,
  )
  assert.deepEqual(results.map(brief), [['failed 5.7.1 message', 'failed 5.7.1 message']])
  const [result] = results[0] ?? []
  assert.ok(result?.kind === 'failed')
  assert.equal(
    result.text,
    'SMTP error from remote mail server after pipelined MAIL FROM:<jane@example.com> SIZE=27: 550-5.7.1 not from you\n550 5.7.1 never',
  )
  assert.ok(usable)
})

test('RFC 5321 §4.5.3.1.10: too many recipients wait, and the others get the message', async () => {
  for (const words of ['452 4.5.3 too many', '552 too many recipients']) {
    const { mx, results } = await send(
      { act: (step, line) => (step === 'RCPT' && line.includes('carol') ? words : null) },
      TWO,
    )
    assert.deepEqual(results.map(brief), [['delivered', 'deferred 4.5.3 message']])
    assert.equal(mx.messages.length, 1)
  }
  const alone = await send(
    { act: (step) => (step === 'RCPT' ? '552 5.2.2 mailbox full' : null) },
    TWO,
  )
  assert.deepEqual(brief(alone.results[0]), ['failed 5.2.2 recipient', 'failed 5.2.2 recipient'])
})

test('RFC 5321 §3.8: 421 at a recipient ends the session; who was refused before it stays refused', async () => {
  const { results, usable } = await send(
    {
      act: (step, line) => {
        if (step !== 'RCPT') return null
        return line.includes('bob') ? '550 5.1.1 no' : '421 4.3.2 closing'
      },
    },
    TWO,
  )
  assert.deepEqual(results.map(brief), [['failed 5.1.1 recipient', 'deferred 4.3.2 host']])
  assert.equal(usable, false)
})

test('RFC 3461 §4, RFC 1870, RFC 6152: the parameters that are offered', async () => {
  const message = messageTo([], {
    recipients: [
      {
        address: 'bob@example.net',
        notify: 'SUCCESS,DELAY',
        original: 'rfc822;bob+2Bx@example.org',
      },
    ],
    eightBit: true,
    ret: 'HDRS',
    envelopeId: 'QQ314159',
  })
  const { mx } = await send({ offers: EVERYTHING }, message)
  assert.deepEqual(mx.sessions[0]?.lines.slice(1, 3), [
    'MAIL FROM:<jane@example.com> SIZE=27 BODY=8BITMIME RET=HDRS ENVID=QQ314159',
    'RCPT TO:<bob@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2Bx@example.org',
  ])
  const plain = await send({ offers: ['PIPELINING'] }, { ...message, eightBit: false, from: null })
  assert.deepEqual(plain.mx.sessions[0]?.lines.slice(1, 3), [
    'MAIL FROM:<>',
    'RCPT TO:<bob@example.net>',
  ])
  assert.ok(plain.results[0]?.[0]?.kind === 'delivered')
  assert.equal(plain.results[0][0].relaysNotices, false)
})

const INTERNATIONAL = messageTo(['jörg@example.net', 'bob@bücher.example'], { smtputf8: true })

test('RFC 6531 §3.4: SMTPUTF8 where it is offered', async () => {
  const { mx, results } = await send({ offers: EVERYTHING }, INTERNATIONAL)
  assert.deepEqual(results.map(brief), [['delivered', 'delivered']])
  const line = Buffer.from(mx.sessions[0]?.lines[2] ?? '', 'latin1').toString()
  assert.equal(line, 'RCPT TO:<jörg@example.net>')
  assert.match(mx.sessions[0]?.lines[1] ?? '', / SMTPUTF8$/)
})

test('RFC 6531 §3.2: without it a domain becomes A-labels, and a localpart fails', async () => {
  const { mx, results } = await send({ offers: [] }, INTERNATIONAL)
  assert.deepEqual(results.map(brief), [['failed 5.6.7 recipient', 'delivered']])
  assert.deepEqual(mx.messages[0]?.to, ['bob@xn--bcher-kva.example'])
  const header = { ...INTERNATIONAL, content: () => [Buffer.from('Subject: ü\r\n\r\nx\r\n')] }
  const refused = await send({ offers: [] }, header)
  assert.deepEqual(brief(refused.results[0]), ['failed 5.6.7 recipient', 'failed 5.6.7 message'])
})

test('what a server does not offer or is too small for is not tried', async () => {
  const cases: readonly [OutgoingMessage, string[], string][] = [
    [{ ...TWO, sizeOctets: 101 }, ['SIZE 100'], 'failed 5.3.4 message'],
    [{ ...TWO, requireTls: true }, ['REQUIRETLS'], 'failed 5.7.30 message'],
    [
      messageTo(['bob@example.net>\r\nRCPT TO:<x@y', 'a@b> NOTIFY=NEVER']),
      [],
      'failed 5.1.3 recipient',
    ],
  ]
  for (const [message, offers, expected] of cases) {
    const { mx, results, usable } = await send({ offers }, message)
    assert.deepEqual(brief(results[0]), [expected, expected])
    assert.deepEqual(mx.sessions[0]?.lines, ['EHLO client.example', 'QUIT'])
    assert.ok(usable)
  }
})

test('RFC 8689 §3: REQUIRETLS inside TLS where it is offered', async () => {
  const certificate = makeSelfSigned(['mx.example.net'])
  const { mx, results } = await send(
    { certificate, offers: ['REQUIRETLS'] },
    { ...TWO, requireTls: true },
  )
  assert.deepEqual(brief(results[0]), ['delivered', 'delivered'])
  assert.ok(mx.sessions[0]?.lines.includes('MAIL FROM:<jane@example.com> REQUIRETLS'))
})

test('RFC 9422 §4: no more recipients and messages than the server takes', async () => {
  const { results, usable } = await send({ offers: ['LIMITS RCPTMAX=1 MAILMAX=1'] }, TWO)
  assert.deepEqual(brief(results[0]), ['delivered', 'deferred 4.5.3 message'])
  assert.equal(usable, false)
})

/** Lines of a kind that nothing has to change. */
const BIG = Buffer.from(`Subject: big\r\n\r\n${'.a line\r\n'.repeat(300_000)}`)
const big = {
  ...messageTo(['bob@example.net']),
  sizeOctets: BIG.length,
  content: () => [BIG.subarray(0, 2_000_000), BIG.subarray(2_000_000)],
}

for (const offers of [['PIPELINING', 'CHUNKING'], ['CHUNKING'], ['PIPELINING']])
  test(`RFC 3030: a large message arrives whole, ${offers.join(' ')}`, async () => {
    const { mx, results } = await send({ offers }, big)
    assert.deepEqual(brief(results[0]), ['delivered'])
    assert.ok(mx.messages[0]?.content === BIG.toString('latin1'))
    const chunks = mx.sessions[0]?.lines.filter((line) => line.startsWith('BDAT')) ?? []
    assert.equal(chunks.length > 1, offers.includes('CHUNKING'))
    // The last chunk is one of the message: none is sent, and waited for, only to say that it ended.
    const sizes = chunks.map((line) => Number(line.split(' ')[1]))
    assert.ok(sizes.every((octets) => octets > 0))
    assert.deepEqual(
      chunks.map((line) => line.endsWith(' LAST')),
      chunks.map((_, index) => index === chunks.length - 1),
    )
  })

test('RFC 3030 §2: a message that fills its chunks exactly ends with the last of them', async () => {
  const octets = Buffer.alloc(2 * 1024 * 1024, '0123456789abcd\r\n')
  const content = () => [octets.subarray(0, 1024 * 1024), octets.subarray(1024 * 1024)]
  const { mx } = await send(
    { offers: ['CHUNKING'] },
    { ...big, sizeOctets: octets.length, content },
  )
  const chunks = mx.sessions[0]?.lines.filter((line) => line.startsWith('BDAT'))
  assert.deepEqual(chunks, ['BDAT 1048576', 'BDAT 1048576 LAST'])
  assert.ok(mx.messages[0]?.content === octets.toString('latin1'))
})

test('RFC 3030 §2: a refused chunk ends the message', async () => {
  const { mx, results } = await send(
    { offers: ['CHUNKING'], act: (step) => (step === 'BDAT' ? '552 5.2.2 full' : null) },
    big,
    TWO,
  )
  assert.deepEqual(results.map(brief), [['failed 5.2.2 message'], ['delivered', 'delivered']])
  assert.equal(mx.messages.length, 1)
})

test('our own message that cannot be read is never ended as if it were whole', async () => {
  for (const offers of [['PIPELINING'], ['CHUNKING']]) {
    const content = function* (): Generator<Uint8Array> {
      yield Buffer.from('Subject: half\r\n')
      throw new Error('the disk says no')
    }
    const { mx, results } = await send({ offers }, { ...big, content })
    assert.deepEqual(brief(results[0]), ['deferred 4.3.0 message'])
    assert.equal(mx.messages.length, 0)
  }
})

test('F12: a reset after the final dot: the message waits, to be sent again', async () => {
  const { results } = await send({ act: (step) => (step === 'dot' ? { kind: 'rst' } : null) }, TWO)
  assert.deepEqual(brief(results[0]), ['deferred 4.4.2 message', 'deferred 4.4.2 message'])
})

test('an aborted attempt ends at once', async () => {
  await using mx = await startFakeMx({ act: (step) => (step === 'dot' ? { kind: 'hang' } : null) })
  const controller = new AbortController()
  const connection = await connect(targetOf(mx), { ...OPTIONS, signal: controller.signal })
  assert.ok('send' in connection)
  const sending = connection.send(TWO)
  controller.abort()
  assert.deepEqual(brief(await sending), ['deferred 4.4.2 host', 'deferred 4.4.2 host'])
  assert.equal(connection.usable, false)
  const aborted = await connect(targetOf(mx), { ...OPTIONS, signal: controller.signal })
  assert.ok('failure' in aborted)
})

test('slow replies to many recipients do not add up without end', async () => {
  const recipients = Array.from({ length: 50 }, (_, index) => `r${index}@example.net`)
  await using mx = await startFakeMx({ act: (step) => (step === 'RCPT' ? { kind: 'slow' } : null) })
  const connection = await connect(targetOf(mx), { ...OPTIONS, timeouts: SHORT })
  assert.ok('send' in connection)
  const results = await connection.send(messageTo(recipients))
  assert.equal(results.length, 50)
  assert.ok(results.every(({ kind }) => kind === 'deferred'))
})
