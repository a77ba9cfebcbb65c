/** What the doctor tries at its own server is no attack to anybody who looks at the log. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import type { Finding } from '../../src/doctor/types.ts'
import { isOfDoctor } from '../../src/journal/doctor-session.ts'
import { logReader } from '../../src/journal/reader.ts'
import { UTC } from '../../src/journal/zone.ts'
import { ImapClient } from '../support/imap-client.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

const JANE = 'jane@example.test'
const TRIES = 'configuration.open_relay,authentication.wrong,authentication.login'
const COUNTS = 'log.rejections,authentication.failures,authentication.guessing'

test('neither the ways to relay nor a mistyped password are counted', async () => {
  await using server = await startWaybill({ accounts: { [JANE]: 'correct horse' } })
  // Ten logins: each mechanism at each listener.
  const tried = ['doctor', '--only', TRIES, '--account', JANE, '--password-stdin']
  await server.cli(tried, { input: 'mistyped\n' })
  await server.logged('authlog', /user=<jane@/)
  const mainlog = linesOf(server, 'mainlog', /rejected |authenticator failed/)
  assert.ok(mainlog.length >= 50, `${mainlog.length} lines`)
  assert.deepEqual(
    mainlog.filter((line) => !isDoctors(line)),
    [],
  )
  assert.ok(linesOf(server, 'authlog', /user=<jane@.*rip/).length >= 10)

  const found = await doctor(server)
  assert.deepEqual(
    found.map(({ check, verdict }) => [check, verdict]),
    COUNTS.split(',').map((check) => [check, 'ok']),
  )
  assert.equal(found[0]?.figures['rejected'], 0)
  assert.equal(found[1]?.figures['failures'], 0)
  for (const args of [[], ['--from-log', 'exim', ...logsOf(server)]]) {
    const { figures } = await report(server, args)
    assert.deepEqual([figures['rejected'], figures['failedLogins']], [0, 0])
  }
})

test('a wrong password of somebody else on this machine still counts', async () => {
  await using server = await startWaybill({ accounts: { [JANE]: 'correct horse' } })
  await assert.rejects(ImapClient.login(server.ports.imaps, JANE, 'wrong password'))
  await server.logged('authlog', /user=<jane@/)
  const [, failures] = await doctor(server)
  assert.equal(failures?.figures['failures'], 1)
})

async function doctor(server: Waybill): Promise<readonly Finding[]> {
  const { stdout } = await server.cli(['doctor', '--only', COUNTS, '--json'])
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
  const order = COUNTS.split(',')
  return findings.toSorted((one, other) => order.indexOf(one.check) - order.indexOf(other.check))
}

interface Reported {
  readonly figures: Readonly<Record<string, number>>
}

async function report(server: Waybill, args: readonly string[]): Promise<Reported> {
  return JSON.parse(await server.cliOk(['report', '--format', 'json', ...args])) as Reported
}

function logsOf(server: Waybill): string[] {
  return ['mainlog', 'authlog'].map((name) => join(server.dataFolder, 'log', name))
}

function linesOf(server: Waybill, log: 'mainlog' | 'authlog', what: RegExp): string[] {
  return server
    .log(log)
    .split('\n')
    .filter((line) => what.test(line))
}

function isDoctors(line: string): boolean {
  const reader = logReader({ format: 'exim', zone: UTC, latestMs: Date.UTC(2100, 0), log: 'main' })
  const event = reader.read(line, 0, line.length)
  return event.type !== 'continuation' && event.type !== 'unknown' && isOfDoctor(event)
}
