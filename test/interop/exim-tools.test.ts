/** The tools postmasters already have must read our log as their own. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { scriptedRelay } from '../../src/cli/testing/scripted-relay.ts'
import { findFreePorts } from '../support/free-ports.ts'
import type { Waybill } from '../support/waybill.ts'
import { logFor, versionOf } from '../support/exim-tools.ts'
import { makeMessage } from '../support/message.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'

const MESSAGES = 5

test("Exim's log tools", { skip: missingPrograms('exigrep', 'eximstats') }, async (t) => {
  await using server = await startWithUsers({ aliases: { 'team@example.test': [ALICE, BOB] } })
  await using smtp = await server.smtp()
  for (let number = 1; number <= MESSAGES; number++) {
    const message = makeMessage({ id: `tool-${number}@client.test`, subject: `number ${number}` })
    const reply = await smtp.send({ from: 'x@client.test', to: ['team@example.test'] }, message)
    assert.equal(reply.code, 250)
  }
  await smtp.say('MAIL FROM:<x@client.test>', 250)
  await smtp.say('RCPT TO:<nobody@example.test>', 550)
  await server.logged('mainlog', /rejected RCPT/)
  await completed(server, MESSAGES)
  const { copy, tool } = toolsFor(server)

  await t.test('exigrep finds one message with all its lines', async () => {
    const found = await tool('exigrep', 'tool-3@client.test', copy)
    assert.match(found, / <= x@client\.test .*id=tool-3@client\.test/)
    assert.match(found, / [-=]> alice@example\.test <team@example\.test>/)
    assert.match(found, / [-=]> bob@example\.test <team@example\.test>/)
    assert.match(found, / Completed/)
    assert.doesNotMatch(found, /tool-2@/)
  })

  await t.test('exigrep finds a recipient in every message', async () => {
    const found = await tool('exigrep', 'alice@example.test', copy)
    assert.equal(found.match(/ <= /g)?.length, MESSAGES)
  })

  await t.test('eximstats counts messages, deliveries and rejections', async () => {
    const report = await tool('eximstats', '-txt', copy)
    assert.match(report, new RegExp(`^\\s*Received\\s+\\S+\\s+${MESSAGES}\\b`, 'm'))
    const copies = 2 * MESSAGES
    const delivered = new RegExp(`^\\s*Delivered\\s+\\S+\\s+${copies}\\s+${copies}\\b`, 'm')
    assert.match(report, delivered)
    assert.match(report, /^\s*Rejects\s+1\b/m)
  })
})

test("Exim's log tools on mail that goes out", {
  skip: missingPrograms('exigrep', 'eximstats'),
}, async (t) => {
  await using relay = await scriptedRelay()
  await using server = await startWithUsers()
  const [closed = 0] = await findFreePorts(1)
  for (const [name, port, ...rule] of [
    ['open', relay.port, '--all'],
    ['closed', closed, '--for-recipient', 'dead.example'],
  ] as const)
    await server.cliOk([
      ...['relay', 'add', name, '--host', `127.0.0.1:${port}`, '--no-check', ...rule],
    ])
  await using smtp = await server.submission(ALICE)
  for (let number = 1; number <= MESSAGES; number++) {
    const message = makeMessage({ id: `out-${number}@client.test`, from: ALICE })
    const to = [`carol${number}@else.example`, `dave${number}@else.example`, 'x@dead.example']
    const reply = await smtp.send({ from: ALICE, to: number === 1 ? to : to.slice(0, 2) }, message)
    assert.equal(reply.code, 250)
  }
  // The first one waits for the relay that is closed.
  await completed(server, MESSAGES - 1)
  await server.logged('mainlog', / == x@dead\.example /)
  await server.logged('mainlog', / [-=]> dave1@else\.example /)
  const { copy, tool } = toolsFor(server)

  await t.test('exigrep finds a recipient elsewhere, and who waits', async () => {
    const sent = await tool('exigrep', `carol${MESSAGES}@else.example`, copy)
    assert.match(
      sent,
      / => carol\d+@else\.example .*R=relay T=smtp .*C="250 2\.0\.0 Ok: queued as 1"/,
    )
    assert.match(sent, / -> dave\d+@else\.example /)
    assert.match(sent, / Completed/)
    const waits = await tool('exigrep', 'x@dead.example', copy)
    assert.match(waits, / == x@dead\.example .*Connection refused/)
    assert.match(waits, /has not completed/)
  })

  await t.test('eximstats counts what went and what waits', async () => {
    const report = await tool('eximstats', '-txt', copy)
    assert.match(report, new RegExp(`^\\s*Received\\s+\\S+\\s+${MESSAGES}\\b.*\\s1\\s+\\d`, 'm'))
    assert.match(
      report,
      new RegExp(`^\\s*Delivered\\s+\\S+\\s+${MESSAGES}\\s+${2 * MESSAGES}\\b`, 'm'),
    )
  })
})

/** Runs a tool on a copy of the log as it is by then, with ids that the tool knows. */
function toolsFor(server: Waybill) {
  const mainlog = join(server.dataFolder, 'log', 'mainlog')
  const copy = join(server.dataFolder, 'log-for-exim-tools')
  const tool = async (name: string, ...args: string[]) => {
    const path = findProgram(name) ?? name
    writeFileSync(copy, logFor(await versionOf(path), readFileSync(mainlog, 'utf8')))
    const ran = await run(path, args)
    assert.equal(ran.stderr, '')
    return ran.stdout
  }
  return { copy, tool }
}

const FILTER = '/etc/fail2ban/filter.d/exim.conf'

test("fail2ban's stock Exim filter", { skip: missingPrograms('fail2ban-regex') }, async () => {
  await using server = await startWithUsers()
  await using smtp = await server.smtp()
  await smtp.say('MAIL FROM:<x@client.test>', 250)
  await smtp.say('RCPT TO:<someone@elsewhere.test>', 5)
  await server.logged('mainlog', /rejected RCPT/)
  const ran = await run('fail2ban-regex', [join(server.dataFolder, 'log', 'mainlog'), FILTER])
  assert.match(ran.stdout, /Failregex: [1-9]/)
})

/** Waits until the log has so many messages that are done. */
async function completed(server: Waybill, count: number): Promise<void> {
  const found = () => server.log('mainlog').split(' Completed').length - 1
  for (let turn = 0; turn < 500 && found() < count; turn++) await sleep(20)
  assert.ok(found() >= count, server.log('mainlog'))
}
