/**
 * F16: a destination that does not answer, with much mail for it, beside one that does.
 * `DEAD_MESSAGES=100000` is the full measure.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { fillQueue } from '../../bench/load/fill-queue.ts'
import { startOtherServers, submit, until } from '../support/other-servers.ts'
import { startWithUsers } from '../support/users.ts'

const MESSAGES = Number(process.env['DEAD_MESSAGES'] ?? 3000)
const WELL = 40

for (const step of ['banner', 'dot'] as const)
  test(`F16: a dead destination (${step}) with ${MESSAGES} messages does not slow another`, async () => {
    await using others = await startOtherServers({
      'dead.test': { act: (now) => (now === step ? { kind: 'hang' } : null) },
      'well.test': {},
    })
    await using server = await startWithUsers({ settings: others.settings, start: false })
    await fillQueue({
      ...{ dataFolder: server.dataFolder, messages: MESSAGES, sizeOctets: 1000, dueInMs: 0 },
      destination: 'mx:dead.test',
    })
    // The log has whole seconds: what came before its first line needs no line of its own.
    await sleep(1100)
    await server.start()
    const dead = others.mx('dead.test')
    const well = others.mx('well.test')
    await until(() => dead.sessions.length > 0, 'a connection to the dead one')
    for (let n = 0; n < WELL; n++) {
      await submit(server, `${n}@client.test`, `u${n}@well.test`)
      await until(() => well.messages.length > n, `message ${n} at the other one`)
    }
    // Each was tried once, at once, and nobody waited behind the dead one's mail.
    assert.equal(well.messages.length, WELL)
    assert.doesNotMatch(server.log('mainlog'), / == /)
    assert.ok(dead.open.most <= 20, `${dead.open.most} connections to the dead one`)
    assert.ok(well.open.most <= 2, `${well.open.most} connections to the other one`)
    assert.equal(dead.messages.length, 0)
    const { stdout, status } = await server.cli(['check'])
    assert.equal(status, 0, stdout)
  })
