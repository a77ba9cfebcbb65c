import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  ftruncateSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { ManualClock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import { all } from '../db/statement.ts'
import { readTaken } from '../delivery/taken.ts'
import { openTestDelivery } from '../delivery/testing/test-delivery.ts'
import { openDrop } from './drop.ts'
import { type DropEnvelope, dropHead, messageOf, readDropHead } from './drop-file.ts'
import { makeDropFolder } from './drop-folder.ts'
import { SubmissionDesk } from './submit-commands.ts'

const MAIL = 'Subject: hi\r\n\r\ntext\r\n'
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const ENVELOPE: DropEnvelope = {
  ...{ fullName: null, recipients: ['jane'], needsFrom: true, needsMessageId: true },
  ...{ notify: null, ret: null, envelopeId: null },
}
const me = userInfo()
const isRoot = me.uid === 0

/** A server's store with a drop folder, in which files are put as anybody could. */
async function world(t: TestContext, max = 0) {
  const stack = new AsyncDisposableStack()
  t.after(() => stack.disposeAsync())
  const store = stack.use(await openTestDelivery())
  const folder = join(store.folder, 'drop')
  makeDropFolder(folder)
  const clock = new ManualClock(Date.now())
  const { database, delivery, directory } = store
  const submission = new SubmissionDesk({
    ...{ dataFolder: store.folder, delivery, directory, clock },
    hostName: () => 'mail.here.example',
    maxOctets: () => 1_000_000,
    maxHeaderOctets: () => 100_000,
  })
  const notes: string[] = []
  const reports: string[] = []
  const start = () =>
    stack.use(
      openDrop({
        ...{ folder, database, submission, delivery, directory, clock },
        hostName: () => 'mail.here.example',
        maxOctets: () => 1_000_000,
        maxRecipientsPerHour: () => max,
        expiryMs: () => 5 * DAY_MS,
        note: (text) => void notes.push(text),
        report: (text) => void reports.push(text),
      }),
    )
  const messages = () => database.read(countMessages())
  let names = 0
  const nameOf = () => (++names).toString(16).padStart(32, '0')
  const put = (content: string | Uint8Array, user = me.uid, name = nameOf()) => {
    writeFileSync(join(folder, `new.${name}`), content, { mode: 0o644 })
    if (user !== me.uid) chownSync(join(folder, `new.${name}`), user, user)
    renameSync(join(folder, `new.${name}`), join(folder, name))
    return name
  }
  const mail = (envelope: Partial<DropEnvelope> = {}, text = MAIL) =>
    dropHead({ ...ENVELOPE, ...envelope }, Buffer.byteLength(text)) + text
  const isEmpty = () => readdirSync(folder).length === 0
  const log = async () => {
    await store.settle()
    return readFileSync(join(store.folder, 'log', 'mainlog'), 'utf8')
  }
  const tools = { start, put, mail, messages, isEmpty, log, nameOf, submission, notes, reports }
  return { ...store, folder, clock, ...tools }
}

function* countMessages() {
  return (yield* all<{ n: number }>('SELECT count(*) AS n FROM message'))[0]?.n ?? 0
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 3000, `not so after long: ${isSo}`)
    await sleep(10)
  }
}

test('what is there at start and what comes later is taken, and is of the user whose file it is', async (t) => {
  const drop = await world(t)
  drop.put(drop.mail())
  drop.start()
  await until(() => drop.isEmpty() && drop.messages() === 1)
  drop.put(drop.mail({ from: 'cron' }))
  if (isRoot) drop.put(drop.mail({ from: null }), 54_321)
  const expected = isRoot ? 3 : 2
  await until(() => drop.isEmpty() && drop.messages() === expected)
  const log = await drop.log()
  assert.match(log, new RegExp(`<= ${me.username}@here\\.example U=${me.username} P=local `))
  assert.match(log, new RegExp(`<= cron@here\\.example U=${me.username} P=local `))
  if (isRoot) assert.match(log, /<= <> U=54321 P=local /)
  await until(() => drop.database.read(readTaken()).size === 0)
  assert.deepEqual([drop.notes, drop.reports], [[], []])
})

test('after a crash between the commit and the removal it is not taken again', async (t) => {
  const drop = await world(t)
  const name = drop.put(drop.mail())
  await drop.submission.take({ ...ENVELOPE, user: 'jane' }, () => text(MAIL), name)
  assert.deepEqual([...drop.database.read(readTaken())], [name])
  await assert.rejects(
    drop.submission.take({ ...ENVELOPE, user: 'jane' }, () => text(MAIL), name),
    (error) => error instanceof Refusal && error.reason === 'alreadyExists',
  )
  drop.start()
  await until(() => drop.isEmpty() && drop.database.read(readTaken()).size === 0)
  assert.equal(drop.messages(), 1)
})

