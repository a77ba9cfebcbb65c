import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { mock, test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import { checkStore } from '../store/check.ts'
import { EVERY_UID, type MailboxId, type Message } from '../store/types.ts'
import { MEMORY_OCTETS } from './body.ts'
import { openTestDelivery, type TestDelivery } from './testing/test-delivery.ts'

const SMALL =
  'From: a@x.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n'

/** Runs a test, then proves every invariant of the store, the octets of blobs included. */
function deliveryTest(name: string, run: (opened: TestDelivery) => Promise<void>): void {
  test(name, async () => {
    await using opened = await openTestDelivery()
    await run(opened)
    assert.deepEqual(await checkStore({ ...opened, deep: true, onProgress: () => {} }), [])
  })
}

async function octetsOf(opened: TestDelivery, message: Message): Promise<string> {
  const octets = opened.store.octets(message, 0, message.sizeOctets)
  if (octets instanceof Uint8Array) return Buffer.from(octets).toString('latin1')
  const chunks: Uint8Array[] = []
  for await (const chunk of octets) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

function inbox(
  opened: TestDelivery,
  name: string,
): { id: MailboxId; messages: readonly Message[] } {
  const account = opened.directory.findAccount(`${name}@here.example`)
  assert.ok(account)
  const mailbox = opened.store.mailbox(account.id, 'INBOX')
  assert.ok(mailbox)
  return { id: mailbox.id, messages: opened.store.messages(mailbox.id, EVERY_UID, 100) }
}

const mainlog = (opened: TestDelivery) =>
  readFileSync(join(opened.folder, 'log', 'mainlog'), 'latin1').replace(/^\S+ \S+ \S+ /gm, '')

deliveryTest('a message is stored once, with trace headers of each copy', async (opened) => {
  await opened.deliver(SMALL, ['jane@here.example', 'bob+tag@here.example'])
  const jane = inbox(opened, 'jane').messages[0]
  const bob = inbox(opened, 'bob').messages[0]
  assert.ok(jane && bob)
  assert.equal(jane.blob.id, bob.blob.id)
  const janes = `Return-Path: <a@x.example>\r\nDelivered-To: jane@here.example\r\n${SMALL}`
  assert.equal(await octetsOf(opened, jane), janes)
  assert.equal(jane.sizeOctets, janes.length)
  assert.match(
    await octetsOf(opened, bob),
    /^Return-Path: .*\r\nDelivered-To: bob\+tag@here\.example\r\n/,
  )
})

deliveryTest('its log lines say what became of every recipient', async (opened) => {
  await opened.deliver(SMALL, ['team@here.example', 'jane@here.example', 'noreply@here.example'])
  await opened.settle()
  const lines = mainlog(opened).trimEnd().split('\n')
  assert.equal(lines.length, 6)
  assert.match(
    lines[0] ?? '',
    /^<= a@x\.example H=\(x\.example\) \[192\.0\.2\.9\]:5025 .* id=1@x T="Gr/,
  )
  assert.match(lines[1] ?? '', /^=> jane@here\.example <team@here\.example> .*R=local T=mailbox/)
  assert.match(lines[2] ?? '', /^=> bob@here\.example <team@here\.example> /)
  assert.match(lines[3] ?? '', /^-> jane@here\.example /)
  assert.match(lines[4] ?? '', /^=> :blackhole: <noreply@here\.example> F=<a@x\.example> R=alias/)
  assert.match(lines[5] ?? '', /^Completed/)
})

deliveryTest(
  'an address that is written in another way is in all lines the same',
  async (opened) => {
    await opened.deliver(SMALL, [
      '"jane"@HERE.example',
      'jane@here.example',
      '"b\\ob"@here.example',
      'Postmaster',
    ])
    await opened.settle()
    const [arrival = '', ...rest] = mainlog(opened).split('\n')
    assert.match(arrival, / for jane@here\.example bob@here\.example postmaster@here\.example$/)
    assert.deepEqual(
      rest.map((line) => line.replace(/ F=.*/, '')),
      [
        '=> jane@here.example',
        '-> jane@here.example',
        '=> bob@here.example',
        '-> jane@here.example <postmaster@here.example>',
        'Completed QT=0s',
        '',
      ],
    )
  },
)

deliveryTest('a large message goes to a file and comes back the same', async (opened) => {
  const large = `Subject: x\r\n\r\n${'0123456789abcde\r\n'.repeat(20_000)}`
  await opened.deliver(large, ['jane@here.example'])
  const [message] = inbox(opened, 'jane').messages
  assert.ok(message?.blob.file)
  assert.ok((await octetsOf(opened, message)).endsWith(`\r\n${large}`))
  const part = opened.store.octets(message, 100_000, 100_010) as AsyncIterable<Uint8Array>
  const whole = await octetsOf(opened, message)
  for await (const chunk of part)
    assert.equal(Buffer.from(chunk).toString(), whole.slice(100_000, 100_010))
  assert.deepEqual(readdirSync(join(opened.folder, 'tmp')), [])
})

deliveryTest('the last message with a file takes the file along', async (opened) => {
  const large = `Subject: x\r\n\r\n${'x'.repeat(MEMORY_OCTETS)}\r\n`
  await opened.deliver(large, ['jane@here.example', 'bob@here.example'])
  const file = opened.blobs.pathOf(inbox(opened, 'jane').messages[0]?.blob.file ?? '')
  for (const [name, left] of [
    ['jane', true],
    ['bob', false],
  ] as const) {
    const { id } = inbox(opened, name)
    const flags = { system: 8, keywords: [] }
    await opened.store.changeFlags({
      mailboxId: id,
      uids: EVERY_UID,
      action: 'add',
      flags,
      unchangedSince: undefined,
    })
    await opened.store.expunge(id, EVERY_UID)
    assert.equal(existsSync(file), left)
  }
})

deliveryTest(
  'a recipient without room refuses the whole message; nothing is left',
  async (opened) => {
    await opened.directory.setAccount('bob@here.example', { quotaOctets: 50 })
    const large = `Subject: x\r\n\r\n${'x'.repeat(MEMORY_OCTETS)}\r\n`
    for (const text of [SMALL, large])
      await assert.rejects(
        opened.deliver(text, ['jane@here.example', 'bob@here.example']),
        (error) => error instanceof Refusal && error.reason === 'overQuota',
      )
    assert.equal(inbox(opened, 'jane').messages.length, 0)
    await opened.settle()
    assert.equal(mainlog(opened), '')
    const files = []
    for await (const { file } of opened.blobs.files(Date.now())) files.push(file)
    assert.deepEqual(files, [])
  },
)

deliveryTest('a body that is given up leaves no file', async (opened) => {
  {
    await using body = opened.delivery.openBody()
    body.write(Buffer.alloc(MEMORY_OCTETS * 2, 'x'))
    await body.drained()
  }
  assert.deepEqual(readdirSync(join(opened.folder, 'tmp')), [])
})

deliveryTest('a large message that is thrown away leaves no file', async (opened) => {
  const large = `Subject: x\r\n\r\n${'x'.repeat(MEMORY_OCTETS)}\r\n`
  await opened.deliver(large, ['noreply@here.example'])
  assert.deepEqual(readdirSync(join(opened.folder, 'tmp')), [])
})

deliveryTest('quota and disk are asked before the octets come', async (opened) => {
  const jane = opened.directory.findAccount('jane@here.example')
  assert.ok(jane)
  await opened.directory.setAccount('jane@here.example', { quotaOctets: 1000 })
  opened.delivery.checkRoom(1000, [jane.id])
  assert.throws(() => opened.delivery.checkRoom(1001, [jane.id]), /overQuota/)
  assert.throws(() => opened.delivery.checkRoom(Number.MAX_SAFE_INTEGER, []), /storageFull/)
})

deliveryTest('APPEND takes all messages or none', async (opened) => {
  const jane = opened.directory.findAccount('jane@here.example')
  assert.ok(jane)
  const { id } = inbox(opened, 'jane')
  const flags = { system: 1, keywords: ['Work'] }
  const bodies = await Promise.all([opened.body(SMALL), opened.body('Subject: 2\r\n\r\n')])
  const messages = bodies.map((body) => ({ body, flags, receivedMs: 5000 }))
  const added = await opened.delivery.append(jane.id, id, messages)
  assert.deepEqual(
    added.map(({ uid }) => uid),
    [1, 2],
  )
  const [first] = inbox(opened, 'jane').messages
  assert.deepEqual(first?.flags, flags)
  assert.equal(first?.receivedMs, 5000)
  await opened.directory.setAccount('jane@here.example', { quotaOctets: 250 })
  await assert.rejects(opened.delivery.append(jane.id, id, [...messages, ...messages]), /overQuota/)
  assert.equal(inbox(opened, 'jane').messages.length, 2)
})

deliveryTest('50 deliveries at once cannot pass the quota together', async (opened) => {
  await opened.directory.setAccount('jane@here.example', { quotaOctets: 1000 })
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () => opened.deliver(SMALL, ['jane@here.example'])),
  )
  const accepted = results.filter(({ status }) => status === 'fulfilled').length
  const account = opened.directory.findAccount('jane@here.example')
  assert.ok(accepted > 0 && accepted < 50)
  assert.equal(account?.messages, accepted)
  assert.ok((account?.usedOctets ?? 0) <= 1000)
})

