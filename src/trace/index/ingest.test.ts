import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'

import { one } from '../../db/statement.ts'
import { openTraceIndex } from './open.ts'
import { ingestFiles } from './ingest.ts'
import { IndexRoom, mails, OPTIONS, textOf } from '../testing/index-room.ts'

test('the lines of a log come out as they stand in it', async () => {
  using room = new IndexRoom()
  const lines = mails(0, 2000)
  writeFileSync(room.path('mainlog'), textOf(lines))
  const report = await room.ingest(['mainlog'])
  assert.deepEqual(
    { files: report.files, lines: report.lines, known: report.known, unknown: report.unknown },
    { files: 1, lines: 6000, known: 0, unknown: 0 },
  )
  assert.deepEqual(await room.lines(), lines)
})

test('octets that are no UTF-8 and lines without an end are no trouble', async () => {
  using room = new IndexRoom()
  const octets = Buffer.concat([
    Buffer.from('gr\xfc\xdfe\n\n', 'latin1'),
    Buffer.alloc(3_000_000, 'x'),
  ])
  writeFileSync(room.path('mainlog'), octets)
  await room.ingest(['mainlog'])
  appendFileSync(room.path('mainlog'), '\nend\n')
  await room.ingest(['mainlog'])
  const text = (await room.lines()).join('\n')
  assert.ok(text.startsWith('gr\udcfc\udcdfe\n\nxxx') && text.endsWith('xxx\nend'))
  assert.equal(text.match(/x/g)?.length, 3_000_000)
})

test('a line longer than any log has is taken in pieces, and none of them again', async () => {
  using room = new IndexRoom()
  const end = mails(5, 6)
  const text = `${textOf(mails(0, 5))}${'x'.repeat(20 * 2 ** 20)}\n`
  writeFileSync(room.path('mainlog'), text)
  await room.ingest(['mainlog'])
  appendFileSync(room.path('mainlog'), textOf(end))
  assert.equal((await room.ingest(['mainlog'])).lines, 3)
  const lines = await room.lines()
  assert.deepEqual(lines.slice(0, 15), mails(0, 5))
  assert.deepEqual(lines.slice(-3), end)
  assert.equal(lines.slice(15, -3).join('').length, 20 * 2 ** 20)
  const most = room.connection.run(one<{ n: number }>('SELECT max(octets) AS n FROM block'))
  assert.ok((most?.n ?? Infinity) < 9 * 2 ** 20)
})

test('a compressed log with a line without end is taken', async () => {
  using room = new IndexRoom()
  const long = randomBytes(1_500_000).toString('hex')
  const text = `${textOf(mails(0, 4000))}${long}`
  writeFileSync(room.path('mainlog.1.gz'), gzipSync(text))
  await room.ingest(['mainlog.1.gz'])
  const lines = await room.lines()
  assert.deepEqual(lines.slice(0, 12_000), mails(0, 4000))
  assert.ok(lines.slice(12_000).join('') === long)
})

test('a compressed log that grew is compared from its start, while it is open', async () => {
  using room = new IndexRoom()
  const path = room.path('mainlog.1.gz')
  writeFileSync(path, gzipSync(textOf(mails(0, 3000))))
  await room.ingest(['mainlog.1.gz'])
  writeFileSync(path, gzipSync(textOf([...mails(0, 1000), ...mails(5000, 8000)])))
  await room.ingest(['mainlog.1.gz'])
  assert.deepEqual(await room.lines(), [...mails(0, 1000), ...mails(5000, 8000)])
})

test('a growing log is taken from where it stopped, also after a restart', async () => {
  using room = new IndexRoom()
  for (let step = 0; step < 30; step++) {
    appendFileSync(room.path('mainlog'), textOf(mails(step * 40, step * 40 + 40)))
    const report = await room.ingest(['mainlog'])
    assert.equal(report.lines, 120)
    assert.equal(report.known, step * 120)
    if (step % 3 === 0) room.close()
  }
  assert.deepEqual(await room.lines(), mails(0, 1200))
})

