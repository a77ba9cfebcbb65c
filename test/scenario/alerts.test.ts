/** The server tells by itself what is wrong, once, and that it is over, once. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { web } from '../../src/alerts/testing/web.ts'
import { type Memory, readMemory } from '../../src/alerts/rows.ts'
import { SqliteConnection } from '../../src/db/sqlite.ts'
import { scriptedRelay } from '../../src/cli/testing/scripted-relay.ts'
import { ImapClient, quoted } from '../support/imap-client.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

const SETTINGS = {
  alerts: { enabled: true, every: '1 s', mail_to: [BOB], limits: { disk_percent: 100 } },
}

test('a relay that refuses our login is told by mail once, and that it takes it again once', async () => {
  const password = 'no longer this one'
  await using refusing = await scriptedRelay({ login: `535 5.7.8 not ${password}` })
  await using taking = await scriptedRelay()
  await using server = await startWithUsers({ settings: SETTINGS })
  const at = ({ port }: { readonly port: number }) => ['--host', `127.0.0.1:${port}`]
  await server.cliOk(
    [
      ...['relay', 'add', 'prov', ...at(refusing), '--no-check', '--all'],
      ...['--user', 'waybill', '--password-stdin'],
    ],
    { input: `${password}\n` },
  )
  await submit(server, 'first')
  const [fired = ''] = await mails(server, 1)
  assert.match(
    fired,
    /^Subject: \[FIRING\] mail\.example\.test: the relay prov refuses our login\r$/m,
  )
  assert.match(fired, /^Auto-Submitted: auto-generated\r$/m)
  assert.match(fired, /All mail that goes by it waits\./)
  assert.match(fired, /seen: .*535 5\.7\.8/)
  assert.match(fired, /waybill --config \S+ relay set prov --password-stdin/)
  assert.ok(!fired.includes(password))
  await server.logged(
    'mainlog',
    / alert told by mail: \[FIRING\] .*the relay prov refuses our login\n/,
  )

  const failing = memoryOf(server)
  assert.equal(failing.deliveredMs, null)
  assert.ok(failing.failingSinceMs !== null, 'the failed try was heard of')

  // It goes on for several looks: nobody is told again, neither by the line in paniclog.
  await sleep(3_500)
  assert.equal((await mails(server, 1)).length, 1)
  const listed = await server.cli(['alerts', 'list'])
  assert.equal(listed.status, 1)
  assert.match(
    listed.stdout,
    /\[FIRING\] the relay prov refuses our login\n {4}relay-login, prov: began .*, told/,
  )

  await server.cliOk(['relay', 'set', 'prov', ...at(taking), '--password-stdin'], {
    input: 'another one\n',
  })
  const [, resolved = ''] = await mails(server, 2)
  assert.match(
    resolved,
    /^Subject: \[RESOLVED\] mail\.example\.test: the relay prov refuses our login\r$/m,
  )
  await sleep(2_500)
  assert.equal((await mails(server, 2)).length, 2)
  const delivered = memoryOf(server)
  assert.ok(delivered.deliveredMs !== null && delivered.failingSinceMs === null)
  assert.match(await server.cliOk(['alerts', 'list']), /^Nothing is wrong\.\n/)
  assert.match(await server.cliOk(['alerts', 'list', '--all']), /\[RESOLVED\] the relay prov/)
})

test('a server that is killed goes on where it was; a snooze holds back, and what waits is told after it', async () => {
  await using server = await startWithUsers({ settings: SETTINGS })
  const panic = join(server.dataFolder, 'log', 'paniclog')
  writeFileSync(panic, '2026-11-21 10:00:00 something is very wrong\n')
  const [fired = ''] = await mails(server, 1)
  assert.match(fired, /paniclog is not empty/)
  assert.match(fired, /seen: 2026-11-21 10:00:00 something is very wrong/)
  await server.kill()
  await server.start()
  await sleep(2_500)
  assert.equal((await mails(server, 1)).length, 1)
  await server.cliOk(['alerts', 'snooze', 'paniclog', '--for', '1h'])
  writeFileSync(panic, '')
  await sleep(3_500)
  assert.equal((await mails(server, 1)).length, 1)
  await server.cliOk(['alerts', 'unsnooze', 'paniclog'])
  const [, resolved = ''] = await mails(server, 2)
  assert.match(resolved, /^Subject: \[RESOLVED\] .*: paniclog is not empty/m)
})

test('alerts test tries every way, and wants one that does not go through our own queue', async () => {
  await using server = await startWithUsers({ settings: SETTINGS })
  const alone = await server.cli(['alerts', 'test'])
  assert.equal(alone.status, 1)
  assert.match(
    alone.stdout,
    /✓ mail: sent\n\nOnly mail to bob@example\.test works\. It goes through/,
  )
  const program = join(server.folder, 'told')
  const got = join(server.folder, 'got.json')
  writeFileSync(program, `#!/bin/sh\ncat > '${got}'\n`)
  chmodSync(program, 0o755)
  server.configure({ alerts: { ...SETTINGS.alerts, command: [program] } })
  await server.cliOk(['reload'])
  assert.match(await server.cliOk(['alerts', 'test']), /^✓ mail: sent\n✓ command: sent\n$/)
  const { kind, host } = JSON.parse(readFileSync(got, 'utf8'))
  assert.deepEqual([kind, host], ['test', 'mail.example.test'])
  server.configure({ alerts: { ...SETTINGS.alerts, command: [`${program}.gone`] } })
  await server.cliOk(['reload'])
  const broken = await server.cli(['alerts', 'test'])
  assert.equal(broken.status, 1)
  assert.match(broken.stdout, /✗ command: \S+ cannot be run: it does not exist/)
  assert.ok(existsSync(got))
})

test('killed while a webhook takes it, the server tells once more and says so, and never again', async () => {
  let isHanging = true
  await using hook = await web((response) => {
    if (!isHanging) response.writeHead(204).end()
  })
  const webhooks = [{ name: 'desk', url: hook.url, timeout: '60 s' }]
  const alerts = { ...SETTINGS.alerts, mail: false, webhooks }
  await using server = await startWithUsers({ settings: { alerts } })
  const panic = join(server.dataFolder, 'log', 'paniclog')
  writeFileSync(panic, '2026-11-21 10:00:00 PANIC: something is very wrong\n')
  const posts = async (count: number) => {
    for (const giveUpMs = Date.now() + 30_000; hook.came.length < count; await sleep(50))
      assert.ok(Date.now() < giveUpMs, `${hook.came.length} posts\n${server.output}`)
    return hook.came.map(({ body }) => JSON.parse(body))
  }
  for (const times of [1, 2]) {
    await posts(times)
    await server.kill()
    await server.start()
  }
  isHanging = false
  await sleep(3_500)
  writeFileSync(panic, '')
  const told = await posts(3)
  assert.deepEqual(
    told.map(({ kind, alerts: [alert] }) => [kind, alert.rule, alert.perhapsToldBefore]),
    [
      ['firing', 'paniclog', false],
      ['firing', 'paniclog', true],
      ['resolved', 'paniclog', false],
    ],
  )
})

test('logins that fail for one account are told, with where they come from', async () => {
  const limits = { ...SETTINGS.alerts.limits, failed_logins: 2 }
  await using server = await startWithUsers({
    settings: { alerts: { ...SETTINGS.alerts, limits } },
  })
  for (let times = 0; times < 3; times++) {
    await using imap = await ImapClient.open(server.ports.imaps, { tls: true })
    const { status } = await imap.command(`LOGIN ${quoted(ALICE)} "a wrong password"`)
    assert.equal(status, 'NO')
  }
  const [fired = ''] = await mails(server, 1)
  assert.match(fired, /^Subject: \[FIRING\] .*: more than 2 logins of alice@example\.test failed/m)
  assert.match(fired, /seen: 3 failed logins/)
  assert.match(fired, /seen: from this machine/)
})

/** What a restart would find of whether mail goes. */
function memoryOf(server: Waybill): Memory {
  using database = new SqliteConnection(join(server.dataFolder, 'mail.db'), { readOnly: true })
  return database.run(readMemory())
}

/** What Bob has of alerts, the oldest first; waits until there are so many. */
async function mails(server: Waybill, count: number): Promise<string[]> {
  await using imap = await server.imap(BOB)
  await imap.ok(`SELECT INBOX`)
  const search = `HEADER Subject ${quoted('mail.example.test:')}`
  const giveUpMs = Date.now() + 30_000
  for (;;) {
    await imap.ok('NOOP')
    const uids = await imap.search(search)
    if (uids.length >= count || Date.now() > giveUpMs) {
      assert.ok(
        uids.length >= count,
        `${uids.length} mails:\n${server.log('mainlog')}\n${server.output}`,
      )
      const texts: string[] = []
      for (const uid of uids) texts.push(String(await imap.fetchOctets(uid)))
      return texts.map((text) => text.replace(/=\r\n|\r\n(?=[ \t])/g, ''))
    }
    await sleep(200)
  }
}

async function submit(server: Waybill, name: string): Promise<void> {
  const to = `${name}@else.example`
  await using smtp = await server.submission(ALICE)
  const message = makeMessage({ id: `${name}@client.test`, from: ALICE, to })
  const reply = await smtp.send({ from: ALICE, to: [to] }, message)
  assert.equal(reply.code, 250, reply.text)
}
