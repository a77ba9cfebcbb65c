/** What a postmaster finds in the log after a small scenario. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'

const DATE = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`
const ID = '[0-9A-Za-z]{6}-[0-9A-Za-z]{11}-[0-9A-Za-z]{4}'

test('log files', async (t) => {
  await using server = await startWithUsers({ aliases: { 'team@example.test': [ALICE, BOB] } })

  await t.test('mainlog has the whole life of a message', async () => {
    const message = makeMessage({
      id: 'life@client.test',
      from: BOB,
      to: 'team@example.test',
      subject: 'Hello "you"',
    })
    await using smtp = await server.submission(BOB)
    await smtp.send({ from: BOB, to: ['team@example.test'] }, message)
    const arrival = await server.logged(
      'mainlog',
      new RegExp(`^${DATE} (${ID}) <= ${BOB} H=.*\\[127\\.0\\.0\\.1\\].*$`, 'm'),
    )
    const [line, id = ''] = arrival
    for (const part of [
      / P=esmtpsa /,
      / X=TLS1\.3:\S+ /,
      / A=plain:bob@example\.test /,
      / S=\d+ /,
      / id=life@client\.test /,
      / T="Hello \\"you\\"" /,
      / for team@example\.test$/,
    ]) {
      assert.match(line, part)
    }
    await server.logged('mainlog', new RegExp(`^${DATE} ${id} Completed`, 'm'))
    const log = server.log('mainlog')
    for (const address of [ALICE, BOB]) {
      const delivery = new RegExp(`^${DATE} ${id} [-=]> \\S+ <?${address}>?.*mailbox="INBOX"`, 'm')
      const short = new RegExp(`^${DATE} ${id} [-=]> .*${address}.*mailbox="INBOX"`, 'm')
      assert.ok(delivery.test(log) || short.test(log), `${address}:\n${log}`)
    }
  })

  await t.test('a refusal is in mainlog and rejectlog', async () => {
    await using smtp = await server.smtp()
    await smtp.say('MAIL FROM:<x@client.test>', 250)
    await smtp.say('RCPT TO:<nobody@example.test>', 550)
    const pattern =
      /H=\(client\.test\) \[127\.0\.0\.1\].* F=<x@client\.test> rejected RCPT <nobody@example\.test>: /
    await server.logged('mainlog', pattern)
    await server.logged('rejectlog', pattern)
  })

  await t.test('log-ins are in authlog, failed ones too', async () => {
    await using imap = await server.imap(ALICE)
    await imap.logout()
    await server.logged(
      'authlog',
      /imap-login: Login: user=<alice@example\.test>, method=PLAIN, rip=127\.0\.0\.1/i,
    )
    const smtp = await server.submission(BOB)
    await smtp.quit()
    await using bad = await SmtpClient.open(server.ports.submissions, { tls: true })
    const plain = Buffer.from(`\0${BOB}\0wrong password`).toString('base64')
    await bad.say(`AUTH PLAIN ${plain}`, 535)
    await server.logged(
      'mainlog',
      /plain authenticator failed for .*\[127\.0\.0\.1\].*: 535 .*\(set_id=bob@example\.test\)/,
    )
  })

  await t.test('`waybill log trace` tells the story of one message', async () => {
    const [, id = ''] = await server.logged(
      'mainlog',
      new RegExp(`(${ID}) <= .* id=life@client\\.test`),
    )
    for (const handle of [id, 'life@client.test']) {
      const story = await server.cliOk(['log', 'trace', handle])
      assert.match(story, new RegExp(id))
      assert.match(story, /alice@example\.test/)
      assert.match(story, /bob@example\.test/)
    }
    const none = await server.cli(['log', 'trace', 'nothing@client.test'])
    assert.equal(none.status, 1)
  })

  await t.test('`waybill log` lists it in one line', async () => {
    const list = await server.cliOk(['log'])
    assert.match(list, /bob@example\.test.*team@example\.test/)
  })

  await t.test('nobody can forge a line', async () => {
    await using smtp = await server.smtp()
    const message = makeMessage({
      id: 'forge@client.test',
      subject: 'x\r\n\t2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB <= forged',
    })
    await smtp.send({ from: 'x@client.test', to: [ALICE] }, message)
    await server.logged('mainlog', /id=forge@client\.test/)
    assert.doesNotMatch(server.log('mainlog'), /^2026-11-20 09:00:06/m)
  })

  await t.test('paniclog is empty on a healthy server', () => {
    assert.equal(server.log('paniclog'), '')
  })
})
