/** Many messages are steered in small steps, and a crash can come between any two of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fillQueue } from '../../bench/load/fill-queue.ts'
import { startWaybill } from '../support/waybill.ts'

test('killed while it removes many: each message is removed and in the log, or it waits as before', async () => {
  await using server = await startWaybill({ start: false })
  const relay = ['--host', '127.0.0.1:9', '--tls', 'none', '--all']
  await server.cliOk(['relay', 'add', 'sink', ...relay])
  const { dataFolder } = server
  const soon = { destination: 'relay:sink', dueInMs: 86_400_000 }
  await fillQueue({ dataFolder, messages: 3000, sizeOctets: 1000, ...soon })
  const waiting = async () => (await server.cliOk(['queue', 'list', '-i'])).trim().split('\n')
  const all = await waiting()
  assert.equal(all.length, 3000)
  await server.start()
  const removing = server.cli(['queue', 'remove', '--all', '--yes'])
  await server.logged('mainlog', / removed by /)
  await server.kill()
  const { stdout, stderr } = await removing
  // It can have been faster than the kill.
  if (stdout === '') assert.match(stderr, /^waybill: the server on \S+ ended before it answered: /)
  await server.start()
  const left = new Set(await waiting())
  const log = server.log('mainlog')
  const ofLog = (words: string) =>
    Map.groupBy(log.matchAll(new RegExp(` (\\S{23}) ${words}`, 'g')), ([, id = '']) => id)
  const [removed, completed] = [ofLog('removed by '), ofLog('Completed')]
  for (const id of all) {
    const lines = left.has(id) ? 0 : 1
    assert.equal(removed.get(id)?.length ?? 0, lines, `${id} removed`)
    assert.equal(completed.get(id)?.length ?? 0, lines, `${id} completed`)
  }
  assert.ok(removed.size > 0)
})