test('a name whose file is gone already is forgotten', async (t) => {
  const drop = await world(t)
  await drop.submission.take({ ...ENVELOPE, user: 'jane' }, () => text(MAIL), drop.nameOf())
  drop.start()
  await until(() => drop.database.read(readTaken()).size === 0)
})

async function* text(octets: string) {
  yield Buffer.from(octets)
}

test('links, pipes and other things that are no mail are removed, and nothing behind them is touched', async (t) => {
  const drop = await world(t)
  drop.start()
  const secret = join(drop.folder, '..', 'secret')
  writeFileSync(secret, drop.mail())
  const inFolder = (name: string) => join(drop.folder, name)
  linkSync(secret, inFolder(drop.nameOf()))
  symlinkSync(secret, inFolder(drop.nameOf()))
  assert.equal(spawnSync('mkfifo', [inFolder(drop.nameOf())]).status, 0)
  await until(() => drop.isEmpty())
  const notes = drop.notes.map((note) =>
    note.replace('message rejected: a file of the drop folder: ', ''),
  )
  assert.deepEqual(notes.sort(), [
    'it cannot be opened (ELOOP)',
    'it has another name elsewhere',
    'it is no file',
  ])
  assert.equal(readFileSync(secret, 'utf8'), drop.mail())
  assert.equal(statSync(secret).nlink, 1)
  const folderName = drop.nameOf()
  mkdirSync(inFolder(folderName))
  mkdirSync(inFolder('full'))
  writeFileSync(join(inFolder('full'), 'x'), '')
  drop.clock.advance(DAY_MS + 2 * MINUTE_MS)
  await until(() => !existsSync(inFolder(folderName)) && drop.reports.length > 0)
  assert.deepEqual(readdirSync(drop.folder), ['full'])
  assert.equal(drop.messages(), 0)
  drop.put(drop.mail())
  await until(() => drop.messages() === 1)
})

test('a huge file is removed unread', async (t) => {
  const drop = await world(t)
  drop.start()
  const file = openSync(join(drop.folder, 'new.x'), 'w')
  ftruncateSync(file, 2 ** 40)
  closeSync(file)
  renameSync(join(drop.folder, 'new.x'), join(drop.folder, drop.nameOf()))
  await until(() => drop.isEmpty())
  assert.match(drop.notes.join(), /it is too big/)
})

test('what sendmail did not write is removed', async (t) => {
  const drop = await world(t)
  drop.start()
  const changed = (change: object) =>
    `${JSON.stringify({ ...JSON.parse(drop.mail().split('\n', 1)[0] ?? ''), ...change })}\n${MAIL}`
  const cases = [
    ...['', '\n', 'text', '{}\n', 'null\n', '[]\n', '[['.repeat(100_000), 'x'.repeat(900_000)],
    drop.mail().slice(0, -1),
    `${drop.mail()}more`,
    ...[{ version: 2 }, { recipients: 'jane' }, { recipients: [1] }, { recipients: [null] }],
    ...[{ needsFrom: 1 }, { ret: 'ALL' }, { notify: 1 }, { from: 1 }, { from: 'x'.repeat(2000) }],
    ...[{ recipients: Array(10_001).fill('jane') }, { sizeOctets: '20' }, { fullName: {} }],
  ].map((one) => (typeof one === 'string' ? one : changed(one)))
  for (const one of cases) drop.put(one)
  drop.put(changed({ __proto__: null, unknown: 'field' }))
  await until(() => drop.isEmpty())
  assert.equal(drop.notes.length, cases.length)
  assert.equal(drop.messages(), 1)
})

