/** A04: whatever a message holds, what we write to other servers is one message, and nothing beside it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { FakeMx } from '../../src/smtp-client/testing/fake-mx.ts'
import { endSequences, SMUGGLED } from '../support/end-of-data.ts'
import type { SmtpClient, SmtpReply } from '../support/smtp-client.ts'
import { assertSound, startOtherServers, until } from '../support/other-servers.ts'
import { ALICE, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

const { never, always } = endSequences()
const IN_CHUNKS = [...always, '\r\n.\r\n.\r\n', '\r\n..\r\n', '\r\n.x\r\n', '\r\n.']

/** Sends messages over as few logins as the server allows: it closes after some refusals. */
class Sender implements AsyncDisposable {
  readonly #server: Waybill
  #smtp: SmtpClient | null = null
  taken = 0

  constructor(server: Waybill) {
    this.#server = server
  }

  /** @param body  what follows the header */
  async send(body: string, form: 'dots' | 'chunk'): Promise<void> {
    await this.#send(`\r\n${body}`, form)
  }

  /** @param rest  fields on the content and all that follows them; in one chunk */
  async sendWhole(rest: string): Promise<void> {
    await this.#send(rest, 'chunk')
  }

  async #send(content: string, form: 'dots' | 'chunk'): Promise<void> {
    this.#smtp ??= await this.#server.submission(ALICE)
    const smtp = this.#smtp
    await smtp.envelope({ from: ALICE, to: ['carol@else.test'] })
    const text = `From: ${ALICE}\r\nSubject: a04\r\n${content}`
    const reply =
      form === 'chunk'
        ? await smtp.bdat(Buffer.from(text, 'latin1'), true)
        : await raw(smtp, `${text}\r\n.\r\n`)
    if (reply.code === 250) this.taken++
    else await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#smtp?.[Symbol.asyncDispose]()
    this.#smtp = null
  }
}

async function raw(smtp: SmtpClient, text: string): Promise<SmtpReply> {
  await smtp.say('DATA', 354)
  await smtp.connection.write(Buffer.from(text, 'latin1'))
  return smtp.reply()
}

/** Nothing but CRLF on the wire, and no line of content with a single dot at its begin. */
function assertClean({ sessions, messages }: FakeMx, count: number, sender = IS_ALICE): void {
  assert.equal(messages.length, count)
  for (const { octets, lines } of sessions) {
    assert.doesNotMatch(octets, /(?<!\r)\n|\r(?!\n)/)
    assert.ok(!lines.some((line) => line.includes('evil')), 'a smuggled command')
    if (lines.some((line) => line.startsWith('BDAT'))) continue
    const ends = octets.match(/^\.\r$/gm) ?? []
    assert.equal(ends.length, lines.filter((line) => line === 'DATA').length)
    assert.doesNotMatch(octets, /^\.[^.\r]/m)
  }
  for (const { from, to, bareLineEnds } of messages) {
    assert.match(from, sender)
    assert.deepEqual([to, bareLineEnds], [['carol@else.test'], false])
  }
}

const IS_ALICE = /^alice@example\.test$/

/** In a message of 8 bits: what is converted has its lines made anew. */
const EIGHT_BIT = 'Content-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xbc'

const SETTINGS = {
  limits: { smtp: { error_delay: '0s', max_outbound_per_user_per_day: 0 } },
}

for (const offers of [['PIPELINING', '8BITMIME'], ['8BITMIME', 'CHUNKING'], ['8BITMIME'], []])
  test(`A04: to a server that offers ${offers.join(' and ') || 'nothing'}`, async () => {
    await using others = await startOtherServers({ 'else.test': { offers } })
    await using server = await startWithUsers({ settings: { ...others.settings, ...SETTINGS } })
    const mx = others.mx('else.test')
    await using sender = new Sender(server)
    const smuggled = SMUGGLED.replace(/\r\n\.\r\n$/, '')
    for (const sequence of never) await sender.send(`x${sequence}${smuggled}`, 'dots')
    // In a chunk the end of data is content: written as it is, it would end the message there.
    for (const sequence of IN_CHUNKS) await sender.send(`x${sequence}${SMUGGLED}`, 'chunk')
    for (const sequence of IN_CHUNKS) await sender.send(`x${sequence}`, 'chunk')
    const { taken } = sender
    assert.ok(taken > 20, `${taken} were accepted`)
    await until(() => mx.messages.length >= taken, 'all that was accepted')
    await until(() => completed(server) === taken, 'the line of each')
    assertClean(mx, taken)
    await assertSound(server)
  })

