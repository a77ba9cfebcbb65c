import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Relay } from '../directory/types.ts'
import { failing, ok, step, warning } from '../doctor/findings.ts'
import type { Finding } from '../doctor/types.ts'
import { nextSteps, statusOf } from './judge.ts'
import { reasonsHere } from './reasons-here.ts'
import { reportFrom } from './report.ts'
import { reportFactsOf, UNTIL_MS } from './testing/facts.ts'
import type { Section } from './types.ts'

const ARRIVED =
  '2026-01-05 09:00:00 1vcYA0-000001-8s <= sue@here.test H=(laptop) [198.51.100.9]:4712 P=esmtpsa A=plain:sue@here.test S=2000 for x@far.example\n'
const AT = 'R=relay T=smtp H=smtp.relay.example [203.0.113.9]:587'
const SENT = `${ARRIVED}2026-01-05 09:00:01 1vcYA0-000001-8s => x@far.example ${AT} C="250 OK"\n`
const REFUSED = `${ARRIVED}2026-01-05 09:00:02 1vcYA0-000001-8s == x@far.example ${AT}: SMTP error from remote mail server after AUTH PLAIN: 535 5.7.8 wrong\n`
const GUESSED = Array.from(
  { length: 40 },
  (_, index) =>
    `2026-01-05 10:00:${10 + index} plain authenticator failed for (User) [192.0.2.${index}]:4: 535 Incorrect authentication data (set_id=root)\n`,
).join('')

const RELAY: Relay = {
  ...{ name: 'prov', hosts: [{ host: 'smtp.relay.example', port: 587 }], tls: 'starttls' },
  ...{ checkCertificate: true, user: 'us', mechanism: null, rules: [], createdMs: 0 },
  loginRefused: { atMs: UNTIL_MS - 7_200_000, text: '535 5.7.8 wrong' },
}
const DISK = failing(
  { id: 'storage.disk' },
  {
    summary: 'the disk is full',
    evidence: ['0 octets are free'],
    meaning: 'No mail is taken.',
    remedy: [step('Make room', 'du -xh /var'), step('And wait')],
  },
)
const OLD = warning(
  { id: 'tls.certificate' },
  {
    subject: 'mail.test',
    summary: 'the certificate ends in 9 days',
    evidence: ['notAfter'],
    meaning: 'Clients will complain.',
    remedy: [step('Renew it', 'certbot renew')],
  },
)

test('mail that goes, and passwords that are guessed in vain: all is well', async (t) => {
  const facts = await reportFactsOf(t, SENT + GUESSED, {
    findings: [ok({ id: 'storage.disk' }, 'there is room', ['41 GB'])],
  })
  assert.equal(statusOf(facts), 'well')
  assert.deepEqual(nextSteps(facts), [])
  assert.match(textOf(reportFrom(facts).sections), /Nothing has to be done\./)
})

test('what fails is trouble, what warns needs attention; the worst is mended first', async (t) => {
  assert.equal(statusOf(await reportFactsOf(t, SENT, { findings: [OLD] })), 'attention')
  const facts = await reportFactsOf(t, SENT, { findings: [OLD, DISK] })
  assert.equal(statusOf(facts), 'trouble')
  assert.deepEqual(nextSteps(facts), [
    { text: 'the disk is full. Make room', command: 'du -xh /var' },
    { text: 'mail.test: the certificate ends in 9 days. Renew it', command: 'certbot renew' },
  ])
})

test('a relay that refuses our login comes before all else, and is said once', async (t) => {
  const blocked = failing(
    { id: 'queue.blocked' },
    {
      ...{ subject: 'prov', summary: 'the relay prov refuses our login', evidence: ['535'] },
      ...{ meaning: 'Mail waits.', remedy: [step('Set it', 'waybill relay set prov --password')] },
    },
  )
  const facts = await reportFactsOf(t, REFUSED, { relays: [RELAY], findings: [DISK, blocked] })
  assert.equal(statusOf(facts), 'trouble')
  const commands = nextSteps(facts).map(({ command }) => command)
  assert.deepEqual(commands, [
    'waybill relay set prov --password',
    'waybill relay test prov',
    'du -xh /var',
    'waybill queue list',
  ])
  const [summary] = reportFrom(facts).sections
  assert.match(textOf(summary), /has refused our login since 2026-01-05 22:00 \(2 hours\)/)
})

