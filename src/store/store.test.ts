import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import { checkDatabase, checkStore } from './check.ts'
import { openTestStore, type TestStore } from './testing/test-store.ts'
import { EVERY_UID, FLAG, type Flags, type MailboxId, type ModSeq, type Uid } from './types.ts'

const NONE: Flags = { system: 0, keywords: [] }
/** Every message's state, as a session that has seen nothing would learn it. */
const statesOf = ({ store }: TestStore, mailbox: MailboxId) =>
  store.changes(mailbox, 0 as ModSeq)?.changed ?? []
const uid = (n: number) => n as Uid
const seen: Flags = { system: FLAG.seen, keywords: [] }

/** Runs a test on a fresh store, and proves the invariants at its end. */
function storeTest(name: string, run: (opened: TestStore) => Promise<void>): void {
  test(name, async () => {
    await using opened = await openTestStore()
    await run(opened)
    assert.deepEqual(opened.database.read(checkDatabase()), [])
  })
}

const refuses = (reason: Refusal['reason']) => (error: unknown) =>
  error instanceof Refusal && error.reason === reason

storeTest('a new account has the six mailboxes, INBOX first, all subscribed', async (opened) => {
  const { store, jane } = opened
  assert.deepEqual(
    store.mailboxes(jane).map(({ name, specialUse, subscribed }) => [name, specialUse, subscribed]),
    [
      ['INBOX', 'Inbox', true],
      ['Archive', 'Archive', true],
      ['Drafts', 'Drafts', true],
      ['Junk', 'Junk', true],
      ['Sent', 'Sent', true],
      ['Trash', 'Trash', true],
    ],
  )
  assert.equal(store.mailbox(jane, 'inbox')?.name, 'INBOX')
})

storeTest('messages get ascending uids and modseqs, and are counted', async (opened) => {
  const { store, jane, inbox } = opened
  await opened.add(inbox, 'one')
  await opened.add(inbox, 'two', seen)
  const found = store.mailbox(jane, 'INBOX')
  assert.deepEqual([found?.messages, found?.unseen, found?.uidNext], [2, 1, 3])
  const messages = store.messages(inbox, EVERY_UID, 10)
  assert.deepEqual(
    messages.map((m) => m.uid),
    [1, 2],
  )
  assert.ok((messages[1]?.modSeq ?? 0) > (messages[0]?.modSeq ?? 0))
  const [first] = messages
  assert.ok(first)
  assert.equal(Buffer.from(store.octets(first, 0, 99) as Uint8Array).toString(), 'T: x\r\none')
  assert.equal(Buffer.from(store.octets(first, 3, 8) as Uint8Array).toString(), 'x\r\non')
  assert.equal(Buffer.from(store.octets(first, 1, 3) as Uint8Array).toString(), ': ')
  assert.equal((store.octets(first, 50, 60) as Uint8Array).length, 0)
})

storeTest('flags: add, remove, replace; only what changes gets a new modseq', async (opened) => {
  const { store, inbox } = opened
  await opened.add(inbox, 'one')
  await opened.add(inbox, 'two', { system: FLAG.flagged, keywords: ['Work'] })
  const change = (action: 'add' | 'remove' | 'replace', flags: Flags, unchangedSince?: ModSeq) =>
    store.changeFlags({ mailboxId: inbox, uids: EVERY_UID, action, flags, unchangedSince })
  const before = statesOf(opened, inbox)
  const added = await change('add', { system: FLAG.flagged, keywords: ['WORK'] })
  assert.deepEqual(
    added.messages.map(({ flags }) => flags),
    [
      { system: FLAG.flagged, keywords: ['Work'] },
      { system: FLAG.flagged, keywords: ['Work'] },
    ],
    'the keyword keeps its first spelling',
  )
  assert.equal(added.messages[1]?.modSeq, before[1]?.modSeq)
  const removed = await change('remove', { system: FLAG.flagged, keywords: ['work'] })
  assert.deepEqual(removed.messages.at(-1)?.flags, NONE)
  const since = statesOf(opened, inbox)[0]?.modSeq
  await store.changeFlags({
    mailboxId: inbox,
    uids: [[uid(2), uid(2)]],
    action: 'add',
    flags: seen,
    unchangedSince: undefined,
  })
  const conditional = await change('replace', seen, since)
  assert.deepEqual(conditional.modified, [2])
  assert.equal(conditional.messages[0]?.flags.system, FLAG.seen)
})

