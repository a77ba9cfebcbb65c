import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nextSteps, statusOf } from './judge.ts'
import { logFactsOf, reportFactsOf } from './testing/facts.ts'

const AT = 'Jan  5 09:00'
const NOISE = Array.from({ length: 500 }, () => `${AT}:00 mail CRON[7]: (root) CMD (true)\n`).join(
  '',
)
const LOGINS = Array.from(
  { length: 2_000 },
  () =>
    `${AT}:00 mail dovecot: imap-login: Login: user=<sue>, method=PLAIN, rip=192.0.2.4, lip=10.0.0.1, mpid=7, TLS\n`,
).join('')
const POSTFIX = `${AT}:01 mail postfix/qmgr[3]: 4PbC4z6W5Qz3tG3: from=<sue@here.test>, size=9, nrcpt=1 (queue active)
${AT}:02 mail postfix/smtp[4]: 4PbC4z6W5Qz3tG3: to=<bob@far.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx.far.example[203.0.113.9]:25: Connection timed out)
${AT}:03 mail postfix/smtpd[5]: NOQUEUE: reject: RCPT from unknown[192.0.2.4]: 451 4.3.0 <sue@here.test>: Temporary lookup failure; from=<a@b.test> to=<sue@here.test> proto=ESMTP helo=<x>
${AT}:04 mail postfix/smtpd[5]: NOQUEUE: reject: MAIL from unknown[192.0.2.4]: 452 4.3.1 Insufficient system storage; proto=ESMTP helo=<x>
`
const EXIM = `2026-01-05 09:00:01 1vcYA0-000001-8s <= sue@here.test U=sue P=local S=9
2026-01-05 09:00:02 1vcYA0-000001-8s == bob@far.example R=dnslookup T=remote_smtp defer (110): Connection timed out
2026-01-05 09:00:03 H=(x) [192.0.2.4] F=<a@b.test> temporarily rejected RCPT <sue@here.test>: failed to expand ACL string "x": unknown lookup type
`

test('steps are of the server whose messages are in the log, however the log begins', async (t) => {
  const cases: readonly (readonly [string, string, RegExp, RegExp])[] = [
    ['Postfix behind other programs', NOISE + POSTFIX, /postmap|postfix/, /exim|paniclog/i],
    ['Postfix behind logins', LOGINS + POSTFIX, /postmap|postfix/, /exim|this is the log of/i],
    [
      'Exim behind other programs',
      NOISE + EXIM,
      /Look into paniclog/,
      /(?:Exim|Postfix|Waybill): /,
    ],
  ]
  for (const [name, text, has, hasNot] of cases) {
    const { reasons } = await logFactsOf(t, text)
    const steps = JSON.stringify(reasons.map(({ reason }) => reason.remedy))
    assert.match(steps, has, name)
    assert.doesNotMatch(steps, hasNot, name)
  }
})

test('what a program complains of is to be mended, whether its words are known or not', async (t) => {
  const known = await reportFactsOf(
    t,
    `${POSTFIX}${AT}:05 mail postfix/smtpd[5]: fatal: no SASL authentication mechanisms\n`,
    null,
  )
  assert.match(JSON.stringify(nextSteps(known)), /authentication service.*\(1 time\)/)
  const strange = `${AT}:05 mail dovecot: lmtp(bob)<1><a>: Error: Frobnicate: gone\n`
  const unknown = await reportFactsOf(t, LOGINS + strange, null)
  assert.equal(statusOf(unknown), 'attention')
  assert.deepEqual(nextSteps(unknown), [
    { text: 'A program is not well (1 time): Frobnicate: gone', command: null },
  ])
})
