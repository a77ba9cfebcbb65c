import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Finding } from '../doctor/types.ts'
import { step } from '../doctor/findings.ts'
import type { Facts } from './facts.ts'
import { evaluationOfFacts, evaluationOfFindings, RULES } from './rules.ts'
import { wellDnsIn } from './rules/network.ts'
import { HEALTHY, LIMITS } from './testing/facts.ts'
import { RULE_NAMES } from './types.ts'

const HOUR = 3_600_000
const { nowMs, queue, space } = HEALTHY

/** Rules that find these facts wrong, with what they are about. */
function wrongIn(facts: Partial<Facts>): string[] {
  const { looks } = evaluationOfFacts({ ...HEALTHY, ...facts }, LIMITS)
  for (const { said } of looks) {
    assert.ok(said.evidence.length > 0, said.summary)
    assert.ok(said.meaning !== null && said.remedy.length > 0, said.summary)
  }
  return looks.map(({ rule, subject }) => `${rule} ${subject}`.trim())
}

test('every rule has a name of its own, and a healthy server breaks none', () => {
  assert.deepEqual(RULES.map(({ name }) => name).sort(), [...RULE_NAMES].sort())
  assert.deepEqual(wrongIn({}), [])
})

test('the limits are those that are documented, and what is at a limit is well', () => {
  const cases: readonly [Partial<Facts>, Partial<Facts>, string][] = [
    [{ queue: { ...queue, messages: 50 } }, { queue: { ...queue, messages: 51 } }, 'queue'],
    [
      { queue: { ...queue, oldestUnheldMs: nowMs - 4 * HOUR } },
      { queue: { ...queue, oldestUnheldMs: nowMs - 4 * HOUR - 1 } },
      'oldest',
    ],
    [
      { space: { ...space, totalOctets: 100e9, freeOctets: 20e9 }, leastFreeOctets: 1 },
      { space: { ...space, totalOctets: 100e9, freeOctets: 19e9 }, leastFreeOctets: 1 },
      'disk',
    ],
    [
      { space: { ...space, freeInodes: 2e5 } },
      { space: { ...space, freeInodes: 2e5 - 1 } },
      'inodes',
    ],
    [{ memoryOctets: 2 ** 31 }, { memoryOctets: 2 ** 31 + 1 }, 'memory'],
    [
      { memoryOctets: 960 * 2 ** 20, memoryMostOctets: 1200 * 2 ** 20 },
      { memoryOctets: 960 * 2 ** 20 + 1, memoryMostOctets: 1200 * 2 ** 20 },
      'memory',
    ],
    [
      { memoryOctets: 2 ** 31, memoryMostOctets: 2 ** 34 },
      { memoryOctets: 2 ** 31 + 1, memoryMostOctets: 2 ** 34 },
      'memory',
    ],
    [
      { failedLogins: new Map([['jane@example.com', { count: 10, from: ['192.0.2.0/24'] }]]) },
      { failedLogins: new Map([['jane@example.com', { count: 11, from: ['192.0.2.0/24'] }]]) },
      'logins jane@example.com',
    ],
    [
      { panic: { lines: 0, last: [] } },
      { panic: { lines: 1, last: ['2026-11-21 10:00:00 PANIC: x'] } },
      'paniclog',
    ],
    [{ backupMs: nowMs - 48 * HOUR }, { backupMs: nowMs - 48 * HOUR - 1 }, 'backup'],
  ]
  for (const [well, wrong, name] of cases) {
    assert.deepEqual(wrongIn(well), [], name)
    assert.deepEqual(wrongIn(wrong), [name])
  }
})

test('the oldest messages are listed from the limit on that is configured', () => {
  const listing = (queueAgeMs: number) => {
    const facts = { ...HEALTHY, queue: { ...queue, oldestUnheldMs: nowMs - 5 * HOUR } }
    const { looks } = evaluationOfFacts(facts, { ...LIMITS, queueAgeMs })
    const commands = looks.flatMap(({ said }) => said.remedy.map(({ command }) => command))
    return commands.filter((command) => command?.includes('--older'))
  }
  assert.deepEqual(listing(4 * HOUR), ['waybill queue list --older 4h'])
  assert.deepEqual(listing(1.5 * HOUR), ['waybill queue list --older 90min'])
})