test('a torn last line waits until it is whole', async () => {
  using room = new IndexRoom()
  const [first = '', second = ''] = mails(0, 1)
  const path = room.path('mainlog')
  writeFileSync(path, first.slice(0, 20))
  assert.deepEqual((await room.ingest(['mainlog'])).unfinished, [path])
  writeFileSync(path, `${first}\n${second.slice(0, 30)}`)
  assert.deepEqual((await room.ingest(['mainlog'])).unfinished, [path])
  assert.deepEqual(await room.lines(), [first])
  appendFileSync(path, `${second.slice(30)}\n`)
  assert.deepEqual((await room.ingest(['mainlog'])).unfinished, [])
  assert.deepEqual(await room.lines(), [first, second])
})

test('the last line of a compressed log is whole without its end', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog.1.gz'), gzipSync(mails(0, 3).join('\n')))
  writeFileSync(room.path('mainlog.2.zst'), zstdCompressSync(textOf(mails(3, 6))))
  await room.ingest(['mainlog.1.gz', 'mainlog.2.zst'])
  assert.deepEqual(await room.lines(), mails(0, 6))
})

test('a compressed log that is cut short is told, and its whole lines are kept', async () => {
  using room = new IndexRoom()
  const packed = gzipSync(textOf(mails(0, 6000)))
  writeFileSync(room.path('mainlog.1.gz'), packed.subarray(0, packed.length - 100))
  await assert.rejects(room.ingest(['mainlog.1.gz']), /mainlog.1.gz is damaged or cut short/)
  writeFileSync(room.path('mainlog.1.gz'), packed)
  await room.ingest(['mainlog.1.gz'])
  assert.deepEqual(await room.lines(), mails(0, 6000))
})

test('rotation by name: the old file is finished first, also when only the new one is named', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 10)))
  await room.ingest(['mainlog'])
  appendFileSync(room.path('mainlog'), textOf(mails(10, 20)))
  renameSync(room.path('mainlog'), room.path('mainlog.1'))
  assert.equal((await room.ingest(['mainlog'])).lines, 30)
  writeFileSync(room.path('mainlog'), textOf(mails(20, 30)))
  const report = await room.ingest(['mainlog'])
  assert.deepEqual(report.lost, [])
  assert.deepEqual(await room.lines(), mails(0, 30))
})

test('rotation twice between two looks: nothing in between is lost', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 10)))
  await room.ingest(['mainlog'])
  appendFileSync(room.path('mainlog'), textOf(mails(10, 20)))
  const first = readFileSync(room.path('mainlog'))
  rmSync(room.path('mainlog'))
  writeFileSync(room.path('mainlog.2.gz'), gzipSync(first))
  writeFileSync(room.path('mainlog.1'), textOf(mails(20, 30)))
  writeFileSync(room.path('mainlog'), textOf(mails(30, 40)))
  await room.ingest(['mainlog'])
  assert.deepEqual(await room.lines(), mails(0, 40))
})

test('a rotated file that is nowhere to be found is told', async () => {
  using room = new IndexRoom()
  const path = room.path('mainlog')
  writeFileSync(path, textOf(mails(0, 10)))
  await room.ingest(['mainlog'])
  rmSync(path)
  writeFileSync(path, textOf(mails(20, 30)))
  assert.deepEqual((await room.ingest(['mainlog'])).lost, [path])
  assert.deepEqual((await room.ingest(['mainlog'])).lost, [])
})

test('a file that was taken is known again when it is compressed', async () => {
  using room = new IndexRoom()
  const text = textOf(mails(0, 3000))
  writeFileSync(room.path('mainlog.1'), text)
  await room.ingest(['mainlog.1'])
  rmSync(room.path('mainlog.1'))
  writeFileSync(room.path('mainlog.2.gz'), gzipSync(text))
  for (let time = 0; time < 2; time++) {
    const report = await room.ingest(['mainlog.2.gz'])
    assert.deepEqual([report.lines, report.known], [0, 9000])
  }
})

test('one file under two names is taken once', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 2000)))
  copyFileSync(room.path('mainlog'), room.path('copy'))
  const report = await room.ingest(['mainlog', 'copy', 'mainlog'])
  assert.equal(report.lines, 6000)
  assert.deepEqual(await room.lines(), mails(0, 2000))
})

