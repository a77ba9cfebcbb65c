/** What senders are told by this server itself, and where their answers go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'

const HOST = 'mx1.provider.example'

test('who asks hears that mail is in its mailbox, and answers reach the postmaster', async (t) => {
  await using server = await startWithUsers({
    settings: { host_name: HOST },
    aliases: { 'all@example.test': [ALICE, BOB], 'postmaster@example.test': [BOB] },
  })

  await t.test('delivered and expanded, in one notice', async () => {
    await using smtp = await server.submission(ALICE)
    await smtp.say(`MAIL FROM:<${ALICE}> ENVID=QQ314159 RET=HDRS`, 250)
    await smtp.say(`RCPT TO:<${BOB}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;${BOB}`, 250)
    await smtp.say('RCPT TO:<all@example.test> NOTIFY=SUCCESS', 250)
    const message = makeMessage({ id: 'told@client.test', from: ALICE, to: BOB })
    assert.equal((await smtp.data(message)).code, 250)
    await using imap = await server.imap(ALICE)
    await imap.ok('SELECT INBOX')
    const [uid = 0, ...more] = await imap.search('FROM mailer-daemon')
    assert.deepEqual(more, [])
    const notice = (await imap.fetchOctets(uid))?.toString('latin1') ?? ''
    assert.match(notice, /^Original-Envelope-Id: QQ314159\r$/m)
    assert.match(notice, /^From: Mail Delivery System <mailer-daemon@mx1\.provider\.example>\r$/m)
    assert.deepEqual(
      [...notice.matchAll(/^Action: (.*)\r$/gm)].map(([, action]) => action),
      ['delivered', 'expanded'],
    )
  })

  await t.test('`waybill route` shows the rule', async () => {
    const route = await server.cliOk(['route', `mailer-daemon@${HOST}`])
    assert.match(route, / host .*\n.* alias .*\n.* account +delivered to bob@example\.test/)
    assert.match(await server.cliOk(['route', 'abuse@[127.0.0.1]']), / host /)
  })

  for (const [how, open] of [
    ['a stranger', () => server.smtp()],
    ['a login', () => server.submission(ALICE)],
  ] as const)
    await t.test(`from ${how}`, async () => {
      await using smtp = await open()
      for (const name of ['postmaster', 'MAILER-DAEMON', 'abuse']) {
        const message = makeMessage({
          id: `${name}.${how.length}@client.test`,
          from: ALICE,
          to: BOB,
        })
        const to = [`${name}@${HOST}`]
        const reply = await smtp.send({ from: ALICE, to }, message)
        assert.equal(reply.code, 250, reply.text)
      }
    })

  await t.test('nobody else at that name is ours', async () => {
    await using smtp = await server.smtp()
    await smtp.say('MAIL FROM:<x@client.test>', 250)
    assert.match((await smtp.say(`RCPT TO:<jane@${HOST}>`, 550)).text, /relay not permitted/)
  })
  assert.equal(server.log('paniclog'), '')
})