test('commands are to be typed as they stand, whatever a folder or an account is called', () => {
  const facts = {
    dataFolder: '/srv/my mail',
    panic: { lines: 1, last: ['2026-11-21 10:00:00 PANIC: x'] },
    failedLogins: new Map([["o'brien@example.com", { count: 11, from: ['192.0.2.0/24'] }]]),
  }
  const { looks } = evaluationOfFacts({ ...HEALTHY, ...facts }, LIMITS)
  const commands = looks.flatMap(({ said }) => said.remedy.map(({ command }) => command))
  assert.ok(commands.includes("cat '/srv/my mail/log/paniclog'"), commands.join('\n'))
  const search = "waybill log search --since 1h 'o'\\''brien@example.com'"
  assert.ok(commands.includes(search), commands.join('\n'))
})

test('a full disk is more than a disk that fills up', () => {
  const full = { space: { ...space, freeOctets: 4e10 } }
  assert.deepEqual(wrongIn(full), ['disk', 'disk-full'])
})

test('a relay that refuses our login, each by its name', () => {
  const loginRefused = { atMs: nowMs, text: '535 no' }
  const relays = [
    { name: 'one', loginRefused },
    { name: 'two', loginRefused: null },
    { name: 'three', loginRefused },
  ]
  assert.deepEqual(wrongIn({ relays }), ['relay-login one', 'relay-login three'])
})

test('a relay without a login that we can use refuses nothing: no password is asked for', () => {
  const text = 'the server offers no login; without TLS we do not send a password'
  const relays = [{ name: 'prov', loginRefused: { atMs: nowMs, text } }]
  const { looks } = evaluationOfFacts({ ...HEALTHY, relays }, LIMITS)
  assert.deepEqual(
    looks.map(({ rule, said }) => [rule, said.summary]),
    [['relay-login', 'the relay prov has no login that we can use']],
  )
  const commands = looks[0]?.said.remedy.map(({ command }) => command) ?? []
  assert.deepEqual(commands, [
    'waybill relay set prov --tls starttls',
    'waybill relay set prov --tls implicit',
    'waybill relay test prov',
  ])
})

test('nothing is delivered although it is tried: after an hour, and worse by a relay', () => {
  const failing = [{ name: 'mx:dead.example', error: 'Connection timed out' }]
  const memory = (agoMs: number) => ({
    deliveredMs: null,
    triedMs: nowMs,
    failingSinceMs: nowMs - agoMs,
  })
  assert.deepEqual(wrongIn({ memory: memory(HOUR - 1), failing }), [])
  const verdictOf = (given: Partial<Facts>) =>
    evaluationOfFacts({ ...HEALTHY, memory: memory(HOUR), ...given }, LIMITS).looks.map(
      ({ rule, said }) => `${rule} ${said.verdict}`,
    )
  assert.deepEqual(verdictOf({ failing }), ['nothing-delivered warning'])
  const relay = { name: 'relay:prov', error: null }
  assert.deepEqual(verdictOf({ failing: [relay] }), ['nothing-delivered failing'])
  const other = { name: 'mx:gone.example', error: null }
  assert.deepEqual(verdictOf({ failing: [...failing, other] }), ['nothing-delivered failing'])
})

test('mail that was given up and is not tried any more is no trouble of now', () => {
  const memory = { deliveredMs: null, failingSinceMs: nowMs - 5 * HOUR, triedMs: nowMs - HOUR }
  assert.deepEqual(wrongIn({ memory }), [])
  const tried = { ...memory, triedMs: nowMs - HOUR + 1 }
  assert.deepEqual(wrongIn({ memory: tried }), ['nothing-delivered'])
})

test('no backup that Waybill knows of is no backup that is too old', () => {
  assert.deepEqual(wrongIn({ backupMs: null }), [])
})

test('a way that fails is wrong until it was used again, or is gone', () => {
  const known = (configured: string[], used: [string, string | null][]) => {
    const ways = { configured: new Set(configured), used: new Map(used) }
    const { looks, isKnown } = evaluationOfFacts({ ...HEALTHY, ways }, LIMITS)
    return [looks.map(({ subject }) => subject), isKnown('ways', 'command')]
  }
  assert.deepEqual(known(['command'], [['command', 'exit code 1']]), [['command'], true])
  assert.deepEqual(known(['command'], []), [[], false])
  assert.deepEqual(known(['command'], [['command', null]]), [[], true])
  assert.deepEqual(known([], [['command', 'exit code 1']]), [[], true])
})