storeTest('only \\Deleted messages in the ranges are expunged', async (opened) => {
  const { store, inbox } = opened
  for (const text of ['one', 'two', 'three']) await opened.add(inbox, text)
  await store.changeFlags({
    mailboxId: inbox,
    uids: [[uid(1), uid(2)]],
    action: 'add',
    flags: { system: FLAG.deleted, keywords: [] },
    unchangedSince: undefined,
  })
  const since = store.mailboxById(inbox)?.highestModSeq ?? (0 as ModSeq)
  assert.deepEqual(await store.expunge(inbox, [[uid(2), uid(9)]]), [2])
  const changes = store.changes(inbox, since)
  assert.deepEqual(changes?.expunged, [2])
  assert.deepEqual(changes?.changed, [])
  assert.equal(changes?.mailbox.messages, 2)
  await opened.add(inbox, 'four')
  assert.deepEqual([...store.uids(inbox)], [1, 3, 4], 'a uid is not used twice')
})

storeTest('copies share the octets and keep flags, keywords and date', async (opened) => {
  const { store, jane, inbox } = opened
  await opened.add(inbox, 'one', { system: FLAG.answered, keywords: ['Work'] })
  await opened.add(inbox, 'two')
  const archive = store.mailbox(jane, 'Archive')?.id as MailboxId
  const copied = await store.copy(inbox, EVERY_UID, archive)
  assert.deepEqual(
    [copied.sources, copied.copies],
    [
      [1, 2],
      [1, 2],
    ],
  )
  const [from] = store.messages(inbox, EVERY_UID, 1)
  const [to] = store.messages(archive, EVERY_UID, 1)
  assert.equal(to?.blob.id, from?.blob.id)
  assert.deepEqual(to?.flags, from?.flags)
  assert.equal(to?.receivedMs, from?.receivedMs)
  assert.deepEqual(store.mailboxById(archive)?.keywords, ['Work'])
})

storeTest('summaries, outlines and messages agree, in ranges and up to a limit', async (opened) => {
  const { store, inbox } = opened
  await opened.add(inbox, 'one', { system: FLAG.seen, keywords: ['Work'] })
  for (const text of ['two', 'three', 'four']) await opened.add(inbox, text)
  const ranges = [
    [uid(1), uid(1)],
    [uid(3), uid(9)],
  ] as const
  const messages = store.messages(inbox, ranges, 2)
  const known = messages.map(({ uid, modSeq, flags, sizeOctets, receivedMs }) => ({
    uid,
    modSeq,
    flags,
    sizeOctets,
    receivedMs,
  }))
  assert.deepEqual(
    known.map((message) => message.uid),
    [1, 3],
  )
  assert.deepEqual(store.summaries(inbox, ranges, 2), known)
  const outlines = store.outlines(inbox, ranges, 2)
  assert.deepEqual(
    outlines.map(({ skeleton: _, ...summary }) => summary),
    known,
  )
  for (const [index, { skeleton }] of outlines.entries()) {
    const { blob } = messages[index] ?? assert.fail('one message each')
    assert.deepEqual(skeleton.envelope, store.skeleton(blob).envelope)
    assert.deepEqual(skeleton.root, store.skeleton(blob).root)
  }
})

test('messages read ahead give the same octets, and damage is still found', async () => {
  await using opened = await openTestStore()
  const { store, inbox } = opened
  for (const text of ['one', 'two', 'x'.repeat(20_000)]) await opened.add(inbox, text)
  opened.damage("UPDATE blob SET octets = x'00' WHERE id = 2")
  const messages = store.messages(inbox, EVERY_UID, 9)
  const ahead = store.readAhead(messages)
  assert.deepEqual(
    ahead.map(({ blob }) => blob.octets?.length),
    [9, 1, undefined],
  )
  for (const [index, message] of ahead.entries()) {
    const stored = messages[index] ?? assert.fail('one each')
    if (index === 1) assert.throws(() => store.octets(message, 0, 9), refuses('storageFailed'))
    else assert.deepEqual(store.octets(message, 2, 9), store.octets(stored, 2, 9))
  }
})

storeTest('a move is a copy and a removal in one', async (opened) => {
  const { store, jane, inbox } = opened
  await opened.add(inbox, 'one')
  await opened.add(inbox, 'two')
  const trash = store.mailbox(jane, 'Trash')?.id as MailboxId
  const since = store.mailboxById(inbox)?.highestModSeq ?? (0 as ModSeq)
  const moved = await store.move(inbox, [[uid(1), uid(1)]], trash)
  assert.deepEqual([moved.sources, moved.copies], [[1], [1]])
  assert.deepEqual(store.changes(inbox, since)?.expunged, [1])
  assert.equal(store.mailboxById(inbox)?.messages, 1)
  assert.equal(store.mailboxById(trash)?.messages, 1)
})