test('a message that could mean two things to two servers is given back', async (t) => {
  const bodies = [
    'Subject: a\r\n\r\ntext\n.\nMAIL FROM:<x@y.example>\r\n',
    'Subject: a\r\n\r\ntext\r.\rQUIT\r\n',
    'Subject: a\r\n\r\ntext\r\n.\r\r\n',
    'Subject: a\r\n\r\ntext\r',
    'Subject: a\r\n\r\nte\0xt\r\n',
    'Subject: a\r\n\r\ntext',
    ' continues the field above\r\n\r\ntext\r\n',
    `Subject: a\r\n\r\n${'x'.repeat(65_515)}\r.\n\r\n`,
  ]
  const drop = await world(t)
  await drop.directory.addAlias('postmaster@here.example', {
    kind: 'addresses',
    addresses: ['bob@here.example'],
  })
  drop.start()
  for (const body of bodies) drop.put(drop.mail({ recipients: ['jane'] }, body))
  await until(() => drop.isEmpty() && drop.messages() === bodies.length)
  const log = await drop.log()
  assert.equal(log.match(/ => bob@here\.example /g)?.length, bodies.length)
  assert.doesNotMatch(log, / => jane/)
})

test('a message with a header that is too big is given back, and leaves no file', async (t) => {
  const drop = await world(t)
  const user = { ...ENVELOPE, user: 'jane' }
  const withFields = (count: number) => `X: ${'x'.repeat(995)}\r\n`.repeat(count)
  await drop.submission.take(user, () => text(`${withFields(99)}\r\ntext\r\n`))
  for (const mail of [`${withFields(101)}\r\ntext\r\n`, withFields(101)])
    await assert.rejects(
      drop.submission.take(user, () => text(mail)),
      (error) => error instanceof Refusal && error.detail === 'its header is too big',
    )
  drop.start()
  drop.put(drop.mail({ recipients: ['jane'] }, withFields(101)))
  await until(() => drop.isEmpty())
  assert.deepEqual(drop.notes, [`message rejected for user ${me.username}: its header is too big`])
  assert.deepEqual(readdirSync(join(drop.folder, '..', 'tmp')), [])
})

test('what goes nowhere, and text that is no address, is given back to the user or the postmaster', async (t) => {
  const drop = await world(t)
  await drop.directory.addAlias(`${me.username}@here.example`, {
    kind: 'addresses',
    addresses: ['bob@here.example'],
  })
  drop.start()
  drop.put(
    drop.mail({ from: 'x@victim.example', recipients: ['jane', 'no\r\nBcc: x@y\r\n', '\0"'] }),
  )
  drop.put(drop.mail({ recipients: [] }))
  drop.put(drop.mail({ envelopeId: 'a\r\nRCPT TO:<x@y.example>' }))
  drop.put(drop.mail({ notify: 'NEVER\r\nRSET' }))
  drop.put(drop.mail({ from: null, recipients: ['nobody'] }))
  await until(() => drop.isEmpty() && drop.notes.length === 5)
  const log = await drop.log()
  assert.doesNotMatch(log, / (=>|->) jane|victim|^.*Bcc/m)
  // No recipients, a wish that cannot be read and the null sender have nobody who could be told.
  assert.equal(log.match(/<= <> R=/g)?.length, 2)
  assert.equal(drop.reports.length, 1)
})

test('what cannot be taken now is taken later', async (t) => {
  const drop = await world(t)
  await drop.directory.setAccount('jane@here.example', { quotaOctets: 1 })
  drop.start()
  const name = drop.put(drop.mail())
  await until(() => drop.notes.length === 1)
  assert.match(drop.notes.join(), /message of a user of this machine waits: overQuota/)
  assert.ok(existsSync(join(drop.folder, name)))
  await drop.directory.setAccount('jane@here.example', { quotaOctets: null })
  drop.clock.advance(MINUTE_MS)
  await until(() => drop.isEmpty() && drop.messages() === 1)
})

test('of one user so much is taken in an hour, and others need not wait for it', async (t) => {
  const drop = await world(t, 10)
  for (let count = 0; count < 15; count++) drop.put(drop.mail())
  if (isRoot) drop.put(drop.mail({ recipients: ['bob'] }), 54_321)
  drop.start()
  const others = isRoot ? 1 : 0
  await until(() => drop.messages() === 10 + others && drop.notes.length > 0)
  drop.put(drop.mail())
  drop.clock.advance(MINUTE_MS)
  await sleep(100)
  assert.equal(drop.messages(), 10 + others)
  assert.equal(readdirSync(drop.folder).length, 6)
  assert.equal(drop.notes.length, 1)
  assert.match(drop.notes.join(), /ratelimit: user \S+ has sent much this hour/)
  for (let minutes = 0; minutes < 61; minutes += 1) {
    drop.clock.advance(MINUTE_MS)
    await sleep(5)
  }
  await until(() => drop.isEmpty() && drop.messages() === 16 + others)
})

