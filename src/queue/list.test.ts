import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  ALL_QUEUED,
  countQueued,
  type QueueFilter,
  type QueuePage,
  queuedMessages,
  queuePage,
} from './list.ts'
import { editQueued, stopQueued } from './steer.ts'
import { acceptMail, mailTo, NOW_MS, outcome, TestQueue } from './testing/test-queue.ts'
import type { QueueId } from './types.ts'

function fill(queue: TestQueue): QueueId[] {
  const mails = [
    mailTo(['a@x.example'], { arrivedMs: NOW_MS - 3_600_001 }),
    mailTo(['Bob@Y.example', 'c@sub.x.example'], { sender: 'Ann@Here.example', sizeOctets: 500 }),
    mailTo(['d@x.example'], { sender: null }),
  ]
  return mails.map((mail) => queue.write(acceptMail, mail))
}

test('each filter finds what it names', async (t) => {
  using queue = new TestQueue()
  const ids = fill(queue)
  const [, , third] = ids
  assert.ok(third)
  const targets = [{ queueId: third, lines: '' }]
  queue.write(stopQueued, { as: 'frozen', targets, by: null })
  const cases: readonly (readonly [filter: Partial<QueueFilter>, found: readonly number[]])[] = [
    [{}, [1, 2, 3]],
    [{ from: 'ann@here' }, [2]],
    [{ from: '<>' }, [3]],
    [{ from: 'here.example' }, [1, 2]],
    [{ to: 'bob@y' }, [2]],
    [{ domain: 'x.example' }, [1, 3]],
    [{ domain: 'Y.EXAMPLE' }, [2]],
    [{ domain: 'mx:sub.x.example' }, [2]],
    [{ domain: 'example' }, []],
    [{ arrivedBeforeMs: NOW_MS - 3_600_000 }, [1]],
    [{ arrivedAfterMs: NOW_MS - 3_600_000 }, [2, 3]],
    [{ stopped: 'frozen' }, [3]],
    [{ stopped: 'held' }, []],
    [{ minOctets: 500 }, [2]],
    [{ maxOctets: 499 }, [1, 3]],
    [{ domain: 'x.example', stopped: 'frozen' }, [3]],
    [{ to: '%' }, []],
  ]
  for (const [filter, found] of cases)
    await t.test(JSON.stringify(filter), () => {
      const page = queue.read(queuePage({ ...ALL_QUEUED, ...filter }, null))
      assert.deepEqual(
        page.ids,
        found.map((n) => ids[n - 1]),
      )
      assert.equal(page.next, null)
    })
})

test('a recipient that is done is not looked for', () => {
  using queue = new TestQueue()
  const [, second] = fill(queue)
  assert.ok(second)
  const drop = { drop: [1], add: [], outcome: outcome('cancelled', NOW_MS), completedLine: '' }
  queue.write(editQueued, { target: { queueId: second, lines: '', ...drop } })
  assert.deepEqual(queue.read(queuePage({ ...ALL_QUEUED, to: 'bob' }, null)).ids, [])
})

test('pages go on where the one before ended, and miss none', () => {
  using queue = new TestQueue()
  const ids: QueueId[] = []
  for (let n = 0; n < 2500; n++) ids.push(queue.write(acceptMail, mailTo([`${n % 7}@x.example`])))
  const found: QueueId[] = []
  let pages = 0
  for (let after: QueueId | null = null; ; ) {
    const page: QueuePage = queue.read(queuePage({ ...ALL_QUEUED, to: '3@' }, after))
    found.push(...page.ids)
    pages++
    if (page.next === null) break
    after = page.next
  }
  assert.equal(pages, 3)
  assert.deepEqual(
    found,
    ids.filter((_, n) => n % 7 === 3),
  )
  assert.equal(queue.read(countQueued()), 2500)
  const [first, second] = ids
  assert.ok(first && second)
  const shown = queue.read(queuedMessages([second, 999_999 as QueueId, first]))
  assert.deepEqual(
    shown.map(({ queueId }) => queueId),
    [second, first],
  )
})
