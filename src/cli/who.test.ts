import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'

import { configFrom } from '../config/load.ts'
import type { ListenerConfig } from '../config/types.ts'
import { startServer } from '../server.ts'
import { commandLine } from './testing/command-line.ts'

const smtp: ListenerConfig = {
  ...{ name: 'smtp', protocol: 'smtp', address: '127.0.0.1', port: 0, tls: 'none' },
}
const imap: ListenerConfig = { ...smtp, name: 'imap', protocol: 'imap' }

test('who tells what each connection is doing', async (t) => {
  const { run, folder } = commandLine(t)
  const { config } = configFrom(null)
  await run('domain add example.com')
  await run('account add jane@example.com --password-stdin', 'correct horse\n')
  const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 }
  const dataFolder = join(folder, 'data')
  const own = { disk, dataFolder, hostName: 'mail.example.com', listeners: [smtp, imap] }
  await using server = await startServer({ ...config, ...own })
  assert.match((await run('who')).out, /\n\nNothing is being sent\.\n$/)
  const dialogue = async (name: string, lines: readonly string[]) => {
    const socket = connect({ host: '127.0.0.1', port: server.addresses.get(name)?.port ?? 0 })
    t.after(() => socket.destroy())
    await once(socket, 'data')
    for (const line of lines) {
      socket.write(`${line}\r\n`)
      await once(socket, 'data')
    }
  }
  await dialogue('smtp', [
    'EHLO x.example',
    'MAIL FROM:<a@x.example>',
    'RCPT TO:<jane@example.com>',
  ])
  await dialogue('imap', ['1 LOGIN jane@example.com "correct horse"'])
  const { out } = await run('who')
  assert.match(out, /^127\.0\.0\.1 +smtp +- .* names recipients: a@x\.example → 1 recipient$/m)
  assert.match(out, /^127\.0\.0\.1 +imap +jane@example\.com .* no mailbox open$/m)
  const { sessions, sending } = JSON.parse((await run('who --json')).out)
  assert.deepEqual([sessions.length, sending], [2, []])
})