storeTest('the quota holds to the octet, for messages and copies', async (opened) => {
  const { store, jane, inbox } = opened
  await opened.setQuota(24)
  await opened.add(inbox, '123456') // 12 octets with the header
  await opened.add(inbox, '123456')
  await assert.rejects(opened.add(inbox, ''), refuses('overQuota'))
  const archive = store.mailbox(jane, 'Archive')?.id as MailboxId
  await assert.rejects(store.copy(inbox, EVERY_UID, archive), refuses('overQuota'))
  assert.equal(store.mailboxById(archive)?.messages, 0)
  await store.move(inbox, EVERY_UID, archive)
})

storeTest('mailboxes: names that are refused, and why', async (opened) => {
  const { store, jane } = opened
  const cases: [name: string, reason: Refusal['reason']][] = [
    ['Sent', 'mailboxExists'],
    ['inbox', 'mailboxExists'],
    ['a//b', 'mailboxNameInvalid'],
    ['/a', 'mailboxNameInvalid'],
    ['', 'mailboxNameInvalid'],
    ['a*', 'mailboxNameInvalid'],
    ['a%', 'mailboxNameInvalid'],
    ['a\r\nb', 'mailboxNameInvalid'],
    ['a\0b', 'mailboxNameInvalid'],
    [' a', 'mailboxNameInvalid'],
    ['ＩＮＢＯＸ', 'mailboxNameInvalid'],
    ['x'.repeat(256), 'mailboxNameInvalid'],
    [Array(17).fill('x').join('/'), 'mailboxNameInvalid'],
    ['\ud800', 'mailboxNameInvalid'],
  ]
  for (const [name, reason] of cases)
    await assert.rejects(store.createMailbox(jane, name, null), refuses(reason), name)
  await store.createMailbox(jane, 'Köln'.normalize('NFD'), null)
  await assert.rejects(store.createMailbox(jane, 'Köln', null), refuses('mailboxExists'))
})

storeTest('mailboxes: parents are made, children keep a parent from deletion', async (opened) => {
  const { store, jane } = opened
  await store.createMailbox(jane, 'a/b/c', null)
  assert.ok(store.mailbox(jane, 'a') && store.mailbox(jane, 'a/b'))
  await assert.rejects(store.deleteMailbox(jane, 'a'), refuses('mailboxHasChildren'))
  await assert.rejects(store.deleteMailbox(jane, 'INBOX'), refuses('policy'))
  await assert.rejects(store.deleteMailbox(jane, 'nowhere'), refuses('noSuchMailbox'))
  await store.renameMailbox(jane, 'a', 'x/y')
  assert.ok(store.mailbox(jane, 'x/y/b/c'))
  assert.equal(store.mailbox(jane, 'a/b'), undefined)
  await assert.rejects(store.renameMailbox(jane, 'x', 'x/y/z'), refuses('mailboxNameInvalid'))
})

storeTest('a mailbox made again has a greater UIDVALIDITY', async (opened) => {
  const { store, jane } = opened
  const values: number[] = []
  for (let i = 0; i < 5; i++) {
    values.push((await store.createMailbox(jane, 'again', null)).uidValidity)
    await store.deleteMailbox(jane, 'again')
  }
  assert.deepEqual(
    values,
    [...new Set(values)].sort((a, b) => a - b),
  )
})

storeTest('renaming INBOX moves its messages and leaves it empty', async (opened) => {
  const { store, jane, inbox } = opened
  await opened.add(inbox, 'one', { system: 0, keywords: ['k'] })
  await store.renameMailbox(jane, 'INBOX', 'old')
  assert.equal(store.mailboxById(inbox)?.messages, 0)
  assert.equal(store.mailbox(jane, 'INBOX')?.id, inbox)
  assert.equal(store.mailbox(jane, 'old')?.messages, 1)
})

storeTest('deleting a mailbox deletes its messages and gives their room back', async (opened) => {
  const { store, jane } = opened
  const { id } = await store.createMailbox(jane, 'tmp', null)
  await opened.add(id, 'one')
  await store.deleteMailbox(jane, 'tmp')
  assert.equal(store.mailboxById(id), undefined)
  assert.equal(store.changes(id, 0 as ModSeq), undefined)
  await assert.rejects(store.copy(id, EVERY_UID, opened.inbox), refuses('noSuchMailbox'))
})

