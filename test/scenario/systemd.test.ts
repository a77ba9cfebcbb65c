/** What systemd is told of a real server, and when it hears nothing more and would restart it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { SqliteConnection } from '../../src/db/sqlite.ts'
import { makeMessage } from '../support/message.ts'
import { NotifySocket } from '../support/notify-socket.ts'
import { missingPrograms } from '../support/programs.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import { startWaybill } from '../support/waybill.ts'

const skip = missingPrograms('systemd-notify', 'python3')
const USER = 'jane@systemd.test'

/** The shortest that is not yet busy with saying so. */
const WATCHDOG_USEC = 1_500_000

test('READY, WATCHDOG, RELOADING, READY, STOPPING: in this order, of this process', {
  skip,
}, async () => {
  using folder = makeTempFolder()
  await using systemd = new NotifySocket(folder.path)
  await systemd.open()
  await using server = await startWaybill({ within: watched(systemd) })
  await systemd.hears('WATCHDOG=1', 1)
  server.signal('SIGHUP')
  await systemd.hears('READY=1', 1)
  assert.equal((await server.stop()).code, 0)
  await systemd.hears('STOPPING=1')
  const words = systemd.said.map((one) => /^(READY|RELOADING|STOPPING)=1$/m.exec(one)?.[1] ?? '')
  assert.deepEqual(
    words.filter((word) => word !== ''),
    ['READY', 'RELOADING', 'READY', 'STOPPING'],
  )
  assert.match(systemd.said[0] ?? '', /^READY=1$/m)
  assert.match(systemd.said[0] ?? '', new RegExp(`^MAINPID=${server.pid}$`, 'm'))
  const reloading = systemd.said.find((one) => one.includes('RELOADING=1')) ?? ''
  assert.match(reloading, /^MONOTONIC_USEC=\d+$/m)
  assert.match(
    systemd.said.join('\n'),
    /^STATUS=serving mail; event loop \d+ ms late, \d+ writes waiting$/m,
  )
})

test('while another program holds the database, writes wait and the watchdog is not fed', {
  skip,
}, async () => {
  using folder = makeTempFolder()
  await using systemd = new NotifySocket(folder.path)
  await systemd.open()
  await using server = await startWaybill({
    within: watched(systemd),
    accounts: { [USER]: 'a long enough password' },
  })
  await systemd.hears('WATCHDOG=1')
  let fed: number
  {
    using thief = new SqliteConnection(join(server.dataFolder, 'mail.db'), { readOnly: false })
    thief.exec('BEGIN IMMEDIATE')
    const sending = send(server.ports.smtp)
    await systemd.hears('STATUS=not well: writes wait, and none reaches the disk')
    fed = systemd.count('WATCHDOG=1')
    thief.exec('ROLLBACK')
    await sending
  }
  await systemd.hears('WATCHDOG=1', fed)
  assert.match(server.output, /the watchdog is not fed: writes wait/)
  assert.match(server.output, /the server is well again/)
})

async function send(port: number): Promise<void> {
  await using client = await SmtpClient.open(port)
  const options = { from: 'a@elsewhere.test', to: USER, id: 'waits', bodyOctets: 100 }
  await client.send({ from: options.from, to: [USER] }, makeMessage(options))
}

function watched({ path }: NotifySocket): readonly string[] {
  return ['env', `NOTIFY_SOCKET=${path}`, `WATCHDOG_USEC=${WATCHDOG_USEC}`]
}
