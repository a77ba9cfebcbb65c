import assert from 'node:assert/strict'
import { test } from 'node:test'

import { runSessions } from './imap-sessions.ts'
import { startChaosServer } from './server.ts'

test('F29: sessions that change one mailbox at once agree on it', async (t) => {
  await using server = await startChaosServer()
  const seed = Date.now() % 1_000_000
  const report = await runSessions(server, { sessions: 6, rounds: 3, roundMs: 2000, seed })
  t.diagnostic(`${report.commands} commands, ${report.messages} messages, seed ${seed}`)
  assert.deepEqual(report.problems, [])
})
