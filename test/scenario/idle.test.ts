import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'

/** The promise is 100 ms; a busy test machine is given this long. */
const LIMIT_MS = 2000

test('IDLE', async (t) => {
  await using server = await startWithUsers()
  await using watcher = await server.imap(ALICE)
  await watcher.ok('SELECT INBOX')

  await t.test('new mail shows up', async () => {
    const delays: number[] = []
    for (let number = 1; number <= 5; number++) {
      await watcher.idle()
      await using smtp = await server.smtp()
      const message = makeMessage({ id: `idle-${number}@client.test`, to: ALICE })
      const told = watcher
        .awaitUntagged(new RegExp(`^\\* ${number} EXISTS$`))
        .then(() => performance.now())
      const reply = await smtp.send({ from: BOB, to: [ALICE] }, message)
      assert.equal(reply.code, 250)
      const acceptedAt = performance.now()
      delays.push((await told) - acceptedAt)
      await watcher.done()
    }
    const worst = Math.max(...delays)
    t.diagnostic(`EXISTS came at most ${worst.toFixed(1)} ms after the 250 (negative: before it)`)
    assert.ok(worst < LIMIT_MS, `took ${worst} ms`)
  })

  await t.test('flags and removals by another session show up', async () => {
    await using other = await server.imap(ALICE)
    await other.ok('SELECT INBOX')
    await watcher.idle()
    await other.ok('STORE 2 +FLAGS (\\Flagged)')
    assert.match(await watcher.awaitUntagged(/FETCH/), /^\* 2 FETCH \(.*\\Flagged/)
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await other.ok('EXPUNGE')
    await watcher.awaitUntagged(/^\* 1 EXPUNGE$/)
    await watcher.done()
    const { untagged } = await watcher.ok('FETCH 1 (UID FLAGS)')
    assert.match(untagged[0]?.text ?? '', /UID 2 /)
  })
})