test('copytruncate: the copy is known, what comes after is new', async () => {
  using room = new IndexRoom()
  const path = room.path('mainlog')
  writeFileSync(path, textOf(mails(0, 10)))
  await room.ingest(['mainlog'])
  appendFileSync(path, textOf(mails(10, 20)))
  copyFileSync(path, room.path('mainlog.1'))
  truncateSync(path)
  await room.ingest(['mainlog'])
  assert.deepEqual(await room.lines(), mails(0, 20))
  appendFileSync(path, textOf(mails(20, 30)))
  await room.ingest(['mainlog'])
  assert.deepEqual(await room.lines(), mails(0, 30))
})

test('another log in the same file, shorter or longer, is new from its start', async () => {
  using room = new IndexRoom()
  const path = room.path('mainlog')
  writeFileSync(path, textOf(mails(0, 20)))
  const { ino } = statSync(path)
  await room.ingest(['mainlog'])
  writeFileSync(path, textOf(mails(20, 25)))
  await room.ingest(['mainlog'])
  writeFileSync(path, textOf(mails(25, 60)))
  await room.ingest(['mainlog'])
  assert.equal(statSync(path).ino, ino)
  assert.deepEqual(await room.lines(), mails(0, 60))
})

test('a log that lost its end in a power cut and grew again is followed', async () => {
  using room = new IndexRoom()
  const path = room.path('mainlog')
  const before = textOf(mails(0, 3000))
  writeFileSync(path, before)
  await room.ingest(['mainlog'])
  truncateSync(path, textOf(mails(0, 2000)).length)
  assert.equal((await room.ingest(['mainlog'])).lines, 0)
  appendFileSync(path, textOf(mails(5000, 6500)))
  await room.ingest(['mainlog'])
  assert.deepEqual(await room.lines(), [...mails(0, 2000), ...mails(5000, 6500)])
})

test('an edited copy adds only what is different', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 2000)))
  writeFileSync(room.path('edited'), textOf([...mails(0, 1000), ...mails(3000, 3100)]))
  writeFileSync(room.path('part'), textOf(mails(0, 500)))
  const report = await room.ingest(['mainlog', 'edited', 'part'])
  assert.equal(report.lines, 6300)
  assert.deepEqual(await room.lines(), [...mails(0, 2000), ...mails(3000, 3100)])
  assert.equal((await room.ingest(['part', 'edited', 'mainlog'])).lines, 0)
})

test('the logs of a server are taken, each line of each once', async () => {
  using room = new IndexRoom()
  const rejected = '2026-11-20 09:00:06 H=(x) [192.0.2.3] F=<> rejected RCPT <a@b.example>: no'
  writeFileSync(room.path('mainlog.20261119-000000.gz'), gzipSync(textOf(mails(0, 5))))
  writeFileSync(room.path('mainlog'), textOf([rejected, ...mails(6, 9)]))
  writeFileSync(room.path('rejectlog'), textOf([rejected, '  Subject: x']))
  const report = await room.ingestAll()
  assert.deepEqual([report.files, report.lines, report.unknown], [3, 27, 0])
  assert.deepEqual(await room.lines(['reject']), [rejected, '  Subject: x'])
  assert.equal((await room.lines()).filter((line) => line === rejected).length, 1)
  const again = await room.ingestAll()
  assert.deepEqual([again.lines, again.known], [0, 27])
})

test('two at once: each line is taken once', async () => {
  using room = new IndexRoom()
  using other = openTraceIndex(room.file)
  writeFileSync(room.path('mainlog'), textOf(mails(0, 5000)))
  const reports = await Promise.all([
    room.ingest(['mainlog']),
    ingestFiles(other, [room.path('mainlog')], OPTIONS),
    room.ingest(['mainlog']),
  ])
  assert.equal((await room.lines()).length, 15_000)
  assert.deepEqual(await room.lines(), mails(0, 5000))
  assert.ok(reports.every(({ lines }) => lines <= 15_000))
  const sources = room.connection.run(one<{ n: number }>('SELECT count(*) AS n FROM source'))
  assert.equal(sources?.n, 1)
})

