/** The tools postmasters already have must read our log as their own. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

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
  await server.logged('mainlog', new RegExp(`(Completed[^]*){${MESSAGES}}`))
  const mainlog = join(server.dataFolder, 'log', 'mainlog')
  const copy = join(server.dataFolder, 'log-for-exim-tools')
  const tool = async (name: string, ...args: string[]) => {
    const path = findProgram(name) ?? name
    writeFileSync(copy, logFor(await versionOf(path), readFileSync(mainlog, 'utf8')))
    const ran = await run(path, args)
    assert.equal(ran.stderr, '')
    return ran.stdout
  }

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
