import assert from 'node:assert/strict'
import { test } from 'node:test'

import { findQueued } from '../queue/list.ts'
import { acceptMail, mailTo, NOW_MS, recipientAt, TestQueue } from '../queue/testing/test-queue.ts'
import type { DestinationName } from '../queue/types.ts'
import { steerEvent } from './queue-lines.ts'
import { failedTarget, ownOutcome } from './queue-targets.ts'

test('who is given back has the router of its own way in the log, not that of the first', () => {
  using queue = new TestQueue()
  const relayed = recipientAt('b@y.example', { destination: 'relay:out' as DestinationName })
  const recipients = [recipientAt('a@x.example'), relayed, recipientAt('c@x.example')]
  const mail = mailTo([], { recipients })
  queue.write(acceptMail, mail)
  const message = queue.read(findQueued(mail.queued.messageId))
  const [first, ...others] = message?.recipients ?? []
  assert.ok(message && first)
  const action = { action: 'cancelled', recipient: null, text: 'cancelled by jo' } as const
  const target = failedTarget({
    message,
    group: [first, ...others],
    outcome: ownOutcome('failed', NOW_MS, 'delivery cancelled by administrator'),
    action: steerEvent(message.messageId, 'jo', NOW_MS, action),
    render: (event) =>
      event.type === 'failed'
        ? `${event.recipient?.address} R=${event.recipient?.router}\n`
        : `${event.type}\n`,
  })
  assert.equal(
    target.lines,
    'queueAction\na@x.example R=mx\nc@x.example R=mx\nb@y.example R=relay\n',
  )
  assert.equal(target.completedLine, 'completed\n')
  assert.deepEqual(target.numbers, [1, 2, 3])
})
