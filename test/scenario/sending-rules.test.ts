/** Mail that waits when relays and domains change: it goes by the rules of that moment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { scriptedRelay } from '../../src/cli/testing/scripted-relay.ts'
import { findFreePorts } from '../support/free-ports.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, copiesOf, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

test('a relay that is added, changed and removed takes what waits with it', async (t) => {
  await using server = await startWithUsers()
  const dead = await freePort()
  await relay(server, 'add', 'first', dead, '--all')
  for (const n of [1, 2, 3]) await submit(server, `m${n}@client.test`, `u${n}@x${n}.example`)
  await waits(server, 3, 'relay:first')

  await t.test('the answer says how much goes by it', async () => {
    assert.match(
      await relay(server, 'add', 'other', dead, '--for-recipient', 'x1.example'),
      /^Added the relay other\..*\n1 waiting message now goes by other\.\n$/,
    )
    assert.match(
      await relay(server, 'set', 'other', dead, '--for-sender', 'example.test'),
      /^Changed the relay other\..*\n2 waiting messages now go by other\.\n$/,
    )
  })
  await t.test('what a person sent by a relay keeps it, and the relay', async () => {
    const [id = ''] = await idsWaiting(server, 'u3@x3.example')
    await server.cliOk(['queue', 'reroute', id, '--by', 'relay:first'])
    const refused = await server.cli(['relay', 'remove', 'first', '--yes'])
    assert.match(refused.stderr, /somebody sent messages by the relay first that still wait/)
  })
  await t.test('one that is removed leaves what waits to the other rules', async () => {
    await using good = await scriptedRelay()
    await relay(server, 'add', 'good', good.port, '--for-recipient', 'x2.example')
    await until(() => good.lines.includes('RCPT TO:<u2@x2.example>'), 'u2 at the new relay')
    assert.match(
      await server.cliOk(['relay', 'remove', 'other', '--yes']),
      /^Removed other\.\n1 waiting message now goes by first\.\n$/,
    )
  })
})

test('mail that waits for a domain that comes here is held, and taken in when it is released', async () => {
  await using server = await startWithUsers()
  await relay(server, 'add', 'first', await freePort(), '--all')
  const carol = 'carol@moving.example'
  const message = await submit(server, 'moved@client.test', carol)
  await waits(server, 1, 'relay:first')
  assert.match(
    await server.cliOk(['domain', 'add', 'moving.example']),
    /: 1 message held .*\n.* waybill queue release --domain moving\.example$/m,
  )
  await server.addAccount(carol, 'battery staple horse')
  await server.cliOk(['queue', 'release', '--domain', 'moving.example'])
  await server.logged('mainlog', / => carol@moving\.example .*R=mx /)
  const [copy, ...more] = await copiesOf(server, carol, 'moved@client.test')
  assert.ok(copy?.includes(message) && more.length === 0)
})

async function freePort(): Promise<number> {
  const [port] = await findFreePorts(1)
  return port ?? assert.fail('no port is free')
}

async function relay(server: Waybill, verb: string, name: string, port: number, ...rest: string[]) {
  const host = `127.0.0.1:${port}`
  return await server.cliOk(['relay', verb, name, '--host', host, '--no-check', ...rest])
}

async function submit(server: Waybill, id: string, to: string): Promise<Buffer> {
  const message = makeMessage({ id, from: ALICE, to })
  await using smtp = await server.submission(ALICE)
  const reply = await smtp.send({ from: ALICE, to: [to] }, message)
  assert.equal(reply.code, 250, reply.text)
  return message
}

interface Listed {
  readonly messageId: string
  readonly recipients: readonly { readonly destination: string; readonly state: string }[]
}

async function list(server: Waybill, ...filter: string[]): Promise<Listed[]> {
  return JSON.parse(await server.cliOk(['queue', 'list', '--json', ...filter]))
}

async function idsWaiting(server: Waybill, to: string): Promise<string[]> {
  return (await list(server, '--to', to)).map(({ messageId }) => messageId)
}

/** Each was tried once, and waits. */
async function waits(server: Waybill, messages: number, destination: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const found = (await list(server)).flatMap(({ recipients }) => recipients)
    const here = found.filter((one) => one.destination === destination && one.state === 'pending')
    if (here.length === messages) return
    await sleep(50)
  }
  assert.fail(`not in time: ${messages} at ${destination}`)
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!isSo()) {
    if (Date.now() > deadline) assert.fail(`not in time: ${what}`)
    await sleep(20)
  }
}