test('what a server said is without passwords, and short', () => {
  const text = `535 5.7.8 password=hunter2hunter2 ${'x'.repeat(5000)}`
  const relays = [{ name: 'prov', loginRefused: { atMs: nowMs, text } }]
  const [look] = evaluationOfFacts({ ...HEALTHY, relays }, LIMITS).looks
  const [line = ''] = look?.said.evidence ?? []
  assert.ok(!line.includes('hunter2') && line.length < 510, line)
})

function finding(check: string, given: Partial<Finding> = {}): Finding {
  const verdict = given.verdict ?? 'ok'
  const isTrouble = verdict === 'warning' || verdict === 'failing'
  return {
    ...{ check, subject: 'example.com', verdict, summary: `${check} is ${verdict}` },
    ...{ evidence: ['seen'], meaning: isTrouble ? 'bad' : null },
    remedy: isTrouble ? [step('mend it')] : [],
    ...{ fix: null, figures: {} },
    ...given,
  }
}

function found(findings: readonly Finding[], wellDns: readonly string[] = []) {
  const context = { wellDns: new Set(wellDns) }
  const { looks, isKnown } = evaluationOfFindings(findings, LIMITS, context, nowMs)
  return { looks: looks.map(({ rule, subject }) => `${rule} ${subject}`), isKnown }
}

test('a certificate that is about to expire, as the doctor counts it or by days of our own', () => {
  const expiring = (daysLeft: number, isExpiring: boolean) =>
    finding('tls.certificate', { subject: 'mail.example.com', figures: { daysLeft, isExpiring } })
  assert.deepEqual(found([expiring(13, true)]).looks, ['certificate mail.example.com'])
  assert.deepEqual(found([expiring(14, false)]).looks, [])
  // One of those that last six days.
  assert.deepEqual(found([expiring(5, false)]).looks, [])
  const limits = { ...LIMITS, certificateDays: 30 }
  const context = { wellDns: new Set<string>() }
  assert.equal(evaluationOfFindings([expiring(29, false)], limits, context, nowMs).looks.length, 1)
})

test('who was told of a certificate in time hears of it again a week, three days and a day before', () => {
  const marks = [13, 8, 6.9, 4, 2.5, 0.5, -1].map((daysLeft) => {
    const figures = { daysLeft, isExpiring: true }
    const context = { wellDns: new Set<string>() }
    const { looks } = evaluationOfFindings(
      [finding('tls.certificate', { figures })],
      ...([LIMITS, context, nowMs] as const),
    )
    return [looks[0]?.mark, looks[0]?.said.verdict]
  })
  assert.deepEqual(marks, [
    ...[
      ['', 'warning'],
      ['', 'warning'],
      ['7', 'warning'],
      ['7', 'warning'],
      ['3', 'warning'],
      ['1', 'warning'],
    ],
    ['1', 'failing'],
  ])
})

test('DNS that was well and is not; not DNS that never was, nor blocklists, which have their own rule', () => {
  const before = [
    finding('dns.spf'),
    finding('dns.dkim', { verdict: 'warning' }),
    finding('dns.blocklists', { subject: '192.0.2.1' }),
  ]
  const well = wellDnsIn(before)
  assert.deepEqual(well, ['dns.spf example.com'])
  const after = [
    finding('dns.spf', { verdict: 'failing' }),
    finding('dns.dkim', { verdict: 'failing' }),
    finding('dns.blocklists', { subject: '192.0.2.1', verdict: 'failing' }),
  ]
  assert.deepEqual(found(after, well).looks, ['blocklist 192.0.2.1', 'dns dns.spf example.com'])
})

test('what a check could not see is not known to be well', () => {
  const subject = 'dns.spf example.com'
  const knows = (...findings: Finding[]) => found(findings).isKnown('dns', subject)
  assert.equal(knows(finding('dns.spf')), true)
  assert.equal(knows(finding('dns.spf', { verdict: 'skipped' })), false)
  assert.equal(knows(finding('dns.spf', { verdict: 'skipped', subject: null })), false)
  // The domain is gone, and nothing was left out.
  assert.equal(knows(finding('dns.spf', { subject: 'other.example' })), true)
  const unknown = finding('dns.spf', {
    ...{ subject: null, verdict: 'warning', figures: { isKnown: false } },
  })
  assert.equal(knows(unknown), false)
  assert.deepEqual(found([unknown], ['dns.spf']).looks, [])
  assert.equal(knows(), false)
})
