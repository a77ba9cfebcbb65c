/** What becomes of open sessions when the right to them ends. */
import assert from 'node:assert/strict'
import { on } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'

import type { ImapClient } from '../support/imap-client.ts'
import { makeMessage } from '../support/message.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

const JANE = 'jane@x.test'
const BOB = 'bob@x.test'

const ENDS: readonly [name: string, args: readonly string[], input: string, says: string][] = [
  ['disabled', ['set', JANE, '--disable'], '', 'the account was disabled'],
  [
    'another password',
    ['set', JANE, '--password-stdin'],
    'another one\n',
    'the password was changed',
  ],
  ['removed', ['remove', JANE, '--yes'], '', 'the account was removed'],
]

for (const [name, args, input, says] of ENDS)
  test(`${name}: its sessions end at once, others stay`, async () => {
    await using server = await startWaybill({
      accounts: { [JANE]: 'first password', [BOB]: 'his password' },
    })
    await using selected = await server.imap(JANE)
    await selected.ok('SELECT INBOX')
    await selected.idle()
    await using unselected = await server.imap(JANE)
    await unselected.idle()
    await using waiting = await server.imap(JANE)
    await using amid = await server.imap(JANE)
    await amid.connection.write('a APPEND INBOX {2000+}\r\nSubject: half\r\n')
    await using between = await server.submission(JANE)
    await using giving = await server.submission(JANE)
    await giving.envelope({ from: '', to: [BOB] })
    await giving.say('DATA', 354)
    await giving.connection.write(`From: ${JANE}\r\nSubject: half\r\n`)
    await using other = await server.imap(BOB)

    await server.cliOk(['account', ...args], { input })
    for (const client of [selected, unselected, waiting, amid]) {
      assert.equal(await lastOf(client), `* BYE Login ended, as ${says}`)
    }
    for (const client of [between, giving]) {
      assert.equal((await client.expect(421)).text, `4.7.0 Login ended, as ${says}`)
      await client.connection.closed()
    }
    assert.equal(await other.status('INBOX', 'MESSAGES'), 0)
    await server.logged('authlog', new RegExp(`Login ended, as ${says}`))
    await server.logged('mainlog', new RegExp(`closed: login of ${JANE} ended, as ${says}`))
  })

test('another quota, or a refused change, ends nothing', async () => {
  await using server = await startWaybill({ accounts: { [JANE]: 'first password' } })
  await using client = await server.imap(JANE)
  await using submission = await server.submission(JANE)
  await server.cliOk(['account', 'set', JANE, '--quota', '1 GB', '--enable'])
  const short = await server.cli(['account', 'set', JANE, '--password-stdin'], { input: 'short\n' })
  assert.notEqual(short.status, 0)
  await client.ok('NOOP')
  await submission.say('NOOP', 250)
})

test('a FETCH whose reader is slow ends between two messages', async () => {
  await using server = await startWaybill({
    accounts: { [JANE]: 'first password' },
    plainImap: true,
  })
  const messages = await fill(server)
  await using socket = connect({ host: '127.0.0.1', port: server.ports.imapPlain })
  socket.write(`a LOGIN ${JANE} "first password"\r\nb SELECT INBOX\r\nc FETCH 1:* BODY.PEEK[]\r\n`)
  const begun = await readUntil(socket, '* 1 FETCH')
  await server.cliOk(['account', 'set', JANE, '--disable'])
  const text = begun + (await readUntil(socket, null))
  const says = 'Login ended, as the account was disabled'
  assert.ok(
    text.endsWith(`\r\n)\r\nc NO [AUTHENTICATIONFAILED] ${says}\r\n* BYE ${says}\r\n`),
    text.slice(-300),
  )
  const fetched = text.match(/^\* \d+ FETCH /gm)?.length ?? 0
  assert.ok(fetched < messages, `${fetched} messages were given`)
})

/** Much more than all buffers between server and client hold. @returns how many messages */
async function fill(server: Waybill): Promise<number> {
  await using client = await server.imap(JANE)
  await client.ok('APPEND INBOX', makeMessage({ id: 'large', bodyOctets: 200_000 }))
  await client.ok('SELECT INBOX')
  let messages = 1
  for (; messages < 512; messages *= 2) await client.ok('COPY 1:* INBOX')
  return messages
}

/** Reads until the text is there, null: to the end, and then no more. */
async function readUntil(socket: Socket, text: string | null): Promise<string> {
  let all = ''
  for await (const _ of on(socket, 'readable', { close: ['end'] })) {
    for (let chunk = read(socket); chunk !== null; chunk = read(socket)) {
      all += chunk
      if (text !== null && all.includes(text)) return all
    }
  }
  return all
}

function read(socket: Socket): string | null {
  const chunk = socket.read() as Buffer | null
  return chunk?.toString('latin1') ?? null
}

/** The last line before the connection was closed. */
async function lastOf({ connection }: ImapClient): Promise<string> {
  let last = ''
  for (let line = await connection.takeLine(); line !== null; line = await connection.takeLine())
    last = line
  return last
}