test('mail that names nobody counts, too', async (t) => {
  const drop = await world(t, 10)
  for (let count = 0; count < 12; count++) drop.put(drop.mail({ recipients: [] }))
  drop.start()
  await until(() => drop.notes.some((note) => note.startsWith('ratelimit:')))
  await until(() => readdirSync(drop.folder).length <= 2)
  await sleep(50)
  assert.equal(readdirSync(drop.folder).length, 2)
})

test('10,000 files of a user are kept, and what is more is thrown away loudly', async (t) => {
  const drop = await world(t, 10)
  for (let count = 0; count < 10_003; count++) drop.put(drop.mail())
  const other = isRoot ? drop.put(drop.mail({ recipients: ['bob'] }), 54_321) : null
  drop.start()
  await until(() => drop.reports.length === 1 && drop.notes.length === 1)
  assert.match(
    drop.reports.join(),
    /more than 10000 messages in the drop folder: 3 were thrown away/,
  )
  if (other !== null) await until(() => !existsSync(join(drop.folder, other)))
  await until(() => readdirSync(drop.folder).length === 10_000 - 10)
})

test('what was left half-written is not taken, and is removed after a day', async (t) => {
  const drop = await world(t)
  const half = join(drop.folder, `new.${drop.nameOf()}`)
  writeFileSync(half, drop.mail().slice(0, 40))
  writeFileSync(join(drop.folder, 'core'), 'x')
  drop.start()
  drop.put(drop.mail())
  await until(() => drop.messages() === 1)
  drop.clock.advance(DAY_MS - 2 * MINUTE_MS)
  await sleep(50)
  assert.ok(existsSync(half))
  drop.clock.advance(4 * MINUTE_MS)
  await until(() => drop.isEmpty())
  assert.deepEqual([drop.messages(), drop.reports], [1, []])
})

test('a file that changes while it is read is not taken', async (t) => {
  const drop = await world(t)
  const long = `Subject: hi\r\n\r\n${'text\r\n'.repeat(50_000)}`
  for (const change of [
    (path: string) => appendFileSync(path, 'more\r\n'),
    (path: string) => writeFileSync(path, drop.mail({}, long.replaceAll('text', 'lies'))),
    (path: string) => linkSync(path, `${path}-kept`),
    (path: string) => rmSync(path),
    (path: string) => writeFileSync(path, ''),
  ]) {
    const path = join(drop.folder, drop.put(drop.mail({}, long)))
    await using file = await open(path)
    const before = await file.stat({ bigint: true })
    const mail = await readDropHead(file, Number(before.size))
    const reading = messageOf(file, mail, before)
    await reading.next()
    change(path)
    await assert.rejects(async () => {
      for await (const _ of reading);
    }, /it changed while it was read/)
  }
})

test('a folder that is made anew is watched anew, and the trouble is said once', async (t) => {
  const drop = await world(t)
  drop.start()
  drop.put(drop.mail())
  await until(() => drop.messages() === 1 && drop.isEmpty())
  rmSync(drop.folder, { recursive: true })
  for (let minutes = 0; minutes < 3; minutes++) {
    drop.clock.advance(MINUTE_MS)
    await sleep(30)
  }
  const unread = drop.reports.filter((text) => text.includes('cannot be read'))
  assert.deepEqual(unread, ['the drop folder cannot be read: it does not exist'])
  // That the first message is gone may have been about to be made sure: another trouble.
  const others = drop.reports.filter((text) => !unread.includes(text))
  assert.ok(others.length <= 1 && others.every((text) => text.includes('are not forgotten')))
  makeDropFolder(drop.folder)
  drop.clock.advance(MINUTE_MS)
  await sleep(30)
  drop.put(drop.mail())
  await until(() => drop.messages() === 2)
})

test('the folder is for everybody to put into, and for nobody else to read', (t) => {
  const parent = join(import.meta.dirname, '..')
  assert.throws(() => makeDropFolder(join(parent, 'main.ts')), /is not a folder/)
  if (!isRoot) return t.skip('only root can make folders of others')
  const folder = join('/tmp', `waybill-drop-${process.pid}`)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  makeDropFolder(folder, { userId: 54_321, groupId: 54_321 })
  const { mode, uid } = statSync(folder)
  assert.deepEqual([mode & 0o7777, uid], [0o1733, 54_321])
  chmodSync(folder, 0o700)
  makeDropFolder(folder, { userId: 54_321, groupId: 54_321 })
  assert.equal(statSync(folder).mode & 0o7777, 0o1733)
  assert.throws(() => makeDropFolder(folder), /belongs to another user/)
})
