/** Mail to other servers: who may send it, by which way it goes, and what is kept of it here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { scriptedRelay } from '../../src/cli/testing/scripted-relay.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

const SECRET = 'correct horse battery'

test('a user’s mail goes by the relay, a stranger’s does not', async (t) => {
  await using relay = await scriptedRelay()
  await using server = await startWithUsers({
    aliases: { 'away@example.test': ['friend@else.example', BOB] },
  })
  await server.cliOk(
    [
      ...['relay', 'add', 'provider', '--host', `127.0.0.1:${relay.port}`, '--no-check', '--all'],
      ...['--user', 'waybill', '--password-stdin'],
    ],
    { input: `${SECRET}\n` },
  )
  const arrived = async (id: string) => {
    await until(() => relay.lines.some((line) => line.includes(`<${id}>`)), `${id} at the relay`)
    await server.logged('mainlog', new RegExp(` ${await idOf(server, id)} Completed`))
  }

  await t.test('a login submits to an address elsewhere', async () => {
    const message = makeMessage({ id: 'out@client.test', from: ALICE, to: 'carol@else.example' })
    await using smtp = await server.submission(ALICE)
    const reply = await smtp.send({ from: ALICE, to: ['carol@else.example', BOB] }, message)
    assert.equal(reply.code, 250, reply.text)
    await arrived('out@client.test')
    assert.ok(relay.lines.includes('RCPT TO:<carol@else.example>'))
    await server.logged(
      'mainlog',
      / => carol@else\.example .*R=relay T=\S+ S=\d+ H=\[127\.0\.0\.1\]:\d+ .*A=plain C="250 2\.0\.0 Ok: queued/,
    )
  })

  await t.test('a stranger does not', async () => {
    await using smtp = await server.smtp()
    await smtp.say('MAIL FROM:<x@client.test>', 250)
    const reply = await smtp.say('RCPT TO:<carol@else.example>', 550)
    assert.match(reply.text, /relay not permitted/)
  })

  await t.test('an alias forwards it, here and elsewhere', async () => {
    const message = makeMessage({ id: 'fwd@client.test', to: 'away@example.test' })
    await using smtp = await server.smtp()
    const reply = await smtp.send({ from: 'x@client.test', to: ['away@example.test'] }, message)
    assert.equal(reply.code, 250, reply.text)
    await arrived('fwd@client.test')
    assert.ok(relay.lines.includes('RCPT TO:<friend@else.example>'))
    await server.logged('mainlog', / => friend@else\.example <away@example\.test> /)
  })

  await t.test('`waybill route` says by which way', async () => {
    assert.match(await server.cliOk(['route', 'x@else.example']), / relay +sent by the relay prov/)
    await server.cliOk(['relay', 'set', 'provider', '--for-recipient', 'else.example'])
    assert.match(await server.cliOk(['route', 'x@other.example']), / mx +sent to the mail server/)
  })

  await t.test('the relay is tested by the running server', async () => {
    assert.match(await server.cliOk(['relay', 'test', 'provider']), /as waybill by PLAIN/)
    await using other = await scriptedRelay({ login: '535 5.7.8 no' })
    await server.cliOk(['relay', 'set', 'provider', '--host', `127.0.0.1:${other.port}`])
    const refused = await server.cli(['relay', 'test', 'provider'])
    assert.equal(refused.status, 1)
    assert.match(refused.stdout, /refuses the user waybill with this password/)
  })

  assert.ok(!`${server.output}${server.log('mainlog')}`.includes(SECRET))
})

test('who wants it has what was sent in Sent, once', async (t) => {
  await using relay = await scriptedRelay()
  await using server = await startWithUsers({})
  await server.cliOk([
    ...['relay', 'add', 'r', '--host', `127.0.0.1:${relay.port}`, '--no-check', '--all'],
  ])
  await server.cliOk(['account', 'set', ALICE, '--copy-to-sent'])
  const message = makeMessage({ id: 'kept@client.test', from: ALICE, to: 'carol@else.example' })
  await using smtp = await server.submission(ALICE)
  await smtp.send({ from: ALICE, to: ['carol@else.example', 'hidden@else.example'] }, message)
  await using imap = await server.imap(ALICE)
  await t.test('with those whom the header does not name', async () => {
    await imap.ok('SELECT Sent')
    assert.deepEqual(await imap.search('SEEN HEADER Bcc hidden@else.example'), [1])
    const octets = await imap.fetchOctets(1)
    assert.doesNotMatch(octets?.toString('latin1') ?? '', /^Bcc:.*carol/m)
  })
  await t.test('and what the client uploads too is there once', async () => {
    const appended = await imap.ok(`APPEND Sent (\\Seen) {${message.length}}`, message)
    assert.match(JSON.stringify(appended), /APPENDUID \d+ 1\]/)
    assert.equal(await imap.status('Sent', 'MESSAGES'), 1)
  })
  await t.test('and nobody elsewhere sees them', async () => {
    await until(() => relay.lines.includes('.'), 'the message at the relay')
    assert.ok(!relay.lines.some((line) => line.startsWith('Bcc:')))
  })
})

test('one account does not send to all the world', async () => {
  await using server = await startWithUsers({
    settings: { limits: { smtp: { max_outbound_per_user_per_day: 2 } } },
  })
  await using smtp = await server.submission(ALICE)
  await smtp.say(`MAIL FROM:<${ALICE}>`, 250)
  await smtp.say(`RCPT TO:<${BOB}>`, 250)
  await smtp.say('RCPT TO:<a@else.example>', 250)
  await smtp.say('RCPT TO:<b@else.example>', 250)
  const reply = await smtp.say('RCPT TO:<c@else.example>', 451)
  assert.match(reply.text, /4\.7\.1 You may send to 2 recipients on other servers in 24 hours/)
})

test('nor to many for the first time, whatever restarts in between', async () => {
  await using server = await startWithUsers({
    settings: { limits: { smtp: { max_first_time_recipients_per_user_per_day: 2 } } },
  })
  const to = async (...addresses: string[]) => {
    await using smtp = await server.submission(ALICE)
    return await smtp.send(
      { from: ALICE, to: addresses },
      makeMessage({ id: 'x@client.test', from: ALICE }),
    )
  }
  assert.equal((await to('a@else.example')).code, 250)
  await server.stop()
  await server.start()
  assert.equal((await to('A@else.example', 'b@else.example', BOB)).code, 250, 'a is known')
  await using smtp = await server.submission(ALICE)
  await smtp.say(`MAIL FROM:<${ALICE}>`, 250)
  const reply = await smtp.say('RCPT TO:<c@else.example>', 451)
  assert.match(
    reply.text,
    /You may write to 2 people for the first time in 24 hours\. Send to the others after \d{4}-\d\d-\d\d \d\d:\d\d UTC/,
  )
  await smtp.say('RCPT TO:<b@else.example>', 250)
  const shown = await server.cliOk(['account', 'show', ALICE])
  assert.match(
    shown,
    /^Sent today +to 3 recipients elsewhere of 1000\n +to 2 addresses for the first time of 2$/m,
  )
  await server.cliOk(['account', 'remove', ALICE, '--yes'])
})

/** The log's id of a message, by its Message-ID. */
async function idOf(server: Waybill, messageId: string): Promise<string> {
  const pattern = new RegExp(` (\\S+) <= .* id=${messageId.replaceAll('.', '\\.')} `)
  const [, id = ''] = await server.logged('mainlog', pattern)
  return id
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!isSo()) {
    if (Date.now() > deadline) assert.fail(`not in time: ${what}`)
    await sleep(20)
  }
}
