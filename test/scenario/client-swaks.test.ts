import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { missingPrograms, run } from '../support/programs.ts'
import { ALICE, assertArrived, BOB, copiesOf, startWithUsers } from '../support/users.ts'

test('swaks', { skip: missingPrograms('swaks') }, async (t) => {
  await using server = await startWithUsers()
  const swaks = (port: number, ...args: readonly string[]) =>
    run('swaks', [
      '--server',
      '127.0.0.1',
      '--port',
      String(port),
      '--ehlo',
      'client.test',
      ...args,
    ])
  const messageFile = (id: string) => {
    const message = makeMessage({ id, from: BOB, to: ALICE })
    const file = join(server.folder, id)
    writeFileSync(file, message.subarray(0, -2)) // swaks ends the last line itself
    return { message, file }
  }
  const auth = (mechanism: string) => [
    ...['--auth', mechanism, '--auth-user', BOB, '--auth-password', server.passwordOf(BOB)],
    ...['--from', BOB, '--to', ALICE],
  ]

  await t.test('delivers from outside, byte-exact', async () => {
    const { message, file } = messageFile('swaks-1@client.test')
    const ran = await swaks(
      server.ports.smtp,
      ...['--from', 'x@client.test', '--to', ALICE, '--data', `@${file}`],
    )
    assert.equal(ran.status, 0, ran.stdout)
    await assertArrived(server, ALICE, 'swaks-1@client.test', message)
  })

  await t.test('delivers over STARTTLS on the port for servers', async () => {
    const { message, file } = messageFile('swaks-2@client.test')
    const ran = await swaks(
      server.ports.smtp,
      ...['--tls', '--from', '<>', '--to', ALICE, '--data', `@${file}`],
    )
    assert.equal(ran.status, 0, ran.stdout)
    await assertArrived(server, ALICE, 'swaks-2@client.test', message)
  })

  for (const [mechanism, tls] of [
    ['PLAIN', '--tlsc'],
    ['LOGIN', '--tlsc'],
    ['PLAIN', '--tls'],
    ['LOGIN', '--tls'],
  ] as const) {
    await t.test(`submits with AUTH ${mechanism} over ${tls}`, async () => {
      const id = `swaks-${mechanism}${tls}@client.test`
      const { message, file } = messageFile(id)
      const port = tls === '--tlsc' ? server.ports.submissions : server.ports.submission
      const ran = await swaks(port, tls, ...auth(mechanism), '--data', `@${file}`)
      assert.equal(ran.status, 0, ran.stdout)
      await assertArrived(server, ALICE, id, message)
    })
  }

  await t.test('is told that nobody of that name is here', async () => {
    const ran = await swaks(
      server.ports.smtp,
      ...['--from', 'x@client.test', '--to', 'nobody@example.test'],
    )
    assert.equal(ran.status, 24, ran.stdout)
    assert.match(ran.stdout, /<\*\* +550 5\.1\.1 /)
  })

  await t.test('cannot submit without logging in, nor relay', async () => {
    const bare = await swaks(server.ports.submissions, '--tlsc', '--from', BOB, '--to', ALICE)
    assert.match(bare.stdout, /<~\*+ +530 5\.7\.0 /)
    const relay = await swaks(
      server.ports.smtp,
      ...['--from', 'x@client.test', '--to', 'someone@elsewhere.test'],
    )
    assert.match(relay.stdout, /<\*\* +55\d 5\.7\.1 /)
  })

  await t.test('pipelines a message to two recipients', async () => {
    const { message, file } = messageFile('swaks-pipe@client.test')
    const ran = await swaks(
      server.ports.smtp,
      ...['--pipeline', '--from', 'x@client.test', '--to', `${ALICE},${BOB}`],
      ...['--data', `@${file}`],
    )
    assert.equal(ran.status, 0, ran.stdout)
    await assertArrived(server, ALICE, 'swaks-pipe@client.test', message)
    assert.equal((await copiesOf(server, BOB, 'swaks-pipe@client.test')).length, 1)
  })
})
