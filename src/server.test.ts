import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { ManualClock } from './base/clock.ts'
import { configFrom } from './config/load.ts'
import type { Config, ListenerConfig } from './config/types.ts'
import { askServer } from './control/client.ts'
import { SqliteConnection } from './db/sqlite.ts'
import { lastSample } from './doctor/history.ts'
import { startServer } from './server.ts'

const smtp: ListenerConfig = {
  name: 'smtp',
  protocol: 'smtp',
  address: '127.0.0.1',
  port: 0,
  tls: 'starttls',
}
const imap: ListenerConfig = { ...smtp, name: 'imap', protocol: 'imap' }

function configFor(t: TestContext): Config {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-server-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { config } = configFrom(null)
  const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 }
  return {
    ...config,
    hostName: 'mail.example.test',
    dataFolder: join(folder, 'data'),
    listeners: [smtp],
    disk,
  }
}

/** What a server says first; '' when nobody listens. */
async function greeting(port: number | undefined): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: port ?? 0 })
  try {
    const [line] = await once(socket, 'data')
    return String(line)
  } catch {
    return ''
  } finally {
    socket.destroy()
  }
}

test('a server answers on its ports and on its control socket until it is disposed', async (t) => {
  const config = configFor(t)
  let port: number | undefined
  {
    await using server = await startServer(config)
    port = server.addresses.get('smtp')?.port
    assert.match(await greeting(port), /^220 mail\.example\.test /)
    const status = await askServer(config.dataFolder, 'status', {})
    assert.equal(Reflect.get(Object(status?.result), 'processId'), process.pid)
  }
  assert.equal(await greeting(port), '')
  assert.equal(await askServer(config.dataFolder, 'status', {}), undefined)
  assert.ok(!existsSync(join(config.dataFolder, 'waybill.pid')))
  const log = readFileSync(join(config.dataFolder, 'log', 'mainlog'), 'utf8')
  assert.match(
    log,
    /Waybill \S+ daemon started: pid=\d+, listening for SMTP on \[127\.0\.0\.1\]:\d+\n/,
  )
  assert.match(log, /Waybill \S+ daemon stopped: pid=\d+\n/)
})

test('a reload opens and closes listeners, and changes limits and name for who comes next', async (t) => {
  const config = configFor(t)
  await using server = await startServer(config)
  const before = server.addresses.get('smtp')?.port
  await server.reload({ ...config, hostName: 'new.example.test', listeners: [smtp, imap] })
  assert.equal(server.addresses.get('smtp')?.port, before, 'what did not change stays open')
  assert.match(await greeting(before), /^220 new\.example\.test /)
  assert.match(await greeting(server.addresses.get('imap')?.port), /^\* OK /)
  await server.reload({ ...config, listeners: [imap] })
  assert.equal(await greeting(before), '')
})

test('a reload that cannot be done changes nothing', async (t) => {
  const config = configFor(t)
  await using server = await startServer(config)
  const busy = createServer().listen(0, '127.0.0.1')
  t.after(() => busy.close())
  await once(busy, 'listening')
  const address = busy.address()
  assert.ok(typeof address === 'object' && address !== null)
  const cases: [config: Config, sentence: RegExp][] = [
    [
      { ...config, listeners: [{ ...imap, port: address.port }] },
      new RegExp(`port ${address.port} \\(listener "imap"\\) is in use by another program`),
    ],
    [
      { ...config, dataFolder: '/elsewhere' },
      /data_folder cannot change while the server runs: restart it/,
    ],
    [
      { ...config, sendmail: { ...config.sendmail, users: false } },
      /sendmail\.users and drop_folder cannot change while the server runs: restart it/,
    ],
    [
      { ...config, tls: { certificates: [{ hosts: [], cert: '/no/cert', key: '/no/key' }] } },
      /cannot read \/no\/cert/,
    ],
  ]
  for (const [next, sentence] of cases) await assert.rejects(server.reload(next), sentence)
  assert.deepEqual([...server.addresses.keys()], ['smtp'])
  assert.match(await greeting(server.addresses.get('smtp')?.port), /^220 mail\.example\.test /)
})

test('a start that fails leaves nothing open', async (t) => {
  const config = configFor(t)
  const failing = startServer(config, {
    prepare: async () => {
      throw new Error('not today')
    },
  })
  await assert.rejects(failing, /not today/)
  await using _server = await startServer(config)
})

test('a running server keeps its figures every five minutes', async (t) => {
  const config = configFor(t)
  const clock = new ManualClock(Date.now())
  await using _server = await startServer(config, { clock })
  using store = new SqliteConnection(join(config.dataFolder, 'mail.db'), { readOnly: true })
  clock.advance(5 * 60_000)
  for (;;) {
    const delay = store.run(lastSample('loop.delayMs'))
    if (delay !== undefined) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(store.run(lastSample('delivered'))?.value, 0)
  assert.ok((store.run(lastSample('memory.octets'))?.value ?? 0) > 1e6)
})
