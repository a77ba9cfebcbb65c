import assert from 'node:assert/strict'
import { test } from 'node:test'

import { alertOf, noticeOf } from '../testing/samples.ts'
import { formed, jsonOf } from './forms.ts'

const URL = 'https://hooks.example/x'

function bodyOf(form: Parameters<typeof formed>[0], notice = noticeOf(), url = URL) {
  return JSON.parse(formed(form, url, notice).body)
}

test('plain JSON has the whole explanation, and the command to look further', () => {
  const body = bodyOf('json')
  assert.equal(body.title, '[FIRING] mail.example.com: the relay prov refuses our login')
  assert.deepEqual(
    [body.version, body.kind, body.host, body.time],
    [1, 'firing', 'mail.example.com', '2026-11-21T12:00:00.000Z'],
  )
  const [alert] = body.alerts
  assert.deepEqual(
    [alert.rule, alert.subject, alert.state, alert.since, alert.command, alert.perhapsToldBefore],
    ['relay-login', 'prov', 'firing', '2026-11-21T10:00:00.000Z', 'waybill relay list', false],
  )
  assert.equal(alert.remedy[1].command, 'waybill relay test prov')
  assert.deepEqual(jsonOf(noticeOf({ kind: 'test', tellings: [] }))['alerts'], [])
})

test('Slack: what another server said calls nobody and is no markup', () => {
  const body = bodyOf('slack')
  const [header, section] = body.blocks
  assert.equal(header.text.type, 'plain_text')
  assert.equal(section.text.type, 'plain_text')
  assert.match(section.text.text, /&lt;!channel&gt;/)
  assert.match(section.text.text, / &amp; "quoted"/)
  assert.doesNotMatch(JSON.stringify(body), /<!/)
  const said = { ...alertOf().said, summary: '<'.repeat(400), evidence: ['&'.repeat(5000)] }
  const long = bodyOf(
    'slack',
    noticeOf({ tellings: [{ alert: alertOf({ said }), isAgain: false }] }),
  )
  assert.ok(long.blocks[0].text.text.length <= 150)
  assert.ok(long.blocks[1].text.text.length <= 3000)
  assert.match(long.blocks[0].text.text, /&lt;…$/)
})

test('Discord: nobody is mentioned, markdown shows as it is', () => {
  const body = bodyOf('discord')
  assert.deepEqual(body.allowed_mentions, { parse: [] })
  const [embed] = body.embeds
  assert.match(embed.description, /\\\*bold\\\* \\@everyone \\\[x\\\]\\\(http:\u200b\/\//)
  const said = { ...alertOf().said, evidence: ['*'.repeat(5000)] }
  const long = bodyOf(
    'discord',
    noticeOf({ tellings: [{ alert: alertOf({ said }), isAgain: false }] }),
  )
  assert.ok(long.embeds[0].description.length <= 4096)
})

test('ntfy: JSON to the server, the topic from the end of the URL', () => {
  const posted = formed('ntfy', 'https://ntfy.example/below/my%20topic', noticeOf())
  assert.equal(posted.url, 'https://ntfy.example/below/')
  const body = JSON.parse(posted.body)
  assert.deepEqual([body.topic, body.priority, body.tags], ['my topic', 5, ['rotating_light']])
  assert.match(body.message, /^The relay prov refuses our login\./)
  assert.equal(formed('ntfy', 'https://ntfy.sh/topic', noticeOf()).url, 'https://ntfy.sh/')
  assert.equal(bodyOf('ntfy', noticeOf({ kind: 'resolved' })).priority, 3)
})