test('a full disk: what fits is kept, nothing is lost, and it goes on when there is room', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('mainlog'), textOf(mails(0, 9000)))
  room.connection.exec('PRAGMA max_page_count=60')
  await assert.rejects(room.ingest(['mainlog']), /full/)
  const some = await room.lines()
  assert.ok(some.length > 0 && some.length < 27_000)
  room.connection.exec('PRAGMA max_page_count=1000000')
  await room.ingest(['mainlog'])
  assert.deepEqual(await room.lines(), mails(0, 9000))
})

test('a log that is given whole and in pieces, in any order, is taken once', async () => {
  const all = mails(0, 3000)
  const pieces: Readonly<Record<string, readonly string[]>> = {
    whole: all,
    'cut.1': all.slice(0, 4000),
    'cut.0': all.slice(4000),
    middle: all.slice(2000, 5000),
    head: all.slice(0, 100),
    tail: all.slice(8000),
    'tail.gz': all.slice(7000),
  }
  const names = Object.keys(pieces)
  const orders = [names, names.toReversed(), ['middle', 'tail.gz', 'cut.0', 'whole', 'cut.1']]
  for (const order of orders) {
    using room = new IndexRoom()
    for (const [name, lines] of Object.entries(pieces)) {
      const text = textOf(lines)
      writeFileSync(room.path(name), name.endsWith('.gz') ? gzipSync(text) : text)
    }
    let taken = 0
    for (const name of order) taken += (await room.ingest([name])).lines
    assert.equal(taken, 9000, order.join())
    assert.deepEqual((await room.lines()).sort(), all.toSorted(), order.join())
    assert.equal((await room.ingest(order)).lines, 0)
    assert.deepEqual((await room.lines()).length, 9000)
  }
})

test('a piece that goes on growing is followed after the lines that were there', async () => {
  using room = new IndexRoom()
  writeFileSync(room.path('whole'), textOf(mails(0, 1000)))
  writeFileSync(room.path('mainlog'), textOf(mails(500, 1000)))
  await room.ingest(['whole'])
  for (let step = 0; step < 4; step++) {
    const report = await room.ingest(['mainlog'])
    assert.deepEqual([report.lines, report.lost], [step === 0 ? 0 : 120, []])
    appendFileSync(room.path('mainlog'), textOf(mails(1000 + step * 40, 1040 + step * 40)))
    room.close()
  }
  assert.deepEqual(await room.lines(), mails(0, 1120))
})

test('a compressed piece that ends within a line is known, and so is the rest', async () => {
  using room = new IndexRoom()
  const text = textOf(mails(0, 1000))
  writeFileSync(room.path('mainlog'), text)
  writeFileSync(room.path('part.gz'), gzipSync(text.slice(text.indexOf('\n', 50_000) + 1, 150_010)))
  await room.ingest(['mainlog', 'part.gz'])
  assert.deepEqual(await room.lines(), mails(0, 1000))
})

test('a few lines that two logs have in common are taken from both', async () => {
  using room = new IndexRoom()
  const twice = mails(9, 10).slice(0, 2)
  writeFileSync(room.path('mainlog.1'), textOf([...mails(0, 9), ...twice]))
  writeFileSync(room.path('mainlog'), textOf([...twice, ...mails(10, 20)]))
  await room.ingest(['mainlog.1', 'mainlog'])
  assert.deepEqual(await room.lines(), [...mails(0, 9), ...twice, ...twice, ...mails(10, 20)])
})

test('a whole log and its pieces at once: each line is taken once', async () => {
  using room = new IndexRoom()
  using other = openTraceIndex(room.file)
  using third = openTraceIndex(room.file)
  const all = mails(0, 5000)
  writeFileSync(room.path('whole'), textOf(all))
  writeFileSync(room.path('first'), textOf(all.slice(0, 6000)))
  writeFileSync(room.path('second'), textOf(all.slice(6000)))
  await Promise.all([
    room.ingest(['whole']),
    ingestFiles(other, [room.path('second')], OPTIONS),
    ingestFiles(third, [room.path('first')], OPTIONS),
  ])
  assert.deepEqual((await room.lines()).sort(), all.toSorted())
})

test('what is no file is told, and nothing waits for it', async () => {
  using room = new IndexRoom()
  execFileSync('mkfifo', [room.path('mainlog')])
  await assert.rejects(room.ingest(['mainlog']), /mainlog is not a file/)
})
