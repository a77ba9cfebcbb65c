import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import type { MessageId } from '../journal/event.ts'
import { UTC } from '../journal/zone.ts'
import { followLines } from './source/follow.ts'
import { fatesOf, type Journey } from './journey.ts'
import { endOfLines, linesBackwards, textsOfLines } from './source/lines.ts'
import { findJourneys } from './find.ts'
import { openSources } from './source/source.ts'
import { lastJourneys, lastLines, mainlogs } from './trace.ts'

function folder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'waybill-trace-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

function id(number: number): MessageId {
  return `1xUgx${number}-00000000BQ5-1EaB` as MessageId
}

/** The lines of message `number`: to bob, and to team@, which is carol. */
function mail(number: number): string {
  const start = `2026-11-20 09:00:0${number} ${id(number)}`
  return [
    `${start} <= jane@example.com H=(x) [192.0.2.3] P=esmtp S=100 id=${number}@x T="T" from <jane@example.com> for bob@example.com team@example.com`,
    `${start} => bob@example.com F=<jane@example.com> R=local T=mailbox mailbox="INBOX"`,
    `${start} == carol@example.com <team@example.com> F=<jane@example.com> R=local T=mailbox defer (-22): mailbox is full`,
    `${start} => carol@example.com <team@example.com> F=<jane@example.com> R=local T=mailbox mailbox="INBOX"`,
    `${start} Completed`,
    '',
  ].join('\n')
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

async function flat(texts: AsyncIterable<string>): Promise<string[]> {
  return (await collect(texts)).flatMap((text) => text.split('\n'))
}

test('the last messages come newest last, from as many files as it takes', async () => {
  using place = folder()
  const { path } = place
  writeFileSync(join(path, 'mainlog.20261119-000000.gz'), gzipSync(mail(1) + mail(2)))
  writeFileSync(join(path, 'mainlog.20261120-000000'), mail(3))
  writeFileSync(join(path, 'mainlog'), `${mail(4)}2026-11-20 09:00:09 a note\n`)
  writeFileSync(join(path, 'rejectlog'), mail(9))
  const ids = async (count: number) => (await lastJourneys(path, count, UTC)).map((one) => one.id)
  assert.deepEqual(await ids(50), [id(1), id(2), id(3), id(4)])
  assert.deepEqual(await ids(3), [id(2), id(3), id(4)])
  assert.deepEqual(await ids(1), [id(4)])
})

test('a journey has each recipient with its attempts and what became of it', async () => {
  using place = folder()
  writeFileSync(join(place.path, 'mainlog'), mail(1) + mail(2))
  const journey = (await find(place.path, id(2)))[0]
  assert.deepEqual(
    journey?.recipients.map(({ original, final, fate, attempts }) => [
      original,
      final,
      fate,
      attempts.map(({ type }) => type),
    ]),
    [
      ['bob@example.com', 'bob@example.com', 'delivered', ['delivered']],
      ['team@example.com', 'carol@example.com', 'delivered', ['deferred', 'delivered']],
    ],
  )
  assert.equal(journey?.completedMs, Date.UTC(2026, 10, 20, 9, 0, 2))
  assert.equal(journey?.arrival?.from, 'jane@example.com')
  assert.equal(journey?.events.length, 5)
})

test('a recipient of whom the log says nothing yet is waiting', async () => {
  using place = folder()
  const [arrival = '', first = ''] = mail(1).split('\n')
  writeFileSync(join(place.path, 'mainlog'), `${arrival}\n${first}\n`)
  const journey = (await find(place.path, id(1)))[0] ?? assert.fail()
  assert.deepEqual(fatesOf(journey), ['waiting', 'delivered'])
})

test('a message is found by its Message-ID too', async () => {
  using place = folder()
  writeFileSync(join(place.path, 'mainlog'), mail(1) + mail(2))
  const found = await find(place.path, '<2@x>')
  assert.deepEqual(
    found.map((one) => one.id),
    [id(2)],
  )
  assert.deepEqual(await find(place.path, '@x'), [])
})

test('an unknown id has no journey', async () => {
  using place = folder()
  writeFileSync(join(place.path, 'mainlog'), mail(1))
  assert.deepEqual(await find(place.path, id(7)), [])
})

test('lines are the same from the end as from the start, wherever a chunk ends', async () => {
  using place = folder()
  const path = join(place.path, 'mainlog')
  const lines = Array.from({ length: 3000 }, (_, at) => `${at} ${'é'.repeat((at * 37) % 500)}`)
  lines.push('x'.repeat(600_000), '', 'end')
  writeFileSync(path, `${lines.join('\n')}\ntorn`)
  assert.deepEqual((await collect(linesBackwards(path))).reverse(), lines)
  assert.deepEqual(await flat(textsOfLines(path)), lines)
  writeFileSync(`${path}.gz`, gzipSync(`${lines.join('\n')}\n`))
  assert.deepEqual((await collect(linesBackwards(`${path}.gz`))).reverse(), lines)
  const whole = await endOfLines(path)
  assert.deepEqual((await collect(linesBackwards(path, whole))).reverse(), lines)
})

for (const text of ['', '\n', 'torn', 'a\n', 'a\nb\n']) {
  test(`a small file from both ends: ${JSON.stringify(text)}`, async () => {
    using place = folder()
    const path = join(place.path, 'mainlog')
    writeFileSync(path, text)
    const lines = text.split('\n').slice(0, -1)
    assert.deepEqual((await collect(linesBackwards(path))).reverse(), lines)
    assert.deepEqual(await flat(textsOfLines(path)), lines)
  })
}

test('the last lines can be in the file before', async () => {
  using place = folder()
  writeFileSync(join(place.path, 'mainlog.20261120-000000'), 'a\nb\n')
  writeFileSync(join(place.path, 'mainlog'), 'c\n')
  const paths = await mainlogs(place.path)
  assert.deepEqual(await lastLines(paths, 2, 2), ['b', 'c'])
  assert.deepEqual(await lastLines(paths, 9, 2), ['a', 'b', 'c'])
  assert.deepEqual(await lastLines(paths, 9, 0), ['a', 'b'])
})

test('following a log sees whole lines, and goes on after rotation', async () => {
  using place = folder()
  const path = join(place.path, 'mainlog')
  writeFileSync(path, 'before\n')
  const stop = new AbortController()
  const lines = followLines(path, await endOfLines(path), stop.signal)
  await appendFile(path, 'on')
  await appendFile(path, 'e é\ntwo\n')
  assert.equal((await lines.next()).value, 'one é')
  assert.equal((await lines.next()).value, 'two')
  await appendFile(path, 'three\n')
  renameSync(path, `${path}.20261120-000000`)
  writeFileSync(path, 'four\n')
  assert.equal((await lines.next()).value, 'three')
  assert.equal((await lines.next()).value, 'four')
  writeFileSync(path, '5\n') // cut, and begun again
  assert.equal((await lines.next()).value, '5')
  stop.abort()
  assert.equal((await lines.next()).done, true)
})

/** The messages that a search in all files of a folder finds. */
async function find(folder: string, wanted: string): Promise<readonly Journey[]> {
  const format = 'auto'
  const world = { format, zone: UTC, nowMs: Date.now(), input: noInput(), run: noFilter } as const
  const sources = await openSources(await mainlogs(folder), world)
  const input = { sources, format, zone: UTC, sinceMs: null, untilMs: null } as const
  return (await findJourneys(input, { wanted, most: 5, isLive: true })).journeys
}

async function* noInput(): AsyncGenerator<Uint8Array> {}

function noFilter(): never {
  throw new Error('nothing here is compressed')
}
