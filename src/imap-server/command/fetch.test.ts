import assert from 'node:assert/strict'
import { mock, test } from 'node:test'

import { EVERY_UID } from '../../store/types.ts'
import { openWorld, type World } from '../testing/world.ts'

const MULTIPART = `From: a@x.example
Subject: two
 parts
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

one
--b
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

AAEC
--b
Content-Type: message/rfc822

Subject: inner

inside
--b--
`
const WHOLE = MULTIPART.replaceAll('\n', '\r\n')

/** What FETCH answers for one item, in parentheses: literals stay as they are. */
async function fetched(world: World, item: string): Promise<string> {
  const client = await world.login()
  await client.ok('EXAMINE INBOX')
  client.take()
  const from = client.stream.output.length
  await client.ok(`FETCH 1 ${item}`)
  const text = client.stream.output.slice(from)
  client.stream.hangUp()
  return text.slice('* 1 FETCH ('.length, text.indexOf(')\r\nt'))
}

const literal = (text: string) => `{${text.length}}\r\n${text}`

test('sections are octets of the message', async () => {
  await using world = await openWorld()
  await world.add(MULTIPART)
  const header = WHOLE.slice(0, WHOLE.indexOf('--b'))
  const cases: [item: string, answer: string][] = [
    ['BODY[]', `BODY[] ${literal(WHOLE)}`],
    ['RFC822', `RFC822 ${literal(WHOLE)}`],
    ['RFC822.SIZE', `RFC822.SIZE ${WHOLE.length}`],
    ['BODY[HEADER]', `BODY[HEADER] ${literal(header)}`],
    ['RFC822.HEADER', `RFC822.HEADER ${literal(header)}`],
    ['BODY[TEXT]', `BODY[TEXT] ${literal(WHOLE.slice(header.length))}`],
    ['BODY[1]', `BODY[1] ${literal('one')}`],
    ['BODY[1.MIME]', `BODY[1.MIME] ${literal('Content-Type: text/plain\r\n\r\n')}`],
    ['BODY[2]', `BODY[2] ${literal('AAEC')}`],
    ['BODY[3]', `BODY[3] ${literal('Subject: inner\r\n\r\ninside')}`],
    ['BODY[3.HEADER]', `BODY[3.HEADER] ${literal('Subject: inner\r\n\r\n')}`],
    ['BODY[3.TEXT]', `BODY[3.TEXT] ${literal('inside')}`],
    ['BODY[3.1]', `BODY[3.1] ${literal('inside')}`],
    ['BODY[4]', 'BODY[4] NIL'],
    ['BODY[1.1]', 'BODY[1.1] NIL'],
    ['BODY[1.HEADER]', 'BODY[1.HEADER] NIL'],
    [
      'BODY[HEADER.FIELDS (subject x)]',
      `BODY[HEADER.FIELDS (subject x)] ${literal('Subject: two\r\n parts\r\n\r\n')}`,
    ],
    [
      'BODY[HEADER.FIELDS.NOT (Subject Content-Type)]',
      `BODY[HEADER.FIELDS.NOT (Subject Content-Type)] ${literal('From: a@x.example\r\n\r\n')}`,
    ],
    ['BODY[]<5.3>', `BODY[]<5> ${literal(WHOLE.slice(5, 8))}`],
    ['BODY[1]<1.99>', `BODY[1]<1> ${literal('ne')}`],
    ['BODY[1]<3.1>', `BODY[1]<3> ${literal('')}`],
    ['BODY[1]<4294967295.4294967295>', `BODY[1]<4294967295> ${literal('')}`],
    ['BINARY[2]', 'BINARY[2] ~{3}\r\n\0\x01\x02'],
    ['BINARY[2]<1.1>', 'BINARY[2]<1> {1}\r\n\x01'],
    ['BINARY.SIZE[2]', 'BINARY.SIZE[2] 3'],
    ['BINARY[1]', `BINARY[1] ${literal('one')}`],
    [`BODY[${Array(1000).fill('1').join('.')}]`, `BODY[${Array(1000).fill('1').join('.')}] NIL`],
  ]
  for (const [item, answer] of cases) assert.equal(await fetched(world, item), answer, item)
})

test('a large message comes whole, from its file', async () => {
  await using world = await openWorld()
  const line = `${'0123456789'.repeat(7)}\n`
  await world.add(`Subject: big\n\n${line.repeat(5000)}`)
  const answer = await fetched(world, 'BODY[]')
  const octets = `Subject: big\r\n\r\n${line.replace('\n', '\r\n').repeat(5000)}`
  assert.equal(answer, `BODY[] ${literal(octets)}`)
})

test('BINARY of a large part is decoded as it is read', async () => {
  await using world = await openWorld()
  const octets = Buffer.from(Array.from({ length: 150_000 }, (_, index) => (index * 7) % 256))
  const lines = octets.toString('base64').replace(/.{76}/g, '$&\n')
  await world.add(`Content-Transfer-Encoding: base64\n\n${lines}\n`)
  const text = octets.toString('latin1')
  assert.equal(await fetched(world, 'BINARY.SIZE[1]'), 'BINARY.SIZE[1] 150000')
  assert.equal(await fetched(world, 'BINARY[1]'), `BINARY[1] ~${literal(text)}`)
  const piece = `~${literal(text.slice(70_000, 70_500))}`
  assert.equal(await fetched(world, 'BINARY[1]<70000.500>'), `BINARY[1]<70000> ${piece}`)
})

