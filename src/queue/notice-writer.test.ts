import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { NoticeWriter } from './notice-writer.ts'
import { ORIGINAL_OCTETS, type SenderNotice } from './notices.ts'
import type { DestinationName, Lease, QueueId } from './types.ts'
import {
  CONTEXT,
  DELIVERED,
  MAILBOX_FULL,
  MESSAGE,
  ORIGINAL,
  told,
  UNKNOWN_USER,
} from './testing/notice-samples.ts'

const LEASE = {
  ...MESSAGE,
  ...{ queueId: 1 as QueueId, blobId: 1, prefix: new Uint8Array(0), eightBit: false },
  ...{ destination: 'mx:there.example' as DestinationName, recipients: [] },
} as unknown as Lease

function writer(content: () => Iterable<Uint8Array> = () => [ORIGINAL]) {
  const kept: SenderNotice[] = []
  let read = 0
  const notices = new NoticeWriter({
    hostName: () => CONTEXT.hostName,
    postmaster: () => CONTEXT.postmaster,
    clock: new ManualClock(CONTEXT.nowMs),
    newMessageId: () => CONTEXT.id,
    content: () => () => {
      read++
      return content()
    },
    senderOf: (path) => path.replace(/^SRS0=.*$/, 'bob@example.net'),
    keep: async (notice) => kept.push(notice),
  })
  return { notices, kept, read: () => read }
}

test('after an attempt: failures and wanted successes, in one notice; who waits is not told', async () => {
  const { notices, kept } = writer()
  const asked = { address: 'carol@there.example', notify: 'SUCCESS' }
  const prepared = await notices.prepare(LEASE, [
    told(UNKNOWN_USER),
    told(MAILBOX_FULL, { address: 'dave@there.example' }),
    told(DELIVERED, asked),
  ])
  assert.deepEqual(prepared, { notices: [{ isDelay: false, mail: 1 }], alarms: [] })
  const [notice] = kept
  assert.deepEqual(
    [notice?.id, notice?.about, notice?.to],
    [CONTEXT.id, MESSAGE.messageId, 'jane@ours.test'],
  )
  const text = Buffer.from(notice?.octets ?? []).toString('latin1')
  assert.deepEqual(
    [...text.matchAll(/^(?:Final-Recipient: rfc822; |Action: )(.*)\r$/gm)].map(([, word]) => word),
    ['bob@there.example', 'failed', 'carol@there.example', 'relayed'],
  )
})

test('nothing to tell: the message is not read', async () => {
  const { notices, kept, read } = writer()
  const quiet = [told(MAILBOX_FULL), told(DELIVERED), told(UNKNOWN_USER, { notify: 'NEVER' })]
  assert.deepEqual(await notices.prepare(LEASE, quiet), { notices: [], alarms: [] })
  assert.deepEqual([kept.length, read()], [0, 0])
})

test('a delay is told of as such, and only of those that wait', async () => {
  const { notices, kept } = writer()
  const prepared = await notices.prepareDelay(LEASE, [told(MAILBOX_FULL), told(UNKNOWN_USER)])
  assert.deepEqual(prepared, { notices: [{ isDelay: true, mail: 1 }], alarms: [] })
  assert.match(Buffer.from(kept[0]?.octets ?? []).toString(), /^Subject: Mail delayed: bob@/m)
  const none = await notices.prepareDelay(LEASE, [told(MAILBOX_FULL, { notify: 'FAILURE' })])
  assert.deepEqual(none.notices, [])
})

test('a bounce that fails is an alarm, and no bounce', async () => {
  const { notices, kept } = writer()
  const bounce = { ...LEASE, from: null }
  const { notices: made, alarms } = await notices.prepare(bounce, [
    told(UNKNOWN_USER),
    told(MAILBOX_FULL),
  ])
  assert.equal(made.length + kept.length, 0)
  assert.equal(alarms.length, 1)
  assert.match(alarms[0] ?? '', /is a bounce that could not be delivered to bob@there\.example/)
  assert.deepEqual(await notices.prepareDelay(bounce, [told(MAILBOX_FULL)]), {
    notices: [],
    alarms: [],
  })
})

test('of forwarded mail the sender is named, and told by the way back', async () => {
  const { notices, kept } = writer()
  const from = 'SRS0=AAAAAAAA=AA=example.net=bob@ours.test'
  await notices.prepare({ ...LEASE, from }, [told(UNKNOWN_USER, { parents: ['b@ours.test'] })])
  assert.equal(kept[0]?.to, from)
  assert.match(Buffer.from(kept[0]?.octets ?? []).toString(), /^To: <bob@example\.net>\r$/m)
})

test('of a large message only the begin is read', async () => {
  let chunks = 0
  function* large() {
    yield ORIGINAL
    for (; chunks < 1000; chunks++) yield Buffer.alloc(16_384, 'x\r\n')
  }
  const { notices, kept } = writer(large)
  await notices.prepare({ ...LEASE, sizeOctets: 16_384_000 }, [told(UNKNOWN_USER)])
  assert.ok(chunks * 16_384 <= ORIGINAL_OCTETS + 16_384, String(chunks))
  assert.ok((kept[0]?.octets.length ?? 0) < 10_000)
})
