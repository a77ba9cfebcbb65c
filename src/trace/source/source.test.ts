import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'

import { missingPrograms } from '../../../test/support/programs.ts'
import { UTC } from '../../journal/zone.ts'
import { type LogSource, openSources, type SourceWorld } from './source.ts'
import { LogFault, type RunFilter } from './unpack.ts'

const NOW_MS = Date.UTC(2026, 0, 20)
const line = (day: number, text = 'Completed') =>
  `2026-01-${String(day).padStart(2, '0')} 09:00:00 1vcY0u-000000-8s ${text}\n`

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

/** As the command line does it, for the whole input at once. */
const run: RunFilter = async function* (program, args, input) {
  const ran = spawnSync(program, args, { input: Buffer.concat(await all(input)) })
  if (ran.error) throw ran.error
  if (ran.status !== 0) throw new Error(ran.stderr.toString().trim())
  yield ran.stdout
}

const world = (input = ''): SourceWorld => ({
  ...{ format: 'auto', zone: UTC, nowMs: NOW_MS, run },
  input: Readable.from([Buffer.from(input)]),
})

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-source-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const textOf = async ({ texts }: LogSource) => (await all(texts())).join('')

test('a rotated set is read in the order of time, compressed or not', () =>
  inFolder(async (folder) => {
    const files: Record<string, string | Buffer> = {
      mainlog: line(10),
      'mainlog.1': line(9),
      'mainlog.2.gz': gzipSync(line(8)),
      'mainlog.3.zst': zstdCompressSync(line(7)),
      // Told by its octets, whatever its name.
      'mainlog.4': gzipSync(line(6)),
    }
    const paths = Object.entries(files).map(([name, content]) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    })
    const sources = await openSources(paths, world())
    const texts = await Promise.all(sources.map(textOf))
    assert.equal(texts.join(''), [6, 7, 8, 9, 10].map((day) => line(day)).join(''))
    assert.deepEqual(
      sources.map(({ plainFile }) => plainFile !== null),
      [false, false, false, true, true],
    )
  }))

for (const [program, ending] of [
  ['xz', 'xz'],
  ['bzip2', 'bz2'],
] as const) {
  test(`${program} is unpacked by its program`, { skip: missingPrograms(program) }, () =>
    inFolder(async (folder) => {
      const path = join(folder, `mainlog.1.${ending}`)
      writeFileSync(path, spawnSync(program, ['-c'], { input: line(3) }).stdout)
      const [source] = await openSources([path], world())
      assert.ok(source)
      assert.equal(await textOf(source), line(3))
    }),
  )
}

test('a program that is not installed is named', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'mainlog.1.xz')
    writeFileSync(path, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]))
    const missing: RunFilter = (_program, args, input) => run('/nonexistent/xz', args, input)
    await assert.rejects(
      openSources([path], { ...world(), run: missing }),
      new LogFault(`${path} is compressed with xz, and this machine has no such program`),
    )
  }))

test('standard input, compressed or not; a last line without an end counts', async () => {
  for (const input of [Buffer.from(line(1) + line(2).trimEnd()), gzipSync(line(1) + line(2))]) {
    const stream = Readable.from([input.subarray(0, 1), input.subarray(1, 9), input.subarray(9)])
    const [source] = await openSources(['-'], { ...world(), input: stream })
    assert.ok(source)
    assert.equal((await textOf(source)).trimEnd(), (line(1) + line(2)).trimEnd())
    assert.equal(source.name, 'standard input')
    assert.equal(source.plainFile, null)
  }
})

test('what cannot be read is one sentence', () =>
  inFolder(async (folder) => {
    const path = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const broken = gzipSync(line(1).repeat(5000)).subarray(0, 200)
    const cases: readonly (readonly [path: string, sentence: RegExp])[] = [
      [join(folder, 'nothing'), /^there is no file .*nothing$/],
      [folder, /^.* is a folder; name the log files in it$/],
      [
        path('notes', 'Dear diary,\nnothing happened.\n'),
        /is no mail log: none of its first lines/,
      ],
      [path('mainlog.1.gz', broken), /^.*mainlog\.1\.gz is damaged or cut short: /],
      [
        path('trace.db', Buffer.from(`SQLite format 3\0${'x'.repeat(5000)}`)),
        /asked by the folder/,
      ],
      [path('image', Buffer.alloc(100_000, 0x9c)), /is no mail log/],
    ]
    for (const [name, sentence] of cases)
      await assert.rejects(openSources([name], world()), (error) => {
        assert.ok(error instanceof LogFault)
        assert.match(error.message, sentence)
        return true
      })
  }))

test('an empty log is one; with a format that is given, any text is', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'mainlog')
    writeFileSync(path, '')
    assert.equal((await openSources([path], world())).length, 1)
    writeFileSync(path, 'Dear diary\n')
    assert.equal((await openSources([path], { ...world(), format: 'exim' })).length, 1)
  }))

test('a file that is named twice is read once', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'mainlog')
    writeFileSync(path, line(1))
    symlinkSync(path, join(folder, 'other'))
    const sources = await openSources([path, path, join(folder, 'other')], world())
    assert.deepEqual(
      sources.map(({ name }) => name),
      [path],
    )
  }))

test("the kind of Exim's log is in its name; no line is later than its last change and a day", () =>
  inFolder(async (folder) => {
    const changedMs = Date.UTC(2026, 0, 11)
    for (const [name, log] of [
      ['mainlog.1', 'main'],
      ['rejectlog', 'reject'],
      ['exim_paniclog', 'panic'],
    ] as const) {
      const path = join(folder, name)
      writeFileSync(path, line(1))
      utimesSync(path, changedMs / 1000, changedMs / 1000)
      const [source] = await openSources([path], world())
      assert.equal(source?.log, log)
      assert.equal(source?.latestMs, changedMs + 86_400_000)
    }
  }))