const EMPTY = new Uint8Array(0)
const LARGE = `Subject: x\r\n\r\n${'x'.repeat(MEMORY_OCTETS * 2)}\r\n`

/** The methods that every file handle has, to be replaced for a test. */
async function fileHandleMethods() {
  await using handle = await open('/dev/null')
  return Object.getPrototypeOf(handle)
}

deliveryTest('a write that takes only a part is gone on with', async (opened) => {
  const methods = await fileHandleMethods()
  const short = mock.method(methods, 'writev', async function (this: FileHandle, [chunk = EMPTY]) {
    return this.write(chunk, 0, Math.ceil(chunk.length / 2))
  })
  try {
    await opened.deliver(LARGE, ['jane@here.example'])
  } finally {
    short.mock.restore()
  }
  const [message] = inbox(opened, 'jane').messages
  assert.ok(message && (await octetsOf(opened, message)).endsWith(LARGE))
})

deliveryTest('a message that cannot be synced stops the store', async (opened) => {
  const methods = await fileHandleMethods()
  const failing = mock.method(methods, 'sync', async () => {
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
  })
  let heard = ''
  opened.database.onFailure((why) => {
    heard = why
  })
  try {
    await assert.rejects(opened.deliver(LARGE, ['jane@here.example']), /storageFailed/)
  } finally {
    failing.mock.restore()
  }
  assert.match(heard, /could not be synced: EIO/)
  await assert.rejects(opened.deliver(SMALL, ['jane@here.example']), /storageFailed/)
})

