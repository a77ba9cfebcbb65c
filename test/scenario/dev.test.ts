import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { makeMessage } from '../support/message.ts'
import { missingPrograms, run } from '../support/programs.ts'
import { assertArrived, BOB, copiesOf } from '../support/users.ts'
import { startWaybill } from '../support/waybill.ts'

const OUTBOX = 'outbox@example.test'
const ALICE = 'alice@example.test'

test('waybill dev', async (t) => {
  await using server = await startWaybill({ mode: 'dev' })

  await t.test('prints who can log in, what listens and what to try', async () => {
    while (!server.output.includes('Ctrl-C')) await sleep(10)
    for (const port of Object.values(server.ports).filter((port) => port > 0))
      assert.match(server.output, new RegExp(`\\b${port}\\b`))
    for (const [address, password] of server.passwords) {
      assert.ok(server.output.includes(address), address)
      assert.ok(server.output.includes(password))
    }
    assert.match(server.output, /curl .*\s+smtp:/)
    assert.match(server.output, /curl .*imap/)
    // Not ./var: the command has to say which folder.
    assert.match(server.output, /waybill log --data \S+$/m)
    for (const line of server.output.split('\n')) assert.ok(line.length <= 100, line)
  })

  await t.test(
    'the three commands it prints do what they say',
    {
      skip: missingPrograms('curl'),
    },
    async () => {
      const printed = async (name: string) => {
        const [, command = ''] =
          new RegExp(`^${name} +((?:.*\\\\\n)*.*)$`, 'm').exec(server.output) ?? []
        const ran = await run('sh', ['-c', `cd ${server.folder} && ${command}`])
        assert.equal(ran.status, 0, `${command}: ${ran.stderr}`)
        return ran.stdout
      }
      await printed('send')
      assert.match(await printed('read'), /^Subject: Hello\r$[\s\S]*^It works\.\r$/m)
      await server.logged('mainlog', / Completed/)
      assert.match(await printed('ask'), /me@example\.com +→ +alice@example\.test +delivered/)
    },
  )

  await t.test('mail to other domains is caught, and never leaves', async () => {
    const message = makeMessage({
      id: 'out@client.test',
      from: ALICE,
      to: 'someone@elsewhere.test',
    })
    await using smtp = await server.submission(ALICE)
    const reply = await smtp.send({ from: ALICE, to: ['someone@elsewhere.test', BOB] }, message)
    assert.equal(reply.code, 250)
    await assertArrived(server, OUTBOX, 'out@client.test', message)
    await assertArrived(server, BOB, 'out@client.test', message)
  })

  await t.test('a second start keeps mail and passwords', async () => {
    const before = new Map(server.passwords)
    await server.stop()
    await server.start()
    for (const [address, password] of before) assert.equal(server.passwordOf(address), password)
    assert.equal((await copiesOf(server, OUTBOX, 'out@client.test')).length, 1)
  })

  await t.test('Ctrl-C stops it cleanly', async () => {
    server.signal('SIGINT')
    assert.deepEqual(await server.exited, { code: 0, signal: null })
  })
})

test('waybill dev --json says in one line what a test must know', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-dev-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const ports = ['smtp', 'submission', 'submissions', 'imap', 'imaps']
  const args = [
    'dev',
    '--json',
    '--data',
    folder,
    ...ports.flatMap((name) => [`--${name}-port`, '0']),
  ]
  const env = { ...process.env, WAYBILL_NODE: process.execPath }
  const dev = spawn(join(import.meta.dirname, '../../bin/waybill'), args, {
    ...{ env, stdio: ['ignore', 'pipe', 'inherit'] as const },
  })
  let said = ''
  for await (const chunk of dev.stdout) {
    said += String(chunk)
    if (said.includes('\n')) break
  }
  const { listeners, accounts, outbox, certificate, dataFolder, processId } = JSON.parse(said)
  dev.kill('SIGTERM')
  const [code] = await once(dev, 'exit')
  assert.equal(code, 0)
  assert.deepEqual(
    listeners.map(({ name }: { name: string }) => name),
    ports,
  )
  for (const { port } of listeners) assert.ok(port > 0)
  assert.equal(accounts.length, 3)
  assert.equal(accounts[2].address, outbox)
  assert.match(accounts[0].password, /^[\w-]{12}$/)
  assert.match(readFileSync(certificate, 'latin1'), /BEGIN CERTIFICATE/)
  assert.equal(dataFolder, folder)
  assert.equal(processId, dev.pid)
})
