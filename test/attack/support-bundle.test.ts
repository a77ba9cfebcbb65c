/** What a real server knows of its users does not leave it with a support bundle. */
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { makeMessage } from '../support/message.ts'
import { startWaybill } from '../support/waybill.ts'

const PASSWORD = 'canary-Xq7-password'
const RELAY_PASSWORD = 'canary-Zk3-relay'
const USER = 'quentin@planted-zebra.test'
const OTHER = 'ottilie@planted-zebra.test'

test('nobody’s address, subject or password is in the bundle of a server that worked', async () => {
  await using waybill = await startWaybill({
    accounts: { [USER]: PASSWORD, [OTHER]: PASSWORD },
    aliases: { 'sales@planted-zebra.test': [USER] },
    settings: {
      // Nobody else is asked.
      doctor: { outbound_host: 'mx.zebra.invalid' },
      alerts: { command: ['/bin/true', RELAY_PASSWORD], enabled: false },
    },
  })
  await waybill.cliOk(
    [
      'relay',
      'add',
      'smart',
      '--host',
      'relay.stranger-zebra.test',
      '--user',
      USER,
      '--password-stdin',
    ],
    { input: `${RELAY_PASSWORD}\n` },
  )
  await using submission = await waybill.submission(USER)
  const message = makeMessage({ from: USER, to: OTHER, id: 'zebra.4711', bodyOctets: 500 })
  await submission.send({ from: USER, to: [OTHER, 'sales@planted-zebra.test'] }, message)
  await using imap = await waybill.imap(USER)
  await imap.no(`LOGIN ${USER} ${PASSWORD}`).catch(() => undefined)
  await using stranger = await waybill.smtp()
  await stranger.ask('MAIL FROM:<zebrastranger@other-zebra.test>')
  await stranger.ask('RCPT TO:<nobodyzebra@elsewhere-zebra.test>')
  await stranger.ask(`AUTH PLAIN ${Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64')}`)
  await waybill.logged('mainlog', /rejected RCPT/)
  assert.match(waybill.log('mainlog'), /zebra/)

  const file = join(waybill.folder, 'bundle.tar.gz')
  const said = await waybill.cliOk(['support-bundle', '--yes', '-o', file], { timeoutMs: 60_000 })
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const text = gunzipSync(readFileSync(file)).toString('latin1')
  assert.match(text, /rejected RCPT/)
  assert.match(text, /"check": "connectivity\./)
  assert.match(text, /"accounts": 2/)
  const base64 = (secret: string) => Buffer.from(secret).toString('base64').slice(0, -4)
  for (const secret of ['zebra', 'quentin', 'ottilie', 'canary', PASSWORD, RELAY_PASSWORD])
    for (const form of [secret, base64(secret), base64(`\0${secret}`)])
      for (const place of [text, said])
        assert.ok(!place.toLowerCase().includes(form.toLowerCase()), form)
})