test('steps are typed for the relay and the server that the report is on', async (t) => {
  const own = { relays: [{ ...RELAY, loginRefused: null }], sameServer: ' --config w.toml' }
  const said = REFUSED.replace('AUTH PLAIN', 'MAIL FROM:<sue@here.test>')
  const facts = await reportFactsOf(t, said, { ...own, findings: [OLD] })
  assert.ok(facts.own !== null)
  const log = reasonsHere(facts.log, facts.own)
  assert.match(
    log.reasons[0]?.reason.remedy.join('\n') ?? '',
    /`waybill --config w\.toml relay test prov --from SENDER/,
  )
  const refusing = { ...facts.own, relays: [RELAY] }
  assert.deepEqual(
    nextSteps({ ...facts, log, own: refusing })
      .slice(0, 2)
      .map(({ command }) => command),
    [
      'waybill --config w.toml relay set prov --password',
      'waybill --config w.toml relay test prov',
    ],
  )
})

test('a relay without a login that we can use is called that, and no password is asked for', async (t) => {
  const text = 'the server offers no login; without TLS we do not send a password'
  const relay = { ...RELAY, loginRefused: { atMs: UNTIL_MS - 7_200_000, text } }
  const facts = await reportFactsOf(t, SENT, { relays: [relay] })
  assert.equal(statusOf(facts), 'trouble')
  assert.deepEqual(
    nextSteps(facts).map(({ command }) => command),
    [
      'waybill relay set prov --tls starttls',
      'waybill relay set prov --tls implicit',
      'waybill relay test prov',
    ],
  )
  const whole = reportFrom(facts).sections.map(textOf).join('\n')
  assert.match(whole, /has had no login that we can use since 2026-01-05 22:00 \(2 hours\)/)
  assert.doesNotMatch(whole, /refuse[sd] our login/)
})

test('of a log alone the last refusal that nothing followed is trouble; one that is over is not', async (t) => {
  const stuck = await reportFactsOf(t, REFUSED, null)
  assert.equal(statusOf(stuck), 'trouble')
  assert.match(
    nextSteps(stuck)[0]?.text ?? '',
    /^smtp\.relay\.example refuses our login\. See what it says/,
  )
  const over = `${REFUSED}2026-01-05 11:00:01 1vcYA0-000001-8s => x@far.example ${AT} C="250 OK"\n`
  const mended = await reportFactsOf(t, over, null)
  assert.equal(statusOf(mended), 'well')
  assert.deepEqual(nextSteps(mended), [])
  const errors = reportFrom(mended).sections.find(({ name }) => name === 'errors')
  assert.match(textOf(errors), /Our login at the smarthost was refused.*it is over/)
})

test('a relay that was removed is said to be, and what it refused is over', async (t) => {
  const other = { ...RELAY, hosts: [{ host: 'SMTP.other.example', port: 587 }], loginRefused: null }
  const facts = await reportFactsOf(t, REFUSED, { relays: [other] })
  assert.equal(statusOf(facts), 'well')
  const whole = reportFrom(facts).sections.map(textOf).join('\n')
  assert.match(
    whole,
    /smtp\.relay\.example refused our login .*It was a relay that was removed since/,
  )
  assert.match(
    whole,
    /smtp\.relay\.example, a relay that was removed since, refused our login 1 time/,
  )
  assert.doesNotMatch(whole, /has refused our login|has taken nothing|relay set/)
  for (const relays of [null, [{ ...RELAY, loginRefused: null }]]) {
    const kept = reportFrom(await reportFactsOf(t, REFUSED, { relays }))
      .sections.map(textOf)
      .join('\n')
    assert.doesNotMatch(kept, /removed since/)
  }
})

test('a server that does not run is trouble, and is to be started', async (t) => {
  const facts = await reportFactsOf(t, SENT, { status: null })
  assert.equal(statusOf(facts), 'trouble')
  assert.equal(nextSteps(facts)[0]?.command, 'systemctl start waybill')
})

test('of a server that hangs the doctor says how it is ended, and the report says what it cannot know', async (t) => {
  const hung: Finding = {
    ...{ check: 'services.running', verdict: 'failing', subject: null, fix: null, figures: {} },
    ...{ summary: 'a server does not answer: process 12', evidence: ['seen'] },
    meaning: 'It hangs.',
    remedy: [
      { text: 'Look again', command: 'waybill doctor' },
      { text: 'End it', command: 'kill -KILL 12' },
    ],
  }
  const own = { status: null, queue: null, relays: null, findings: [hung] }
  const facts = await reportFactsOf(t, SENT, own)
  assert.deepEqual(nextSteps(facts), [
    { text: 'A server does not answer: process 12. Look again', command: 'waybill doctor' },
    { text: 'End it', command: 'kill -KILL 12' },
  ])
  const words = reportFrom(facts).sections.map(textOf).join('\n')
  assert.match(words, /A server does not answer: process 12\. It hangs\./)
  assert.match(words, /What waits is not known/)
  assert.doesNotMatch(words, /Nothing waits|does not run|a server does not answer/)
})

test('a login that was refused for two reasons is one login', async (t) => {
  const plain = REFUSED.replace(
    /SMTP error .*wrong/,
    'the server offers the logins PLAIN; without TLS we do not send a password',
  )
  const facts = await reportFactsOf(t, `${REFUSED}${plain}`)
  const said = reportFrom(facts)
    .sections.map(textOf)
    .join('\n')
    .match(/Outbound: our login was refused.*/g)
  assert.deepEqual(
    said?.map((line) => /2 times/.test(line)),
    [true],
  )
})

test('of a log without a line nothing is praised', async (t) => {
  const facts = await reportFactsOf(t, '', null)
  assert.equal(statusOf(facts), 'attention')
  assert.deepEqual(
    reportFrom(facts).sections.map(({ name }) => name),
    ['summary', 'steps'],
  )
})

test('a guesser who got in is named', async (t) => {
  const got = Array.from(
    { length: 3 },
    (_, index) =>
      `Jan  5 10:00:1${index} mail dovecot: imap-login: Disconnected (auth failed, 4 attempts in 3 secs): user=<sue>, method=PLAIN, rip=192.0.2.4, lip=10.0.0.1, TLS\n`,
  ).join('')
  const login =
    'Jan  5 10:01:00 mail dovecot: imap-login: Login: user=<sue>, method=PLAIN, rip=192.0.2.4, lip=10.0.0.1, mpid=7, TLS\n'
  const facts = await reportFactsOf(t, got + login, null)
  assert.match(
    textOf(reportFrom(facts).sections),
    /Logins worked from 192\.0\.2\.0\/24: see whether those are yours\./,
  )
})

test('compared with the report before, of another length, and with a week ago', async (t) => {
  const previous = {
    ...{ sinceMs: UNTIL_MS - 7 * 86_400_000, untilMs: UNTIL_MS - 3_600_000, received: 90 },
    ...{ delivered: 91, deferred: 0, failed: 1, rejected: 5, failedLogins: 2, waiting: 3 },
  }
  const facts = await reportFactsOf(t, SENT, { previous, weekAgo: { delivered: 7 } })
  const text = textOf(reportFrom(facts).sections.find(({ name }) => name === 'comparison'))
  assert.match(text, /"Delivered","1","91","7"/)
  assert.match(text, /"Received","1","90",""/)
  assert.match(text, /The report before was of 6 days, this one is of 24 hours\./)
})

function textOf(section: Section | readonly Section[] | undefined): string {
  return JSON.stringify(section)
}