for (const offers of [['PIPELINING'], ['CHUNKING']])
  test(`A04: what is converted to 7 bits for a server that offers ${offers.join()}`, async () => {
    await using others = await startOtherServers({ 'else.test': { offers } })
    await using server = await startWithUsers({ settings: { ...others.settings, ...SETTINGS } })
    const mx = others.mx('else.test')
    await using sender = new Sender(server)
    const smuggled = SMUGGLED.replace(/\r\n\.\r\n$/, '')
    // Type, text, and an encapsulated message and a part that hold the sequence.
    const forms = [
      (sequence: string) => `${EIGHT_BIT}${sequence}${SMUGGLED}`,
      (sequence: string) =>
        `Content-Type: message/rfc822\r\n\r\n${EIGHT_BIT}${sequence}${smuggled}`,
      (sequence: string) =>
        `Content-Type: multipart/mixed; boundary=b\r\n\r\n\xfc${sequence}--b\r\n${EIGHT_BIT}${sequence}--b--${sequence}${SMUGGLED}`,
      (sequence: string) => `Content-Type: application/x-a\r\n\r\n\xfc${sequence}${SMUGGLED}`,
    ]
    for (const form of forms)
      for (const sequence of [...IN_CHUNKS, '\x85.\x85', '\r\n.\xe2\x80\xa8'])
        await sender.sendWhole(form(sequence))
    const { taken } = sender
    assert.ok(taken > 20, `${taken} were accepted`)
    // What cannot be converted comes back.
    const fates = () => server.log('mainlog').match(/ (?:=>|\*\*) carol@/g)?.length ?? 0
    await until(() => fates() === taken, 'the line of each')
    assertClean(mx, mx.messages.length)
    assert.ok(mx.messages.length >= taken / 2, `${mx.messages.length} of ${taken} were converted`)
    for (const { content } of mx.messages) assert.match(content, /^[\x00-\x7f]*$/)
    await assertSound(server)
  })

test('A04: what an alias sends on to another server', async () => {
  await using others = await startOtherServers({
    'else.test': { offers: ['PIPELINING', '8BITMIME'] },
  })
  await using server = await startWithUsers({
    settings: { ...others.settings, ...SETTINGS },
    aliases: { 'away@example.test': ['carol@else.test'] },
  })
  const mx = others.mx('else.test')
  let taken = 0
  for (const [index, sequence] of [...IN_CHUNKS, ...never].entries()) {
    await using smtp = await server.smtp()
    await smtp.envelope({ from: 'x@client.test', to: ['away@example.test'] })
    const text = `From: x@client.test\r\nSubject: a04\r\n\r\nx${sequence}${SMUGGLED}`
    const reply =
      index < IN_CHUNKS.length
        ? await smtp.bdat(Buffer.from(text, 'latin1'), true)
        : await raw(smtp, `${text.replace(/\r\n\.\r\n$/, '')}\r\n.\r\n`)
    if (reply.code === 250) taken++
  }
  assert.ok(taken > 5, `${taken} were accepted`)
  await until(() => completed(server) === taken, 'the line of each')
  // SRS: the sender is rewritten to one of ours.
  assertClean(mx, taken, /^SRS0=.*=client\.test=x@example\.test$/)
  await assertSound(server)
})

test('A04: by `waybill sendmail`', async () => {
  await using others = await startOtherServers({ 'else.test': { offers: ['8BITMIME'] } })
  await using server = await startWithUsers({ settings: others.settings })
  const mx = others.mx('else.test')
  const sequences = ['\n.\n', '\r\n.\r\n', '\r.\r', '\r\r\n.\r\r\n']
  for (const sequence of sequences) {
    const text = `From: ${ALICE}\nSubject: a04\n\nx${sequence}${SMUGGLED}`
    const input = Buffer.from(text, 'latin1')
    await server.cliOk(['sendmail', '-i', '-f', ALICE, 'carol@else.test'], { input })
  }
  await until(() => completed(server) === sequences.length, 'the line of each')
  assertClean(mx, sequences.length)
  await assertSound(server)
})

function completed(server: Waybill): number {
  return server.log('mainlog').match(/ Completed\b/g)?.length ?? 0
}
