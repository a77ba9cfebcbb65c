/** Where an address goes, seen from outside: aliases, tags, catch-all, and what refuses mail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { ALICE, assertArrived, BOB, copiesOf, startWithUsers } from '../support/users.ts'

test('addresses', async (t) => {
  await using server = await startWithUsers({
    aliases: {
      'team@example.test': [ALICE, BOB],
      'left@example.test': [':fail: Carol has left; write to alice@example.test'],
      'noreply@example.test': [':blackhole:'],
      '*@catchall.test': [BOB],
    },
  })
  const deliver = async (id: string, ...to: string[]) => {
    const message = makeMessage({ id, to: to.join(', ') })
    await using smtp = await server.smtp()
    const reply = await smtp.send({ from: 'x@client.test', to }, message)
    assert.equal(reply.code, 250, reply.text)
    return message
  }

  await t.test('an alias delivers to each of its addresses', async () => {
    const message = await deliver('team@client.test', 'team@example.test')
    await assertArrived(server, ALICE, 'team@client.test', message)
    await assertArrived(server, BOB, 'team@client.test', message)
  })

  await t.test('somebody reached twice gets one copy', async () => {
    await deliver('twice@client.test', 'team@example.test', ALICE)
    assert.equal((await copiesOf(server, ALICE, 'twice@client.test')).length, 1)
    assert.equal((await copiesOf(server, BOB, 'twice@client.test')).length, 1)
  })

  await t.test('+tag goes to the account, in any case of letters', async () => {
    const message = await deliver('tag@client.test', 'Alice+News@EXAMPLE.test')
    await assertArrived(server, ALICE, 'tag@client.test', message)
    const [copy] = await copiesOf(server, ALICE, 'tag@client.test')
    assert.match(copy?.toString('latin1') ?? '', /^Delivered-To: alice\+news@example\.test\r$/im)
  })

  await t.test('a catch-all takes what has no name', async () => {
    const message = await deliver('catch@client.test', 'anything.at.all@catchall.test')
    await assertArrived(server, BOB, 'catch@client.test', message)
  })

  await t.test(':fail: refuses with its text', async () => {
    await using smtp = await server.smtp()
    await smtp.say('MAIL FROM:<x@client.test>', 250)
    const reply = await smtp.say('RCPT TO:<left@example.test>', 550)
    assert.match(reply.text, /Carol has left; write to alice@example\.test/)
  })

  await t.test(':blackhole: accepts, stores nothing, and the log says so', async () => {
    await deliver('hole@client.test', 'noreply@example.test')
    for (const address of [ALICE, BOB]) {
      assert.equal((await copiesOf(server, address, 'hole@client.test')).length, 0)
    }
    const [, id = ''] = await server.logged('mainlog', / (\S+) <= .* id=hole@client\.test /)
    await server.logged('mainlog', new RegExp(` ${id} => .*noreply@example\\.test`))
    await server.logged('mainlog', new RegExp(` ${id} Completed`))
  })

  await t.test('`waybill route` prints the same ways', async () => {
    const route = await server.cliOk(['route', 'team@example.test'])
    assert.match(route, /alice@example\.test/)
    assert.match(route, /bob@example\.test/)
    const unknown = await server.cli(['route', 'nobody@example.test'])
    assert.equal(unknown.status, 1, unknown.stdout)
    assert.match(unknown.stdout, /unknown/i)
  })
})
