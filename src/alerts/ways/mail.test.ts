import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Refusal } from '../../base/faults.ts'
import { alertOf, noticeOf } from '../testing/samples.ts'
import { mailOf, mailWay } from './mail.ts'

const STILL = new AbortController().signal
const FROM = 'postmaster@example.com'

test('a mail has state and host in its subject, is ASCII, and asks no program for an answer', () => {
  const summary = 'the relay prøv\r\nBcc: evil@example.net refuses our login'
  const said = { ...alertOf().said, summary, evidence: ['naïve ✗ = 1', `${'x'.repeat(300)}`] }
  const notice = noticeOf({ tellings: [{ alert: alertOf({ said }), isAgain: true }] })
  const text = Buffer.from(mailOf(notice, FROM, 'jané@example.com')).toString('latin1')
  const [header = '', body = ''] = text.split('\r\n\r\n', 2)
  assert.doesNotMatch(header, /^Bcc:/m)
  assert.match(header, /^Subject: =\?UTF-8\?B\?/m)
  assert.match(header, /^Auto-Submitted: auto-generated$/m)
  assert.match(header, /^From: Waybill <postmaster@example\.com>\r$/m)
  assert.match(header, /^Date: Sat, 21 Nov 2026 12:00:00 \+0000\r$/m)
  assert.match(body, /^[\r\n\x20-\x7e]*$/)
  for (const line of text.split('\r\n')) assert.ok(line.length <= 78, line)
  assert.match(body.replaceAll('=\r\n', ''), /seen: na=C3=AFve =E2=9C=97 =3D 1/)
})

test('each address gets its own; one that goes nowhere does not keep it from the others', async () => {
  const sent: string[] = []
  const way = mailWay({
    to: () => ['gone@example.com', 'jane@example.com'],
    sender: () => FROM,
    submit: async (to, from) => {
      if (to.startsWith('gone')) throw new Refusal('noSuchUser', `nothing was sent: ${to}`)
      sent.push(`${from} ${to}`)
    },
  })
  await assert.rejects(way.send(noticeOf(), STILL), {
    message: 'nothing was sent: gone@example.com',
  })
  assert.deepEqual(sent, [`${FROM} jane@example.com`])
  const nobody = mailWay({ to: () => [], sender: () => FROM, submit: async () => {} })
  await assert.rejects(nobody.send(noticeOf(), STILL), /there is no address/)
})
