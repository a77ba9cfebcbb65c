import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import type { MessageId } from '../journal/event.ts'
import { messageIds } from '../journal/message-id.ts'
import { UTC } from '../journal/zone.ts'
import { checkFates } from './fates.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 9, 0, 6)
const newId = messageIds(() => NOW_MS, 1)
const ID = newId()
const OTHER = newId()
const EARLIER = messageIds(() => NOW_MS - 86_400_000, 1)()

const line = (id: MessageId, rest: string) => `2026-11-20 09:00:06 ${id} ${rest}\n`
const arrival = (id: MessageId, ...recipients: string[]) =>
  line(id, `<= a@x.example H=(x) [192.0.2.3] P=esmtp S=100 id=1@x for ${recipients.join(' ')}`)
const delivered = (id: MessageId, to: string) =>
  line(id, `=> ${to} F=<a@x.example> R=local T=mailbox mailbox="INBOX"`)
const completed = (id: MessageId) => line(id, 'Completed')
const BOB = 'bob@example.com'
const WHOLE = arrival(ID, BOB) + delivered(ID, BOB) + completed(ID)

interface Given {
  readonly waiting?: string
  readonly kept?: readonly MessageId[]
  readonly older?: string
  readonly files?: number
  readonly queued?: ReadonlyMap<MessageId, readonly string[]>
}

