import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

import { one } from '../../db/statement.ts'
import type { MessageId } from '../../journal/event.ts'
import { UTC } from '../../journal/zone.ts'
import { type IndexedSource, indexSources } from './index-source.ts'
import { openTraceIndex, withTraceIndex } from './open.ts'
import { isDamagedIndex, unpackBlock } from './packing.ts'
import { forgetBefore } from './retention.ts'
import { readStatus } from './status.ts'
import { hashOf, TermFinder, TermSet } from './terms.ts'
import { IndexRoom, mail, mails, START_MS, textOf } from '../testing/index-room.ts'

const ALL = { zone: UTC, sinceMs: null, untilMs: null }
const idOf = (number: number) => (mail(number)[0] ?? '').split(' ')[2] as MessageId
const sourcesOf = (room: IndexRoom) => indexSources(room.file, ALL)

/** The lines with this word, of all that the index says may have it. */
async function linesWith(sources: readonly IndexedSource[], word: string): Promise<string[]> {
  const lines: string[] = []
  for (const source of sources) lines.push(...(await joined(source.textsWith([word]))).split('\n'))
  const bare = word.replace(/[<>]/g, '').toLowerCase()
  return lines.filter((line) =>
    line
      .toLowerCase()
      .split(/[\s=<>[\]]+/)
      .includes(bare),
  )
}

async function idsWith(sources: readonly IndexedSource[], word: string): Promise<MessageId[]> {
  const lines = await linesWith(sources, word)
  return [...new Set(lines.map((line) => line.split(' ')[2] as MessageId))]
}

async function joined(texts: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const text of texts) all += text
  return all
}

test('a message is found by everything that its lines say of it, in any case', async () => {
  using room = new IndexRoom()
  // More than one segment of blocks, and a block that is still open.
  writeFileSync(room.path('mainlog'), textOf(mails(0, 40_000)))
  await room.ingest(['mainlog'])
  const sources = sourcesOf(room)
  for (const number of [0, 12_345, 39_999]) {
    const id = idOf(number)
    assert.deepEqual(await linesWith(sources, id), mail(number))
    for (const term of [`sender${number}@example.com`, `<${number}.X@Example.com>`, id])
      assert.deepEqual(await idsWith(sources, term), [id], term)
  }
  assert.equal((await idsWith(sources, '192.0.2.77')).length, 160)
  assert.equal((await idsWith(sources, 'bob@example.net')).length, 40_000)
  assert.deepEqual(await idsWith(sources, 'nobody@example.net'), [])
  const read = await joined((sources[0] as IndexedSource).textsWith(['sender7@example.com']))
  assert.ok(read.length < 200_000, 'only what may hold it is read')
})

test('a block that is added to is found by its old and its new lines', async () => {
  using room = new IndexRoom()
  for (let step = 0; step < 20; step++) {
    appendFileSync(room.path('mainlog'), textOf(mail(step)))
    await room.ingest(['mainlog'])
    for (const number of [0, step])
      assert.deepEqual(await idsWith(sourcesOf(room), `sender${number}@example.com`), [
        idOf(number),
      ])
  }
})

test('header lines of rejectlog belong to the line before them', async () => {
  using room = new IndexRoom()
  const line = `2026-11-20 09:00:06 ${idOf(1)} H=(x) [192.0.2.3] F=<> rejected after DATA: spam`
  writeFileSync(room.path('rejectlog'), textOf([line, '  Subject: x', '  To: y@example.com']))
  await room.ingest(['rejectlog'])
  const sources = indexSources(room.file, ALL, ['reject'])
  const found = await joined((sources[0] as IndexedSource).textsWith([idOf(1)]))
  assert.equal(found, textOf([line, '  Subject: x', '  To: y@example.com']))
})

test('terms: addresses as a person would write them, ids, IP addresses, logins', () => {
  const find = (text: string) => {
    const terms = new TermSet()
    const line = { type: 'unknown', atMs: null, id: null, program: null, line: text } as const
    new TermFinder(text).collect(0, text.length, line, terms)
    return (term: string) => terms.has(hashOf(term))
  }
  const has = find(
    `x to=<Jane@Example.com>, 'o'neil@example.com' F=a@b.example. [2001:db8::1]:25 [1234] [192.0.2.1] ü@exämple.de @ a@ @b`.normalize(),
  )
  const latin1 = find(Buffer.from('für <ü@exämple.de>', 'utf8').toString('latin1'))
  for (const term of ['jane@example.com', '<JANE@example.com>', 'neil@example.com', 'a@b.example'])
    assert.ok(has(term), term)
  for (const term of ['2001:DB8::1', '192.0.2.1']) assert.ok(has(term), term)
  for (const term of ['1234', 'F=a@b.example', 'a@', '@b', 'ane@example.com'])
    assert.ok(!has(term), term)
  assert.ok(latin1('ü@exämple.de'))
})

test('hostile lines cost linear time and no error', async () => {
  using room = new IndexRoom()
  const lines = [
    '@'.repeat(300_000),
    '['.repeat(300_000),
    '[1:'.repeat(100_000),
    'a@b.'.repeat(90_000),
  ]
  writeFileSync(room.path('mainlog'), textOf([...lines, '', '\0\0', ...'x'.repeat(50_000)]))
  const report = await room.ingest(['mainlog'])
  assert.equal(report.lines, 50_006)
})

test('lines of several logs come in the order of their times', async () => {
  using room = new IndexRoom()
  const all = mails(0, 3000)
  const parts: string[][] = [[], [], []]
  for (const [index, line] of all.entries()) parts[Math.floor(index / 3) % 3]?.push(line)
  for (const [index, part] of parts.entries()) writeFileSync(room.path(`log${index}`), textOf(part))
  await room.ingest(['log2', 'log0', 'log1'])
  assert.deepEqual(await room.lines(), all)
})

