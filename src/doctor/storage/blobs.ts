/** Files of large messages: a sample of them is where the database says, and of the right size. */
import { join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import type { SqliteConnection } from '../../db/sqlite.ts'
import { one, type Steps } from '../../db/statement.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Check } from '../types.ts'
import { octetsWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'

export const blobs: Check<World> = {
  id: 'storage.blobs',
  group: 'storage',
  title: 'Files of large messages, a sample',
  isNetwork: false,
  explain: ['(20 files of the blobs folder, at random: there, and of the size in the database)'],
  async look(world) {
    const { store, files, loaded } = world
    if (store === null) return [withoutStore(blobs, world)]
    const { dataFolder } = loaded.config
    const sample = sampleOf(store)
    if (sample.length === 0)
      return [skipped(blobs, 'no large message was found: those under 64 KB are in the database')]
    const wrong = sample.flatMap((row) => {
      const found = files.stat(pathOf(dataFolder, row.file))
      if (found !== null && Number(found.size) === row.sizeOctets) return []
      // Deleted meanwhile: its row went first.
      if (store.run(blobRow(row.id, row.id, 1)) === undefined) return []
      const size = found === null ? 'is not there' : `has ${octetsWords(Number(found.size))}`
      return [`${row.file} ${size}, ${row.sizeOctets} octets are expected`]
    })
    if (wrong.length === 0)
      return [
        ok(blobs, 'each of a sample is where it should be', [
          `${counted(sample.length, 'file')} of ${join(dataFolder, 'blobs')}, chosen at random`,
        ]),
      ]
    return [
      failing(blobs, {
        summary: `${wrong.length} of ${counted(sample.length, 'file')} of messages ${wrong.length === 1 ? 'is' : 'are'} missing or cut short`,
        evidence: wrong.slice(0, MOST_SHOWN),
        figures: { sample: sample.length, wrong: wrong.length },
        meaning: 'These messages cannot be read any more; there may be more of them.',
        remedy: [
          step('See which messages are concerned', `waybill check --data ${quoted(dataFolder)}`),
          step('Put the missing files back from a backup of blobs/, and delete nothing there'),
          step('See whether the disk is well', 'dmesg --level=err,crit'),
        ],
      }),
    ]
  },
}

export const leftovers: Check<World> = {
  id: 'storage.leftovers',
  group: 'storage',
  title: 'Files that were left half-written',
  isNetwork: false,
  explain: ['ls -l DATA_FOLDER/tmp'],
  async look({ files, loaded, clock, status }) {
    const folder = join(loaded.config.dataFolder, 'tmp')
    if (files.stat(folder) === null)
      return [
        skipped(
          leftovers,
          status === null
            ? 'there is no folder for bodies yet: start the server once'
            : 'the folder for bodies is gone: see storage.files',
        ),
      ]
    const old = files.list(folder).flatMap(({ name }) => {
      const found = files.stat(join(folder, name))
      const isOld = found !== null && clock.nowMs() - Number(found.mtimeMs) > DAY_MS
      return isOld ? [{ name, octets: Number(found.size) }] : []
    })
    if (old.length === 0)
      return [ok(leftovers, 'none were left', [`${folder}: nothing older than a day`])]
    const octets = old.reduce((sum, one) => sum + one.octets, 0)
    return [
      warning(leftovers, {
        summary: `${counted(old.length, 'file')} in tmp/ ${old.length === 1 ? 'is' : 'are'} older than a day`,
        evidence: [
          `${folder}: ${octetsWords(octets)}`,
          ...old.slice(0, MOST_SHOWN).map(({ name }) => shown(name)),
        ],
        figures: { files: old.length, octets },
        meaning: 'They take room. They are no mail: what was accepted is elsewhere.',
        remedy: [step('The next start of the server removes them', 'systemctl restart waybill')],
      }),
    ]
  },
}

interface BlobRow {
  readonly id: number
  readonly file: string
  readonly sizeOctets: number
}

function sampleOf(store: SqliteConnection): BlobRow[] {
  const highest = store.run(highestId())
  const found = new Map<number, BlobRow>()
  for (let at = 0; at < SAMPLE; at++) {
    const start = 1 + Math.floor(Math.random() * highest)
    const row =
      store.run(blobRow(start, highest, LOOKED_AT)) ?? store.run(blobRow(1, highest, LOOKED_AT))
    if (row !== undefined) found.set(row.id, row)
  }
  return [...found.values()]
}

function* highestId(): Steps<number> {
  return (yield* one<{ id: number | null }>('SELECT max(id) AS id FROM blob'))?.id ?? 0
}

/** The first with a file, of a bounded number of rows. */
function* blobRow(from: number, to: number, most: number): Steps<BlobRow | undefined> {
  return yield* one<BlobRow>(
    `SELECT id, file, size_octets AS sizeOctets FROM
       (SELECT id, file, size_octets FROM blob WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)
     WHERE file IS NOT NULL LIMIT 1`,
    from,
    to,
    most,
  )
}

/** As the store names them: `blobs/ab/cd/…`. */
function pathOf(dataFolder: string, file: string): string {
  return join(dataFolder, 'blobs', file.slice(0, 2), file.slice(2, 4), file)
}

const SAMPLE = 20
const LOOKED_AT = 500
const MOST_SHOWN = 5
