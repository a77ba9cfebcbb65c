import assert from 'node:assert/strict'
import { test } from 'node:test'

import { subjectOf, textOf } from './message.ts'
import { jsonOf } from './ways/forms.ts'
import { alertOf, NOON_MS, noticeOf } from './testing/samples.ts'

test('of a thousand at once the first are explained, some more named, and the rest counted', () => {
  const tellings = Array.from({ length: 1000 }, (_, number) => ({
    alert: alertOf({
      subject: `relay${number}`,
      said: { ...alertOf().said, summary: 'it refuses' },
    }),
    isAgain: false,
  }))
  const text = textOf(noticeOf({ tellings }))
  assert.match(text, /^And 995 more:\n- relay5: it refuses\n/m)
  assert.match(text, /- and 945 that are not named here\n.*\n {4}waybill alerts list --all$/)
  assert.ok(text.length < 8000, String(text.length))
})

test('what is wrong: since when, what was seen, what it does, what to type', () => {
  const said = { ...alertOf().said, evidence: ['535 5.7.8 no'] }
  const notice = noticeOf({ tellings: [{ alert: alertOf({ said }), isAgain: false }] })
  assert.equal(subjectOf(notice), '[FIRING] mail.example.com: the relay prov refuses our login')
  assert.equal(
    textOf(notice),
    `The relay prov refuses our login.
Since 2026-11-21 10:00 UTC, 2 hours ago. All mail that goes by it waits.
  seen: 535 5.7.8 no
- Ask the provider.
- Try it:
    waybill relay test prov
- Look further:
    waybill relay list
- Hear nothing of it for a while:
    waybill alerts snooze relay-login prov --for 4h`,
  )
})

test('commands mean a server with another configuration too', () => {
  const remedy = [
    { text: 'Try it', command: 'waybill relay test prov' },
    { text: 'Another one', command: 'waybill --config /b.toml who' },
    { text: 'Renew', command: 'certbot renew' },
  ]
  const alert = alertOf({ said: { ...alertOf().said, remedy } })
  const sameServer = ' --config /srv/a.toml'
  const notice = noticeOf({ sameServer, tellings: [{ alert, isAgain: false }] })
  const commands = textOf(notice).match(/(?<=^ {4}).*/gm)
  assert.deepEqual(commands, [
    'waybill --config /srv/a.toml relay test prov',
    'waybill --config /b.toml who',
    'certbot renew',
    'waybill --config /srv/a.toml relay list',
    'waybill --config /srv/a.toml alerts snooze relay-login prov --for 4h',
  ])
  const json = JSON.stringify(jsonOf(notice))
  assert.doesNotMatch(json, /waybill (?!--config)(?:relay|alerts|who)/)
  const many = noticeOf({ sameServer, tellings: Array(9).fill({ alert, isAgain: false }) })
  assert.match(textOf(many), /waybill --config \/srv\/a\.toml alerts list --all$/)
})

test('what is over: when it began, and how long it took', () => {
  const alert = alertOf({ state: 'resolved' })
  const notice = noticeOf({ kind: 'resolved', tellings: [{ alert, isAgain: false }] })
  assert.match(subjectOf(notice), /^\[RESOLVED\] mail\.example\.com: the relay prov/)
  assert.equal(
    textOf(notice),
    'It is over: the relay prov refuses our login.\nIt began at 2026-11-21 10:00 UTC and took 60 minutes.',
  )
})

test('a subject that the sentence does not name comes before it, and is safe to be typed', () => {
  const said = { ...alertOf().said, summary: 'there is no SPF record' }
  const alert = alertOf({ rule: 'dns', subject: "dns.spf it's.example", said })
  const notice = noticeOf({ tellings: [{ alert, isAgain: false }] })
  assert.match(subjectOf(notice), /: dns\.spf it's\.example: there is no SPF record$/)
  assert.match(textOf(notice), /waybill alerts snooze dns 'dns\.spf it'\\''s\.example' --for 4h/)
})

test('a test says that it is one', () => {
  const notice = noticeOf({ kind: 'test', tellings: [], nowMs: NOON_MS })
  assert.equal(subjectOf(notice), '[TEST] mail.example.com: this is a test of alerts')
  assert.match(textOf(notice), /Nothing is wrong\./)
})
