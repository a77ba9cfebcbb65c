/** A01–A03, A09: one message stays one message, whatever it looks like. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { fakeServer } from '../../src/smtp-server/testing/fakes.ts'
import { Talk } from '../../src/smtp-server/testing/talk.ts'
import { endSequences, SMUGGLED } from '../support/end-of-data.ts'
import { codesToEnd, SmtpTarget } from '../support/smtp-target.ts'

const { never, always } = endSequences()
const START = 'Subject: first\r\n\r\ntext'

/** Sends a message that holds a sequence and a smuggled message, in segments of these sizes. */
async function attack(sequence: string, cutAt: readonly number[]) {
  await using target = await SmtpTarget.open()
  await using client = await target.envelope()
  await client.say('DATA', 354)
  const text = START + sequence + SMUGGLED
  let from = 0
  for (const at of [...cutAt, text.length]) {
    await client.connection.write(text.slice(from, at))
    from = at
    if (at < text.length) await sleep(1)
  }
  const first = await client.reply()
  const stored = [...target.stored]
  const senders = target.fake.delivery.accepted.map(({ submission }) => submission.facts.from)
  return { code: first.code, text: first.text, stored, senders }
}

test('there are 160 sequences and 9 controls', () => {
  assert.deepEqual([never.length, always.length], [160, 9])
})

test('A01: none of the 160 sequences ends a message', async () => {
  await inBatches(never, async (sequence) => {
    const name = JSON.stringify(sequence)
    const { code, text, stored, senders } = await attack(sequence, [])
    if (code === 250) {
      assert.deepEqual(senders, ['a@ext.test'], name)
      assert.match(stored[0] ?? '', /MAIL FROM:<evil@ext\.test>/, name)
    } else {
      assert.deepEqual([code, stored.length], [550, 0], name)
      assert.match(text, /^5\.5\.2 |^5\.6\.0 /, name)
    }
  })
})

test('A01: bare CR and LF are refused, and the connection ends', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.envelope()
  await client.say('DATA', 354)
  await client.connection.write(`${START}\n.\r\n${SMUGGLED}${SMUGGLED}`)
  assert.deepEqual(await codesToEnd(client.connection), [550])
  assert.equal(target.stored.length, 0)
})

test('A01: the 9 controls end the message; what follows is no message either', async () => {
  await inBatches(always, async (sequence) => {
    const name = JSON.stringify(sequence)
    const { code, senders } = await attack(sequence, [])
    assert.ok(code === 250 || code === 550, name)
    assert.ok(senders.length <= 1 && !senders.includes('evil@ext.test'), name)
  })
})

test('A02: cut anywhere in the sequence, over the wire', async () => {
  await inBatches(never, async (sequence) => {
    const whole = await attack(sequence, [])
    const cuts = [...sequence].map((_, at) => START.length + at)
    const cut = await attack(sequence, cuts)
    assert.deepEqual(
      [cut.code, cut.senders, cut.stored.map(withoutTrace)],
      [whole.code, whole.senders, whole.stored.map(withoutTrace)],
      JSON.stringify(sequence),
    )
  })
})

test('A02: every octet a segment of its own gives the same as one segment', async () => {
  const run = async (sequence: string, size: number) => {
    const { options, delivery } = fakeServer()
    const talk = await Talk.begin(options)
    await talk.codes('EHLO c', 'MAIL FROM:<a@ext.test>', 'RCPT TO:<jane@ours.test>', 'DATA')
    const text = START + sequence + SMUGGLED
    for (let at = 0; at < text.length; at += size) talk.stream.send(text.slice(at, at + size))
    await talk.settled()
    const replies = talk.stream.take()
    return { replies, stored: delivery.accepted.map(({ text }) => withoutTrace(text)) }
  }
  const compare = async (sequence: string) => {
    const [cut, whole] = await Promise.all([run(sequence, 1), run(sequence, 10_000)])
    assert.deepEqual(cut, whole, JSON.stringify(sequence))
  }
  await Promise.all(never.map(compare))
})

test('A03: the end of a message may be cut between two TLS records', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  await client.startTls()
  await client.envelope({ from: 'a@ext.test', to: ['jane@ours.test'] })
  await client.say('DATA', 354)
  await client.connection.write(`${START}\r\n.\r`)
  await sleep(20)
  await client.connection.write('\n')
  await client.expect(250)
  assert.equal(target.stored.length, 1)
})

test('A09: in a chunk the end of a message is content', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.envelope()
  const chunk = Buffer.from(`${START}\r\n.\r\n${SMUGGLED}`)
  assert.equal((await client.bdat(chunk, true)).code, 250)
  assert.equal(target.stored.length, 1)
  assert.ok(target.stored[0]?.endsWith(chunk.toString()))
})

/** Without the fields we add, in which the id and the time differ. */
function withoutTrace(text: string): string {
  return text.slice(text.indexOf('Subject:'))
}

async function inBatches<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}