test('since and until leave out what is far away, and nothing that is asked for', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 20_000)))
  await room.ingest(['mainlog'])
  const range = { zone: UTC, sinceMs: START_MS + 9_000_000, untilMs: START_MS + 9_100_000 }
  let text = ''
  for (const source of indexSources(room.file, range)) text += await joined(source.texts())
  assert.ok(text.includes(textOf(mails(9000, 9100))))
  assert.ok(text.length < 300_000)
})

test('a line of the far future hides nothing', async () => {
  using room = new IndexRoom()
  const forged = '2099-01-01 00:00:00 forged'
  writeFileSync(room.path('mainlog'), textOf([...mails(0, 10), forged, ...mails(10, 3000)]))
  utimesSync(room.path('mainlog'), START_MS / 1000, START_MS / 1000)
  await room.ingest(['mainlog'])
  const range = { zone: UTC, sinceMs: START_MS, untilMs: START_MS + 2 * 86_400_000 }
  let text = ''
  for (const source of indexSources(room.file, range)) text += await joined(source.texts())
  assert.equal(text.split('\n').length, 9002)
  assert.ok((await forgetBefore(room.connection, START_MS + 3 * 86_400_000)) === 9001)
})

test('old lines go with their terms and their space; what is kept is still found', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 80_000)))
  await room.ingest(['mainlog'])
  const pages = () => room.connection.run(one<{ page_count: number }>('PRAGMA page_count'))
  const before = pages()?.page_count ?? 0
  const lines = await forgetBefore(room.connection, START_MS + 60_000_000)
  assert.ok(lines > 170_000 && lines < 180_000, String(lines))
  assert.deepEqual(await idsWith(sourcesOf(room), 'sender100@example.com'), [])
  assert.deepEqual(await idsWith(sourcesOf(room), 'sender70000@example.com'), [idOf(70_000)])
  // The log is still there: what is forgotten is not taken again.
  appendFileSync(room.path('mainlog'), textOf(mail(80_000)))
  assert.equal((await room.ingest(['mainlog'])).lines, 3)
  assert.ok((pages()?.page_count ?? before) < before / 2)
})

test('forgetting everything leaves nothing but what is needed to know the file again', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 5000)))
  await room.ingest(['mainlog'])
  await forgetBefore(room.connection, Number.MAX_SAFE_INTEGER)
  const { lines, sources } = room.connection.run(readStatus())
  assert.deepEqual({ lines, sources }, { lines: 0, sources: 1 })
  assert.equal((await room.ingest(['mainlog'])).lines, 0)
  const postings = room.connection.run(one<{ n: number }>('SELECT count(*) AS n FROM posting'))
  assert.equal(postings?.n, 0)
})

test('lines that are too old when they come are counted, and not kept', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 20_000)))
  const report = await room.ingest(['mainlog'], { keepFromMs: START_MS + 15_000_000 })
  assert.equal(report.lines, 60_000)
  assert.ok(report.old > 40_000 && report.old < 46_000, String(report.old))
  const lines = await room.lines()
  assert.equal(lines.length, report.lines - report.old)
  assert.deepEqual(lines.slice(-3), mail(19_999))
})

test('a damaged index is moved aside and made anew', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 100)))
  writeFileSync(room.file, 'this is no database'.repeat(1000))
  const reports: string[] = []
  const report = (text: string) => void reports.push(text)
  const empty = await withTraceIndex({ file: room.file, isOwn: true }, report, async (db) =>
    db.run(readStatus()),
  )
  assert.equal(empty.lines, 0)
  assert.match(
    reports.join(),
    /was no index of Waybill, or damaged .*: it is now .*trace\.db\.damaged, and made again/,
  )
  assert.match(readFileSync(`${room.file}.damaged`, 'latin1'), /^this is no database/)
  assert.equal(statSync(room.file).mode & 0o777, 0o600)
})

test('an index that is damaged inside is made anew, too', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 3000)))
  await room.ingest(['mainlog'])
  room.close()
  const octets = readFileSync(room.file)
  octets.fill(0xff, 4096 * 2)
  writeFileSync(room.file, octets)
  const reports: string[] = []
  const status = await withTraceIndex(
    { file: room.file, isOwn: false },
    (text) => void reports.push(text),
    async (db) => {
      await forgetBefore(db, 0)
      return db.run(readStatus())
    },
  )
  assert.equal(status.lines, 0)
  assert.equal(reports.length, 1)
})

test('an octet of a block that changed gives no other lines', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 1000)))
  await room.ingest(['mainlog'])
  const row = room.connection.run(one<{ packed: Uint8Array }>('SELECT packed FROM block LIMIT 1'))
  const packed = Buffer.from(row?.packed ?? [])
  const before = unpackBlock(packed)
  let damaged = 0
  for (let at = 0; at < packed.length; at += 7) {
    const changed = Buffer.from(packed)
    changed[at] = (changed[at] ?? 0) ^ 0x55
    try {
      assert.ok(unpackBlock(changed).equals(before))
    } catch (error) {
      assert.ok(isDamagedIndex(error), String(error))
      damaged++
    }
  }
  assert.ok(damaged > packed.length / 8)
})

test('an index of a newer version is left alone', () => {
  using room = new IndexRoom()
  room.connection.exec('PRAGMA user_version=99')
  room.close()
  assert.throws(() => openTraceIndex(room.file), /newer version/)
})