deliveryTest('a full disk under the blob folder is said to be full', async (opened) => {
  const body = await opened.body(LARGE)
  const methods = await fileHandleMethods()
  const failing = mock.method(methods, 'sync', async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  })
  const { destinations } = opened.directory.route('jane@here.example')
  const asked = { notify: null, original: null }
  const recipients = [{ address: 'jane@here.example', destinations, ...asked }]
  try {
    await assert.rejects(
      opened.delivery.accept({ facts: opened.facts(), recipients, body }),
      /storageFull/,
    )
  } finally {
    failing.mock.restore()
  }
  await opened.deliver(LARGE, ['jane@here.example'])
})

deliveryTest('the file stays when nobody knows whether its row was committed', async (opened) => {
  const write = opened.database.write.bind(opened.database)
  const lying = mock.method(opened.database, 'write', async (...args: Parameters<typeof write>) => {
    await write(...args)
    throw new Refusal('storageFailed')
  })
  await assert.rejects(opened.deliver(LARGE, ['jane@here.example']), /storageFailed/)
  lying.mock.restore()
  const [message] = inbox(opened, 'jane').messages
  assert.ok(message && (await octetsOf(opened, message)).endsWith(LARGE))
})

test('a damaged or missing file is refused before anything of it is read', async () => {
  await using opened = await openTestDelivery()
  await opened.deliver(LARGE, ['jane@here.example'])
  const [message] = inbox(opened, 'jane').messages
  assert.ok(message?.blob.file)
  const path = opened.blobs.pathOf(message.blob.file)
  truncateSync(path, 100)
  assert.throws(() => opened.store.octets(message, 0, 1000), /storageFailed/)
  rmSync(path)
  assert.throws(() => opened.store.octets(message, 0, 1000), /storageFailed/)
})

deliveryTest('an account made again has other UIDVALIDITYs', async (opened) => {
  const account = { password: 'correct horse', quotaOctets: null, enabled: true }
  const validities = new Set<number>()
  for (let n = 0; n < 3; n++) {
    const { id } = await opened.directory.addAccount('again@here.example', account)
    for (const { uidValidity } of opened.store.mailboxes(id)) {
      assert.ok(!validities.has(uidValidity), `UIDVALIDITY ${uidValidity} comes twice`)
      validities.add(uidValidity)
    }
    await opened.directory.removeAccount('again@here.example')
  }
})

deliveryTest('RFC 6152, RFC 6532: where the first octet above 127 is', async ({ body }) => {
  const head = 'Subject: x\r\n\r\n'
  const far = `${'a'.repeat(20_000)}\r\n`
  for (const [text, from] of [
    [`${head}plain\r\n`, null],
    [`${head}gr\xfc\xdfe\r\n`, head.length + 2],
    [`Subject: \xc3\xa9\r\n\r\nx\r\n`, 9],
    [`${head}${far}\x7f\x80\r\n`, head.length + far.length + 1],
    [`${head}${'a'.repeat(80_000)}\xff`, head.length + 80_000],
  ] as const)
    assert.equal((await body(text)).eightBitFrom, from)
})

deliveryTest('F13: a message that nobody waits for any more is not stored', async (opened) => {
  const gone = AbortSignal.abort()
  for (const text of [SMALL, `${SMALL}${'x'.repeat(70)}\r\n`.padEnd(2 * MEMORY_OCTETS, 'long ')])
    await assert.rejects(
      opened.deliver(text, ['jane@here.example'], gone),
      (error) => error instanceof Refusal && error.reason === 'tryLater',
    )
  assert.equal(inbox(opened, 'jane').messages.length, 0)
})
