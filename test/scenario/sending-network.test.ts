/** F23: a network that fails, in network namespaces: nothing hangs for ever, and the queue stays whole. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { startResponder } from '../../src/dns/testing/responder.ts'
import { assertSound, settingsFor, submit, until } from '../support/other-servers.ts'
import { FAR, Partition, PORT } from '../support/partition.ts'
import { startWithUsers } from '../support/users.ts'

const INSIDE = 'WAYBILL_TEST_NETWORK'
const canUnshare = spawnSync('unshare', ['--map-root-user', '--net', 'ip', 'link']).status === 0
const skip = canUnshare ? false : 'no network namespaces here'

if (process.env[INSIDE] === undefined)
  test('F23: in a network of its own', { skip }, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const ran = spawnSync(
      'unshare',
      ['--map-root-user', '--net', process.execPath, '--test', fileURLToPath(import.meta.url)],
      { env: { ...env, [INSIDE]: '1' }, encoding: 'utf8', timeout: 120_000 },
    )
    assert.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`)
    assert.match(ran.stdout, /pass [1-9]/)
  })
else test('F23: a network that fails', insideTheNetwork)

async function insideTheNetwork(): Promise<void> {
  await using link = await Partition.open()
  await using dns = await startResponder(({ name, type }) =>
    type === 'A' ? [{ answers: [{ type: 'A', name, ttl: 300, data: FAR }] }] : [{}],
  )
  const { outgoing } = settingsFor(PORT, dns.server.port)
  const timeouts = {
    ...{ connect: '1 s', greeting: '1 s', command: '1 s', data: '1 s' },
    ...{ block: '1 s', end_of_data: '1 s', quit: '500 ms' },
  }
  const settings = { outgoing: Object.assign({}, outgoing, { timeouts }) }
  await using server = await startWithUsers({ settings })
  const lines = (mark: string, domain: string) =>
    server.log('mainlog').split(` ${mark} carol@${domain} `).length - 1

  const faults: readonly (readonly [name: string, begin: () => Promise<void>])[] = [
    ['drop', async () => link.fail('drop')],
    ['unreachable', async () => link.fail('unreachable')],
    ['deaf', () => link.tell('deaf')],
    ['deaf-at-data', () => link.tell('deaf at DATA')],
    ['narrow-at-data', () => link.tell('narrow at DATA')],
  ]
  for (const [index, [name, begin]] of faults.entries()) {
    await begin()
    const domain = `${name}.test`
    await submit(server, `${name}@client.test`, `carol@${domain}`)
    await until(() => lines('==', domain) > 0, `${name}: it waits`)
    assert.equal(lines('**', domain), 0, name)
    await assertSound(server)
    await link.mend()
    await until(() => lines('=>', domain) === 1, `${name}: it goes`)
    await until(() => link.messages === index + 1, `${name}: it is there, once`)
  }
  await assertSound(server)
}
