/** What an operator does to a server, and what happens when something is in the way. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from 'node:events'
import { connect } from 'node:tls'

import { ImapClient } from '../support/imap-client.ts'
import { makeMessage } from '../support/message.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { ALICE, BOB, copiesOf, startWithUsers } from '../support/users.ts'
import { startWaybill } from '../support/waybill.ts'

test('a data folder that another server holds is refused with its process id', async () => {
  await using server = await startWaybill()
  await using second = await startWaybill({ dataFolder: server.dataFolder, start: false })
  second.launch()
  assert.ok(await second.hasEnded(10_000), `it still runs:\n${second.output}`)
  const { code } = await second.exited
  assert.equal(code, 2, second.output)
  assert.match(second.output, new RegExp(`\\b${server.pid}\\b`))
  await using smtp = await server.smtp()
  await smtp.quit()
})

test('a busy port is named, and nothing is half started', async () => {
  await using server = await startWaybill({ start: false })
  const other = createServer()
  other.listen(server.ports.imap, '127.0.0.1')
  await once(other, 'listening')
  try {
    server.launch()
    assert.ok(await server.hasEnded(10_000), `it still runs:\n${server.output}`)
    const { code } = await server.exited
    assert.equal(code, 2, server.output)
    assert.match(server.output, new RegExp(`\\b${server.ports.imap}\\b`))
  } finally {
    other.close()
  }
  await server.start()
})

test('a crash leaves nothing that hinders the next start', async () => {
  await using server = await startWithUsers()
  await using smtp = await server.smtp()
  const message = makeMessage({ id: 'crash@client.test', to: ALICE })
  await smtp.send({ from: BOB, to: [ALICE] }, message)
  await server.kill()
  await server.start()
  assert.equal((await copiesOf(server, ALICE, 'crash@client.test')).length, 1)
})

test('SIGTERM', async (t) => {
  await using server = await startWithUsers()

  await t.test('lets a message in transfer finish, or refuses it; never half', async () => {
    await using smtp = await server.smtp()
    await using imap = await server.imap(ALICE)
    await imap.ok('SELECT INBOX')
    await imap.idle()
    await smtp.envelope({ from: BOB, to: [ALICE] })
    await smtp.say('DATA', 354)
    const message = makeMessage({ id: 'term@client.test', to: ALICE })
    await smtp.connection.write(message.subarray(0, 300))
    server.signal('SIGTERM')
    await imap.awaitUntagged(/^\* BYE/)
    await smtp.connection.write(message.subarray(300)).catch(() => undefined)
    await smtp.connection.write('.\r\n').catch(() => undefined)
    const line = await smtp.connection.takeLine().catch(() => null)
    const { code } = await server.exited
    assert.equal(code, 0, server.output)
    await server.start()
    const copies = await copiesOf(server, ALICE, 'term@client.test')
    t.diagnostic(`the client read: ${line}`)
    if (line?.startsWith('250')) assert.equal(copies.length, 1)
    else assert.match(line ?? '421', /^4\d\d/)
  })

  await t.test('takes no new connection, and ends idle ones with 421 and BYE', async () => {
    await using smtp = await server.smtp()
    await using imap = await server.imap(ALICE)
    server.signal('SIGTERM')
    await smtp.expect(421)
    await imap.awaitUntagged(/^\* BYE/)
    assert.equal((await server.exited).code, 0)
    await assert.rejects(server.smtp())
  })
})

test('SIGHUP', async (t) => {
  await using server = await startWithUsers()

  await t.test('a configuration with a mistake is refused, and the old one stays', async () => {
    const good = readFileSync(server.configFile, 'utf8')
    writeFileSync(server.configFile, `hostname = "typo"\n${good}`)
    const printed = server.output.length
    server.signal('SIGHUP')
    while (
      !/hostname/.test(
        server.output.slice(printed) + server.log('paniclog') + server.log('mainlog'),
      )
    ) {
      await sleep(20)
    }
    await using smtp = await server.smtp()
    assert.ok(smtp.extensions.size > 0)
    writeFileSync(server.configFile, good)
  })

  await t.test('a new limit holds for new connections', async () => {
    server.configure({ limits: { message: { max_size: '1 MiB' } } })
    server.signal('SIGHUP')
    for (;;) {
      await using smtp = await server.smtp()
      if (smtp.extensions.get('SIZE') === String(2 ** 20)) break
      await sleep(50)
    }
  })
})

test('certificates are taken from their files, by host name, and again when they change', {
  skip: missingPrograms('openssl'),
}, async (t) => {
  await using server = await startWithUsers({ start: false })
  const certificate = async (name: string, subject: string) => {
    const ran = await run(findProgram('openssl') ?? 'openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${name}`],
      ...[
        '-keyout',
        join(server.folder, `${name}.key`),
        '-out',
        join(server.folder, `${name}.crt`),
      ],
    ])
    assert.equal(ran.status, 0, ran.stderr)
    await run('chmod', ['600', join(server.folder, `${name}.key`)])
    return {
      hosts: [name],
      cert: join(server.folder, `${name}.crt`),
      key: join(server.folder, `${name}.key`),
    }
  }
  const first = await certificate('mail.example.test', 'first')
  const second = await certificate('mail.other.test', 'second')
  server.configure({ tls: { certificates: [first, second] } })
  await server.start()
  const subjectFor = async (servername: string) => {
    const socket = connect({
      host: '127.0.0.1',
      port: server.ports.imaps,
      servername,
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect')
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return subject.CN
  }

  await t.test('SNI chooses', async () => {
    assert.equal(await subjectFor('mail.example.test'), 'first')
    assert.equal(await subjectFor('mail.other.test'), 'second')
    assert.equal(await subjectFor('unknown.test'), 'first')
  })

  await t.test('a changed file is served without a restart, and sessions stay', async () => {
    await using imap = await ImapClient.open(server.ports.imaps, { tls: true })
    await certificate('mail.other.test', 'renewed')
    const deadline = Date.now() + 20_000
    while ((await subjectFor('mail.other.test')) !== 'renewed') {
      assert.ok(Date.now() < deadline, 'still the old certificate')
      await sleep(100)
    }
    await imap.ok('NOOP')
  })
})

test('accounts can be changed', async (t) => {
  await using server = await startWaybill({ accounts: { [ALICE]: 'correct horse battery' } })

  await t.test('while the server runs: the new account works at once', async () => {
    await server.addAccount(BOB, 'a second password')
    await using smtp = await server.smtp()
    const message = makeMessage({ id: 'new@client.test', to: BOB })
    assert.equal((await smtp.send({ from: 'x@client.test', to: [BOB] }, message)).code, 250)
    assert.equal((await copiesOf(server, BOB, 'new@client.test')).length, 1)
  })

  await t.test('while it is stopped', async () => {
    await server.stop()
    await server.addAccount('carol@example.test', 'a third password')
    assert.match(await server.cliOk(['account', 'list']), /carol@example\.test/)
    await server.start()
    await using imap = await server.imap('carol@example.test')
    await imap.logout()
  })

  await t.test('a second one of the same name is refused in one sentence', async () => {
    const ran = await server.cli(['account', 'add', BOB], { input: 'whatever it is\n' })
    assert.notEqual(ran.status, 0)
    assert.match(ran.stderr, /bob@example\.test/)
    assert.equal(ran.stderr.trim().split('\n').length, 1, ran.stderr)
  })

  await t.test('a removed account is refused at RCPT and at log-in', async () => {
    await server.cliOk(['account', 'remove', BOB, '--yes'])
    await using smtp = await server.smtp()
    await smtp.say('MAIL FROM:<x@client.test>', 250)
    await smtp.say(`RCPT TO:<${BOB}>`, 550)
    await using client = await SmtpClient.open(server.ports.submissions, { tls: true })
    const plain = Buffer.from(`\0${BOB}\0a second password`).toString('base64')
    await client.say(`AUTH PLAIN ${plain}`, 535)
  })
})