storeTest('subscriptions name mailboxes that need not exist', async (opened) => {
  const { store, jane } = opened
  await store.setSubscribed(jane, 'not/yet', true)
  await store.setSubscribed(jane, 'not/yet', true)
  await store.setSubscribed(jane, 'Junk', false)
  assert.ok(store.subscriptions(jane).includes('not/yet'))
  assert.equal(store.mailbox(jane, 'Junk')?.subscribed, false)
})

storeTest('keywords are limited in number and length', async (opened) => {
  const { inbox } = opened
  const many = Array.from({ length: 201 }, (_, n) => `k${n}`)
  await assert.rejects(
    opened.add(inbox, 'x', { system: 0, keywords: many }),
    refuses('tooManyKeywords'),
  )
  await assert.rejects(
    opened.add(inbox, 'x', { system: 0, keywords: ['k'.repeat(51)] }),
    refuses('tooManyKeywords'),
  )
})

storeTest('watchers hear of every change after it is readable', async (opened) => {
  const { store, inbox } = opened
  const heard: number[] = []
  using _watch = store.watch(inbox, () => heard.push(store.uids(inbox).length))
  await opened.add(inbox, 'one')
  await opened.add(inbox, 'two')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(heard.at(-1), 2)
})

test('the checker names what is wrong', async (t) => {
  const damages: [rule: string, sql: string, says: RegExp][] = [
    ['I1', 'UPDATE mailbox SET uid_next = 1', /uid 2 is not below uid_next 1/],
    [
      'I1',
      'INSERT INTO expunged SELECT mailbox_id, 1, 9 FROM message LIMIT 1',
      /uid 9 was expunged/,
    ],
    ['I2', 'INSERT INTO expunged SELECT mailbox_id, 1, uid FROM message', /there and was expunged/],
    ['I2', 'INSERT INTO expunged VALUES (1, 1, 9), (1, 2, 9)', /uid 9 was expunged twice/],
    ['I2', 'UPDATE mailbox SET uid_validity = uid_validity + 9', /would be given again/],
    ['I3', 'UPDATE mailbox SET modseq = 999', /999 is above its account's/],
    ['I3', 'UPDATE message SET modseq = 999', /modseq 999 above/],
    ['I4', 'PRAGMA foreign_keys=OFF; UPDATE blob SET id = 9 WHERE id = 2', /its blob is missing/],
    [
      'I4',
      'PRAGMA foreign_keys=OFF; UPDATE blob SET id = 9 WHERE id = 2',
      /no message refers to it/,
    ],
    [
      'database',
      'PRAGMA foreign_keys=OFF; UPDATE blob SET id = 9 WHERE id = 2',
      /a row of blob that is not there/,
    ],
    ['I6', "UPDATE mailbox SET name = 'In' WHERE name = 'INBOX'", /it has no INBOX/],
    ['I5', 'UPDATE mailbox SET messages = 7', /it counts 7 messages/],
    ['I6', 'UPDATE account SET used_octets = 5', /5 octets; its mailboxes have/],
    ['I4', 'UPDATE message SET size_octets = 1', /size 1 is not that of its headers and blob/],
  ]
  for (const [rule, sql, says] of damages)
    await t.test(sql, async () => {
      await using opened = await openTestStore()
      await opened.add(opened.inbox, 'one')
      await opened.add(opened.inbox, 'two')
      opened.damage(sql)
      const findings = opened.database.read(checkDatabase())
      assert.ok(
        findings.some((finding) => finding.rule === rule && says.test(finding.text)),
        JSON.stringify(findings),
      )
    })
})

test('the checker finds a damaged blob, and only a deep check reads every octet', async () => {
  await using opened = await openTestStore()
  await opened.add(opened.inbox, 'one')
  const check = (deep: boolean) => checkStore({ ...opened, deep, onProgress: () => {} })
  assert.deepEqual(await check(true), [])
  opened.damage(`UPDATE blob SET octets = CAST('T: x' || char(13, 10) || 'onE' AS BLOB)`)
  assert.deepEqual(await check(false), [])
  assert.deepEqual(
    (await check(true)).map(({ rule, text }) => [rule, text]),
    [['I7', 'its octets are damaged: the SHA-256 differs']],
  )
})

test('the checker finds a blob file that is missing or has another size', async () => {
  await using opened = await openTestStore()
  await opened.add(opened.inbox, 'one')
  const size = 'T: x\r\none'.length
  const path = opened.blobs.pathOf('abcdef')
  opened.damage(`UPDATE blob SET octets = NULL, file = 'abcdef'`)
  const check = async () => {
    const findings = await checkStore({ ...opened, deep: false, onProgress: () => {} })
    return findings.map(({ rule, text }) => `${rule}: ${text}`)
  }
  assert.deepEqual(await check(), ['I7: its file abcdef is missing'])
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'x')
  assert.deepEqual(await check(), [`I7: its file has 1 octets, and should have ${size}`])
  writeFileSync(path, 'x'.repeat(size))
  assert.deepEqual(await check(), [])
})

