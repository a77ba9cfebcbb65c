/** The doctor at a real server: nothing to say of a healthy one, and each real fault is said. */
import assert from 'node:assert/strict'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { scriptedRelay } from '../../src/cli/testing/scripted-relay.ts'
import type { Finding } from '../../src/doctor/types.ts'
import { ImapClient } from '../support/imap-client.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

const GROUPS = 'queue,log,authentication,storage,backups'
/** In a file of its own. */
const LARGE = 200_000
/** Of the machine that the test runs on. */
const OF_MACHINE = new Set(['storage.disk', 'storage.inodes', 'storage.fsync'])

test('a healthy server with mail has nothing wrong', async () => {
  await using server = await startWithUsers({})
  await submit(server, BOB, LARGE)
  await server.logged('mainlog', / Completed/)
  const found = await examined(server)
  assert.deepEqual(
    found.filter(isTrouble).map(({ summary }) => summary),
    [],
  )
  const passed = found.filter(({ verdict }) => verdict === 'ok').map(({ check }) => check)
  for (const check of [
    'queue.blocked',
    'log.errors',
    'authentication.wrong',
    'storage.integrity',
    'storage.blobs',
  ])
    assert.ok(passed.includes(check), `${check} was looked at`)
})

test('real faults of a running server are found, with what to type, and without secrets', async () => {
  const password = 'of the relay, secret'
  await using relay = await scriptedRelay({ login: `535 5.7.8 not ${password}` })
  await using server = await startWithUsers({})
  await server.cliOk(
    [
      ...['relay', 'add', 'prov', '--host', `127.0.0.1:${relay.port}`, '--no-check', '--all'],
      ...['--user', 'waybill', '--password-stdin'],
    ],
    { input: `${password}\n` },
  )
  await submit(server, 'out@else.example', 1000)
  await server.logged('paniclog', /refuses our login/)
  await submit(server, BOB, LARGE)
  for (let at = 0; at < 11; at++)
    await assert.rejects(ImapClient.login(server.ports.imaps, ALICE, 'wrong password'))
  await server.addAlias('info@example.test', [BOB])
  await server.cliOk(['account', 'set', BOB, '--disable'])
  for (const blob of filesBelow(join(server.dataFolder, 'blobs'))) rmSync(blob)
  const found = (await examined(server)).filter(isTrouble)
  const said = new Map(found.map((finding) => [finding.check, finding]))
  assert.deepEqual([...said.keys()].sort(), [
    'authentication.disabled',
    'authentication.failures',
    'log.errors',
    'log.panic',
    'queue.blocked',
    'storage.blobs',
  ])
  assert.match(said.get('queue.blocked')?.summary ?? '', /the relay prov refuses our login/)
  assert.match(said.get('authentication.failures')?.summary ?? '', /11 logins for alice@/)
  for (const { check, remedy, evidence } of found) {
    assert.ok(
      remedy.some(({ command }) => command !== null),
      `${check} says what to type`,
    )
    assert.ok(evidence.length > 0)
  }
  for (const secret of [password, Buffer.from(password).toString('base64')])
    assert.ok(!JSON.stringify(found).includes(secret))
})

async function examined(server: Waybill): Promise<readonly Finding[]> {
  const { stdout } = await server.cli(['doctor', '--only', GROUPS, '--json'])
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
  return findings.filter(({ check }) => !OF_MACHINE.has(check))
}

function isTrouble({ verdict }: Finding): boolean {
  return verdict === 'warning' || verdict === 'failing'
}

async function submit(server: Waybill, to: string, bodyOctets: number): Promise<void> {
  await using smtp = await server.submission(ALICE)
  const message = makeMessage({ id: `${bodyOctets}@client.test`, from: ALICE, to, bodyOctets })
  const reply = await smtp.send({ from: ALICE, to: [to] }, message)
  assert.equal(reply.code, 250, reply.text)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}