async function broken(
  log: string,
  { waiting = '', kept = [], older, files = 9, queued = new Map() }: Given = {},
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-fates-'))
  try {
    writeFileSync(join(folder, 'mainlog'), log)
    if (older !== undefined)
      writeFileSync(join(folder, 'mainlog.20261119-000000.gz'), gzipSync(older))
    const waitingLines = () => waiting.split('\n').slice(0, -1)
    const report = await checkFates({
      ...{ folder, zone: UTC, files, waitingLines, kept: new Set(kept), queued: () => queued },
    })
    return report.broken.map(({ id, text }) => `${id === ID ? 'ID' : 'OTHER'}: ${text}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const CASES: readonly (readonly [name: string, log: string, expected: readonly string[]])[] = [
  ['nothing', '', []],
  ['a delivered message', WHOLE, []],
  [
    'two, one inside the other',
    `${arrival(OTHER, BOB)}${WHOLE}${delivered(OTHER, BOB)}${completed(OTHER)}`,
    [],
  ],
  [
    'an alias, a tag, a black hole, other case',
    arrival(ID, 'team@example.com', 'Bob+x@Example.com', 'no@example.com') +
      delivered(ID, `${BOB} <team@example.com>`) +
      line(ID, `-> ${BOB} <Bob+x@example.com> F=<a@x.example> R=local T=mailbox`) +
      line(ID, '=> :blackhole: <no@example.com> F=<a@x.example> R=alias') +
      completed(ID),
    [],
  ],
  [
    'a failure after a deferral',
    arrival(ID, BOB) +
      line(ID, `== ${BOB} F=<a@x.example> R=local T=mailbox defer (-22): mailbox is full`) +
      line(ID, `** ${BOB} F=<a@x.example> R=local T=mailbox: retry time exceeded`) +
      completed(ID),
    [],
  ],
  [
    'a rejection, which has an id',
    line(ID, 'H=(x) [192.0.2.3] F=<a@x> rejected after DATA: no'),
    [],
  ],
  ['the end of a message older than the log', delivered(EARLIER, BOB) + completed(EARLIER), []],
  [
    'a recipient without a fate',
    arrival(ID, BOB, 'carol@example.com') + delivered(ID, BOB) + completed(ID),
    ['ID: carol@example.com was accepted, and neither delivered nor failed'],
  ],
  [
    'an arrival and no more',
    arrival(ID, BOB),
    [`ID: ${BOB} was accepted, and neither delivered nor failed`],
  ],
  ['no end', arrival(ID, BOB) + delivered(ID, BOB), ['ID: it is not completed']],
  [
    'a delivery twice',
    arrival(ID, BOB) + delivered(ID, BOB) + delivered(ID, BOB) + completed(ID),
    [`ID: ${BOB} has 2 fates`],
  ],
  [
    'a person who sends it once more',
    arrival(ID, BOB, 'carol@example.com') +
      delivered(ID, BOB) +
      line(ID, `recipient <${BOB}> added by root`) +
      delivered(ID, BOB) +
      line(ID, 'recipient <dave@example.com> added by root') +
      delivered(ID, 'dave@example.com') +
      delivered(ID, 'dave@example.com') +
      delivered(ID, 'carol@example.com') +
      completed(ID),
    ['ID: dave@example.com has 2 fates'],
  ],
  [
    'a whole message twice',
    WHOLE + WHOLE.replaceAll(ID, OTHER) + WHOLE,
    [
      'ID: the log says 2 times that it is accepted',
      'ID: the log says 2 times that it is completed',
      `ID: ${BOB} has 2 fates`,
    ],
  ],
  [
    'an end without a beginning',
    WHOLE + delivered(OTHER, BOB) + completed(OTHER),
    ['OTHER: the log has its end, and not its arrival'],
  ],
]

for (const [name, log, expected] of CASES)
  test(`fates: ${name}`, async () => {
    assert.deepEqual(await broken(log), expected)
  })

test('fates: a message may begin in an older, compressed file', async () => {
  const [first = '', ...rest] = WHOLE.split(/(?<=\n)/)
  assert.deepEqual(await broken(rest.join(''), { older: first }), [])
})

test('fates: older files may be left out', async () => {
  const older = arrival(EARLIER, BOB)
  assert.equal((await broken(WHOLE, { older })).length, 1)
  assert.deepEqual(await broken(WHOLE, { older, files: 1 }), [])
})

test('fates: lines that wait for the log count, whether it has them already or not', async () => {
  const [first = ''] = WHOLE.split(/(?<=\n)/)
  assert.deepEqual(await broken(first, { waiting: WHOLE }), [])
  assert.deepEqual(await broken(first, { waiting: first }), [
    `ID: ${BOB} was accepted, and neither delivered nor failed`,
  ])
})

test('fates: what is kept must be in the log, unless it is older', async () => {
  assert.deepEqual(await broken(WHOLE, { kept: [ID, EARLIER] }), [])
  assert.deepEqual(await broken(WHOLE, { kept: [OTHER], waiting: WHOLE.replaceAll(ID, OTHER) }), [])
  assert.deepEqual(await broken(WHOLE, { kept: [OTHER] }), [
    'OTHER: it is in a mailbox, and the log has no line of it',
  ])
})

test('fates: who waits in the queue needs no fate, and the others do', async () => {
  const CAROL = 'carol@else.example'
  const log = arrival(ID, BOB, CAROL) + delivered(ID, BOB)
  const deferral = line(ID, `== ${CAROL} R=mx T=smtp defer (111): Connection refused`)
  const waits = new Map([[ID, [CAROL]]])
  assert.deepEqual(await broken(log, { queued: waits }), [])
  assert.deepEqual(await broken(log + deferral, { queued: waits }), [])
  assert.deepEqual(
    await broken(log, { queued: new Map([[ID, ['x@forward.example', 'Carol@Else.example']]]) }),
    [],
  )
  assert.deepEqual(await broken(arrival(ID, BOB, CAROL), { queued: waits }), [
    `ID: ${BOB} was accepted, and neither delivered nor failed`,
  ])
  assert.deepEqual(await broken(log), [
    `ID: ${CAROL} was accepted, and neither delivered nor failed`,
  ])
})

test('fates: what is in the queue is in the log, and not completed there', async () => {
  const waits = new Map([[ID, [BOB]]])
  assert.deepEqual(await broken(WHOLE.replaceAll(ID, OTHER), { queued: waits }), [
    'ID: it is in the queue, and the log has no line of it',
  ])
  assert.deepEqual(await broken(WHOLE, { queued: waits }), [
    'ID: the log says that it is completed, and it is in the queue',
  ])
  assert.deepEqual(await broken(WHOLE, { queued: new Map([[EARLIER, [BOB]]]) }), [])
})

test('fates: recipients of a message that a person removed have theirs', async () => {
  const removed = arrival(ID, BOB) + line(ID, 'removed by root') + completed(ID)
  assert.deepEqual(await broken(removed), [])
})
