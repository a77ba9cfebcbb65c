/** J02, J03: nobody else may read what the server keeps, and passwords stand nowhere. */
import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { startWaybill } from '../support/waybill.ts'

const PASSWORD = 'canary-Xq7-password'

test('every file is for its owner only, and none holds a password', async () => {
  await using waybill = await startWaybill({ start: false, accounts: { 'a@x.test': PASSWORD } })
  // An administrator's or systemd's folder, open to everybody.
  chmodSync(waybill.dataFolder, 0o755)
  await waybill.start()
  await using submission = await waybill.submission('a@x.test')
  const message = makeMessage({
    from: 'a@x.test',
    to: 'a@x.test',
    id: 'modes',
    bodyOctets: 100_000,
  })
  await submission.send({ from: 'a@x.test', to: ['a@x.test'] }, message)
  await using imap = await waybill.imap('a@x.test')
  await imap.no(`LOGIN a@x.test ${PASSWORD}`).catch(() => undefined)
  await imap.command(`NONSENSE a@x.test ${PASSWORD}`)
  await using stranger = await waybill.smtp()
  await stranger.ask(`AUTH PLAIN ${Buffer.from(`\0a@x.test\0${PASSWORD}`).toString('base64')}`)
  await stranger.ask(`PASS ${PASSWORD}`)
  await waybill.stop()

  const open: string[] = []
  const telling: string[] = []
  const secrets = [PASSWORD, Buffer.from(PASSWORD).toString('base64').slice(4, 20)]
  for (const entry of readdirSync(waybill.dataFolder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const mode = statSync(path).mode & 0o777
    if (mode & 0o077) open.push(`${path}: ${mode.toString(8)}`)
    if (!entry.isFile()) continue
    const text = readFileSync(path, 'latin1')
    if (secrets.some((secret) => text.includes(secret))) telling.push(path)
  }
  assert.deepEqual(open, [])
  assert.deepEqual(telling, [])
  assert.ok(!secrets.some((secret) => waybill.output.includes(secret)))
})