test('reading a body sets \\Seen, peeking does not', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\nx\n')
  const client = await world.select()
  const other = await world.select()
  assert.doesNotMatch(
    await client.ok('FETCH 1 (BODY.PEEK[] RFC822.HEADER BINARY.PEEK[1])'),
    /FLAGS/,
  )
  assert.match(await client.ok('FETCH 1 BODY[TEXT]'), / FLAGS \(\\Seen\)\)$/m)
  assert.doesNotMatch(await client.ok('FETCH 1 BODY[TEXT]'), /FLAGS/)
  assert.match(await other.ok('NOOP'), /^\* 1 FETCH \(UID 1 FLAGS \(\\Seen\)\)/)
})

test('UID FETCH always tells the UID, and knows nothing of what is not there', async () => {
  await using world = await openWorld()
  for (const subject of ['a', 'b', 'c']) await world.add(`Subject: ${subject}\n\n`)
  const client = await world.select()
  await client.ok('STORE 2 +FLAGS (\\Deleted)')
  await client.ok('EXPUNGE')
  assert.deepEqual(await client.untagged('UID FETCH 1:* FLAGS'), [
    '1 FETCH (UID 1 FLAGS ())',
    '2 FETCH (UID 3 FLAGS ())',
  ])
  assert.deepEqual(await client.untagged('UID FETCH 2 FLAGS'), [])
  assert.deepEqual(await client.untagged('UID FETCH *:4294967295 UID'), ['2 FETCH (UID 3)'])
  assert.deepEqual(await client.untagged('UID FETCH 99:* UID'), ['2 FETCH (UID 3)'])
  assert.equal(
    await client.bad('FETCH 3 FLAGS'),
    'BAD Expected a message number up to 2 at octet 0',
  )
  assert.deepEqual(await client.untagged('FETCH 1:99 UID'), ['1 FETCH (UID 1)', '2 FETCH (UID 3)'])
})

test('D08: sets that overlap a thousand times name each message once', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  const set = Array(1000).fill('1:4294967295,1:*').join(',')
  assert.deepEqual(await client.untagged(`FETCH ${set} UID`), ['1 FETCH (UID 1)'])
})

test('RFC 5530: messages that others expunged are [EXPUNGEISSUED] and keep their number', async () => {
  await using world = await openWorld()
  for (const subject of ['a', 'b']) await world.add(`Subject: ${subject}\n\n`)
  const client = await world.select()
  const other = await world.select()
  await other.ok('MOVE 1 Trash')
  assert.deepEqual((await client.no('FETCH 1:2 UID')).split('\n'), [
    '* 2 FETCH (UID 2)',
    'NO [EXPUNGEISSUED] Some of the messages were expunged',
  ])
  assert.match(await client.ok('NOOP'), /^\* 1 EXPUNGE\n/)
  assert.deepEqual(await client.untagged('FETCH 1 UID'), ['1 FETCH (UID 2)'])
})

test('RFC 7162 §3.1.4.1: CHANGEDSINCE', async () => {
  await using world = await openWorld()
  for (const subject of ['a', 'b']) await world.add(`Subject: ${subject}\n\n`)
  const client = await world.login()
  const select = await client.ok('SELECT INBOX (CONDSTORE)')
  const since = /HIGHESTMODSEQ (\d+)/.exec(select)?.[1]
  await client.ok('STORE 2 +FLAGS.SILENT (\\Seen)')
  assert.match(
    await client.ok(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${since})`),
    /^\* 2 FETCH \(FLAGS \(\\Seen\) MODSEQ \(\d+\)\)\nOK Fetched$/,
  )
})

test('RFC 3516 §4.3: an encoding that is not known is [UNKNOWN-CTE]', async () => {
  await using world = await openWorld()
  await world.add('Content-Transfer-Encoding: x-uuencode\n\nx\n')
  const client = await world.select()
  assert.equal(
    await client.no('FETCH 1 (UID BINARY[1])'),
    '* 1 FETCH (UID 1 FLAGS (\\Seen))\nNO [UNKNOWN-CTE] The transfer encoding is not known',
  )
  assert.match(await client.ok('FETCH 1 BODY[1]'), /\{3\}/)
})

test('E03: a message that looks like answers is inside its octet count', async () => {
  await using world = await openWorld()
  const evil = 'Subject: x)\n * BYE\n\n)\n* BYE gone\nt2 OK done\n'
  await world.add(evil)
  const octets = evil.replaceAll('\n', '\r\n')
  assert.equal(await fetched(world, 'BODY[]'), `BODY[] ${literal(octets)}`)
})

test('a peer that does not read is waited for', async () => {
  await using world = await openWorld()
  for (let count = 0; count < 3; count++) await world.add('Subject: 1\n\nx\n')
  const client = await world.select()
  client.take()
  client.stream.bufferedOctets = 2_000_000
  client.send('a FETCH 1:3 (UID BODY.PEEK[])\r\n')
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.doesNotMatch(client.take(), /^a OK/m)
  client.stream.takeAll()
  assert.equal(await client.answer('a').then((answer) => answer.endsWith('OK Fetched')), true)
})

test('a message that goes while it is fetched is expunged, not damaged', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\nx\n')
  await world.add('Subject: 2\n\ny\n')
  const client = await world.select()
  const other = await world.select()
  const listed = world.store.messages(world.inbox, EVERY_UID, 10)
  mock.method(world.store, 'messages', () => listed, { times: 1 })
  await other.ok('STORE 2 +FLAGS.SILENT (\\Deleted)')
  await other.ok('EXPUNGE')
  client.take()
  assert.match(
    await client.no('FETCH 1:2 BODY.PEEK[TEXT]'),
    /^\* 1 FETCH [^*]*NO \[EXPUNGEISSUED\] Some of the messages were expunged$/,
  )
  assert.deepEqual(world.faults, [])
})
