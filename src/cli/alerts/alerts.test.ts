import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AlertsShown } from '../../control/types.ts'
import { commandLine } from '../testing/command-line.ts'
import { writeAlerts } from './list.ts'
import { adviceOf } from './test-report.ts'

test('rules: what is looked at, with the limits that are configured', async (t) => {
  const { run } = commandLine(t, '[alerts.limits]\nqueue_messages = 7')
  const { out, code } = await run('alerts rules')
  assert.equal(code, 0)
  assert.match(out, /^queue {14}more than 7 messages wait for other servers$/m)
  assert.match(
    out,
    /^relay-login {8}a relay refuses our login, or has none that we can use \(urgent\)$/m,
  )
  assert.match(out, /^certificate {8}a certificate expires within 14 days \(asks the network\)$/m)
  const rules: { rule: string; command: string }[] = JSON.parse(
    (await run('alerts rules --json')).out,
  )
  assert.ok(rules.some(({ rule }) => rule === 'paniclog'))
  for (const { command } of rules) assert.match(command, /^waybill --config \S+waybill\.toml /)
})

test('snooze and unsnooze, without a server too', async (t) => {
  const { run } = commandLine(t)
  await run('domain add example.com')
  const { out, code } = await run('alerts list')
  assert.equal(code, 1, 'nobody looks')
  assert.match(out, /^No server runs: nothing is looked at, .*\n$/)
  const snoozed = await run('alerts snooze relay-login prov --for 4h')
  assert.match(
    snoozed.out,
    /^Snoozed: relay-login prov, until \d{4}-.*, by \S+\.\nNothing is wrong with prov now\.\n$/,
  )
  assert.match((await run('alerts list')).out, /Snoozed: relay-login prov/)
  const { snoozes, isLooking } = JSON.parse((await run('alerts list --json')).out)
  const [shown] = snoozes
  assert.deepEqual([shown.rule, shown.subject, isLooking], ['relay-login', 'prov', false])
  assert.match((await run('alerts unsnooze relay-login')).errors, /relay-login is not snoozed/)
  assert.equal((await run('alerts unsnooze relay-login prov')).out, 'Nothing is snoozed.\n')
})

test('what is typed wrong is said with what is possible', async (t) => {
  const { run } = commandLine(t)
  await run('domain add example.com')
  assert.match(
    (await run('alerts snooze disc --for 4h')).errors,
    /there is no rule disc; there are queue, oldest, /,
  )
  assert.match(
    (await run('alerts snooze disk --for soon')).errors,
    /write a time such as 90s, 30min, 4h, 2d or 1w/,
  )
  assert.match((await run("alerts snooze disk --for '1.5 h'")).out, /Snoozed: disk, until/)
  assert.match((await run('alerts snooze disk --for 0s')).errors, /longer than nothing/)
  assert.match((await run('alerts snooze disk --for 100000w')).errors, /a year at most/)
  const tested = await run('alerts test')
  assert.equal(tested.code, 2)
  assert.match(tested.errors, /no server that tells of alerts runs on this data folder/)
})

test('a way that does not need our own queue is advised', () => {
  const mail = { way: 'mail', isOwnQueue: true, why: null }
  const hook = { way: 'webhook chat', isOwnQueue: false, why: null }
  const broken = { ...hook, why: 'the answer was HTTP 500' }
  assert.deepEqual(adviceOf({ ways: [mail, hook] }, []), [])
  assert.deepEqual(adviceOf({ ways: [hook] }, []), [])
  assert.match(
    adviceOf({ ways: [mail] }, [])[0] ?? '',
    /^Only mail to the postmaster here works\. It goes/,
  )
  assert.match(adviceOf({ ways: [mail, broken] }, ['j@example.com'])[0] ?? '', /^Only mail to j@/)
  assert.match(adviceOf({ ways: [broken] }, [])[0] ?? '', /^Mail goes through the queue/)
  assert.match(adviceOf({ ways: [] }, [])[0] ?? '', /^Nobody is told of anything/)
})

test('the list has colours on a terminal, also where lines are wrapped', () => {
  const written: string[] = []
  const out = { write: (text: string) => void written.push(text), columns: 40, colours: true }
  const alert = {
    ...{ rule: 'relay-login', subject: 'prov', state: 'firing', verdict: 'failing' },
    ...{ sinceMs: 0, changedMs: 0, toldMs: 0, summary: 'the relay prov refuses our login' },
    ...{ evidence: ['535 5.7.8 Username and Password not accepted'], meaning: 'x', remedy: [] },
    ...{ command: 'waybill relay list', fix: null },
  }
  writeAlerts(out, { alerts: [alert], snoozes: [], nowMs: 1 } as unknown as AlertsShown, false)
  assert.doesNotMatch(written.join(''), /\\033/)
  assert.ok(written[0]?.startsWith('\x1b[31m[FIRING]\x1b[0m the relay'), written[0])
})