storeTest('names outside the BMP have children like any other', async (opened) => {
  const { store, jane } = opened
  await store.createMailbox(jane, '\u{1f4c1}/child', null)
  await assert.rejects(store.deleteMailbox(jane, '\u{1f4c1}'), refuses('mailboxHasChildren'))
  await store.renameMailbox(jane, '\u{1f4c1}', 'Folder')
  assert.ok(store.mailbox(jane, 'Folder/child'))
  assert.equal(store.mailbox(jane, '\u{1f4c1}/child'), undefined)
})

storeTest('a file that is asked for and not read is not left open', async (opened) => {
  const { blobs } = opened
  const path = blobs.pathOf('abcd-1')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'octets')
  const openNow = () =>
    readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).endsWith('abcd-1')).length
  for (let n = 0; n < 5; n++) blobs.read('abcd-1', 0, 6)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(openNow(), 0)
  for await (const chunk of blobs.read('abcd-1', 0, 6)) {
    assert.equal(Buffer.from(chunk).toString(), 'octets')
    break
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(openNow(), 0)
})

/** Where an open file descriptor leads; '' when it is closed meanwhile. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

test('a name that only looks like INBOX is neither INBOX nor a name', async () => {
  await using opened = await openTestStore()
  const { store, jane } = opened
  assert.equal(store.mailbox(jane, 'ınbox'), undefined)
  const refused = new Refusal('mailboxNameInvalid', 'this name could be taken for INBOX')
  await assert.rejects(store.createMailbox(jane, 'ınbox', null), refused)
})

storeTest(
  'INBOX renamed keeps flags, order and counts; the old UIDs are expunged',
  async (opened) => {
    const { store, jane, inbox } = opened
    for (const text of ['one', 'two', 'three']) await opened.add(inbox, text, seen)
    await opened.add(inbox, 'four', { system: FLAG.deleted, keywords: ['k'] })
    await store.changeFlags({
      ...{
        mailboxId: inbox,
        uids: [[uid(2), uid(2)]],
        action: 'replace',
        unchangedSince: undefined,
      },
      flags: { system: FLAG.deleted, keywords: [] },
    })
    await store.expunge(inbox, [[uid(2), uid(3)]])
    await store.renameMailbox(jane, 'INBOX', 'old')
    const old = store.mailbox(jane, 'old')
    assert.ok(old)
    assert.deepEqual([old.messages, old.unseen, old.deleted, old.uidNext], [3, 1, 1, 4])
    assert.deepEqual(
      store.messages(old.id, EVERY_UID, 9).map((m) => [m.uid, m.sizeOctets, m.flags]),
      [
        [1, 9, seen],
        [2, 11, seen],
        [3, 10, { system: FLAG.deleted, keywords: ['k'] }],
      ],
    )
    assert.deepEqual(store.changes(inbox, 0 as ModSeq)?.expunged, [1, 2, 3, 4])
    assert.deepEqual(await store.expunge(old.id, EVERY_UID), [3])
  },
)

storeTest('a change of more messages than one write takes reaches them all', async (opened) => {
  const { store, inbox } = opened
  for (let i = 0; i < 2100; i++) await opened.add(inbox, 'x')
  let told = 0
  using _watch = store.watch(inbox, () => told++)
  const { messages, modified } = await store.changeFlags({
    mailboxId: inbox,
    uids: EVERY_UID,
    action: 'add',
    flags: seen,
    unchangedSince: undefined,
  })
  assert.equal(messages.length, 2100)
  assert.deepEqual(modified, [])
  assert.equal(store.mailboxById(inbox)?.unseen, 0)
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(told > 0)
})
