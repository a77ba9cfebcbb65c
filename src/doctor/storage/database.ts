/** The database as a file: how large, how much of it is empty, and whether SQLite finds it whole. */
import { join } from 'node:path'

import { one } from '../../db/statement.ts'
import { messageOf } from '../../base/faults.ts'
import { TRACE_FILE } from '../../trace/index/place.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { NOT_KNOWN } from '../examine.ts'
import { quoted } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import { octetsWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'

export const database: Check<World> = {
  id: 'storage.database',
  group: 'storage',
  title: 'Size of the database',
  isNetwork: false,
  explain: ['(PRAGMA page_count, freelist_count)', 'ls -l DATA_FOLDER/mail.db*', 'df DATA_FOLDER'],
  async look(world) {
    const { store } = world
    if (store === null) return [withoutStore(database, world)]
    const pragma = (name: string) =>
      store.run(one<Record<string, number>>(`PRAGMA ${name}`))?.[name] ?? 0
    const pageOctets = pragma('page_size')
    const octets = pragma('page_count') * pageOctets
    const emptyOctets = pragma('freelist_count') * pageOctets
    const percent = octets === 0 ? 0 : Math.round((100 * emptyOctets) / octets)
    const { totalOctets, freeOctets } = world.files.space(world.loaded.config.dataFolder)
    const evidence = [
      `mail.db has ${octetsWords(octets)}, ${percent} % of it empty: new mail takes that first`,
      `${octetsWords(freeOctets)} of ${octetsWords(totalOctets)} of the disk are free`,
    ]
    const figures = { octets, emptyOctets }
    const isMuch = emptyOctets >= MUCH_EMPTY_OCTETS && percent >= MUCH_EMPTY_PERCENT
    // Room that nobody else asks for is best left where it is.
    if (!isMuch || freeOctets >= totalOctets * SCARCE_SHARE)
      return [ok(database, `the database has ${octetsWords(octets)}`, evidence, { figures })]
    return [
      warning(database, {
        summary: `${octetsWords(emptyOctets)} of the database are empty, and the disk is nearly full`,
        evidence,
        figures,
        meaning: 'New mail takes the room, but logs and other programs cannot have it.',
        remedy: [
          step(
            'If others need it, stop the server',
            'systemctl stop waybill.socket waybill.service',
          ),
          step(
            'Give it back (sqlite3 is in the package of that name)',
            `${asOwner(world)}sqlite3 ${quoted(databaseOf(world))} 'PRAGMA incremental_vacuum'`,
          ),
          step('Start it again', 'systemctl start waybill.socket waybill.service'),
        ],
      }),
    ]
  },
}

export const integrity: Check<World> = {
  id: 'storage.integrity',
  group: 'storage',
  title: 'A quick look into the database',
  isNetwork: false,
  explain: ['(PRAGMA quick_check, in a program of its own, for some seconds)'],
  async look(world, signal) {
    const file = databaseOf(world)
    const octets = Number(world.files.stat(file)?.size ?? 0n)
    if (octets === 0)
      return [
        world.status === null
          ? withoutStore(integrity, world)
          : goneBelow(file, world.status.processId),
      ]
    if (octets > MOST_CHECKED_OCTETS)
      return [
        skipped(integrity, `the database has ${octetsWords(octets)}, too much for now: ${BY_HAND}`),
      ]
    const answer = await quickCheck(world, file, signal)
    if (answer === null)
      return [skipped(integrity, `it took longer than ${CHECK_MS / 1000} s: ${BY_HAND}`)]
    if (answer.isBusy)
      return [skipped(integrity, `another program is writing to the database: ${BY_HAND}`)]
    if (!answer.isLookedAt) return [cannotBeOpened(world, file, answer.lines)]
    if (answer.lines.length === 1 && answer.lines[0] === 'ok')
      return [ok(integrity, 'SQLite finds it whole', [`quick_check of ${octetsWords(octets)}: ok`])]
    return [
      failing(integrity, {
        summary: 'the database is damaged',
        evidence: answer.lines.slice(0, MOST_SHOWN).map((line) => shown(line)),
        meaning: 'Some mail may be gone, and more may go with each write.',
        remedy: [
          step('Stop the server', 'systemctl stop waybill.socket waybill.service'),
          step(
            'Copy the data folder as it is',
            `cp -a ${quoted(world.loaded.config.dataFolder)} /somewhere/else`,
          ),
          step('See whether the disk is well', 'dmesg --level=err,crit; smartctl -a /dev/sda'),
          step(
            'See what is damaged',
            `waybill check --deep --data ${quoted(world.loaded.config.dataFolder)}`,
          ),
          step('Put the last backup in its place, as the guide says: Operate, Backup and restore'),
        ],
      }),
    ]
  },
}

/** What a process has open is there until it ends, whatever became of its name. */
function goneBelow(file: string, processId: number): Finding {
  return failing(integrity, {
    summary: 'the server runs, and its database is gone',
    evidence: [`${file} is not there, or empty; process ${processId} runs`],
    meaning:
      'It still works with the file that it opened. When it ends, a removed file is lost with all mail, and the next start begins with an empty one.',
    remedy: [
      step('Do not stop or restart the server before the file is found'),
      step(
        'See where it is: the server has it open, also when it was renamed or deleted',
        `ls -l /proc/${processId}/fd | grep mail.db`,
      ),
      step('If it was renamed: give it its name back, and the files -wal and -shm too'),
      step(
        'If it says (deleted): copy mail.db and mail.db-wal from there to another disk, then stop the server and put them in their place',
      ),
    ],
  })
}

/** Who restores a backup because of a wrong owner loses mail. */
function cannotBeOpened(world: World, file: string, lines: readonly string[]): Finding {
  return failing(integrity, {
    summary: `the database cannot be looked at: ${shown(lines.join(' '))}`,
    evidence: [
      `quick_check of ${file}: ${shown(lines.join(' '))}`,
      world.files.mayRead(file) ? 'the file itself may be read' : 'the file may not be read',
    ],
    meaning: 'Whether it is damaged is not known. A server that cannot open it does not start.',
    remedy: [
      step('See whose it is, and the files beside it', `ls -l ${quoted(file)}*`),
      step('See whether they are all the server’s', 'waybill doctor --only configuration.modes'),
      step('See whether the disk and the memory are well', 'dmesg --level=err,crit'),
    ],
    figures: NOT_KNOWN,
  })
}

export const wal: Check<World> = {
  id: 'storage.wal',
  group: 'storage',
  title: 'The write-ahead log of the database',
  isNetwork: false,
  explain: ['ls -l DATA_FOLDER/mail.db-wal'],
  async look(world) {
    const file = databaseOf(world)
    if (world.files.stat(file) === null) return [withoutStore(wal, world)]
    const octets = Number(world.files.stat(`${file}-wal`)?.size ?? 0n)
    const evidence = [`mail.db-wal has ${octetsWords(octets)}`]
    const figures = { octets }
    if (octets < LARGE_WAL_OCTETS)
      return [ok(wal, 'it is folded into the database as it should be', evidence, { figures })]
    return [
      warning(wal, {
        summary: `the write-ahead log has ${octetsWords(octets)} and is not folded into the database`,
        evidence,
        figures,
        meaning: 'A program has been reading the database for very long. Reading mail gets slower.',
        remedy: [
          step('See which programs have it open', `fuser -v ${quoted(file)}`),
          step('End those that are not the server; a backup by sqlite3 may be one'),
          step('If it is the server itself, start it again', 'systemctl restart waybill'),
        ],
      }),
    ]
  },
}

export const traceIndex: Check<World> = {
  id: 'storage.index',
  group: 'storage',
  title: 'Size of the index of the log',
  isNetwork: false,
  explain: ['ls -l DATA_FOLDER/trace.db'],
  async look(world) {
    const { dataFolder } = world.loaded.config
    const file = join(dataFolder, TRACE_FILE)
    const found = world.files.stat(file)
    if (found === null)
      return [skipped(traceIndex, 'there is no index yet: a running server makes it')]
    const octets = Number(found.size)
    const { totalOctets } = world.files.space(dataFolder)
    const percent = Math.round((100 * octets) / totalOctets)
    const evidence = [`trace.db has ${octetsWords(octets)}, ${percent} % of the disk`]
    const figures = { octets }
    if (octets < LARGE_INDEX_OCTETS || percent < LARGE_INDEX_PERCENT)
      return [ok(traceIndex, `the index has ${octetsWords(octets)}`, evidence, { figures })]
    return [
      warning(traceIndex, {
        summary: `the index of the log takes ${percent} % of the disk`,
        evidence,
        figures,
        meaning: 'Mail and index share the disk: when it is full, mail is put off.',
        remedy: [
          step(
            'Keep fewer days of it: log.trace_days in the configuration',
            'waybill config show log',
          ),
          step('Then make it anew', 'waybill log index --rebuild'),
        ],
      }),
    ]
  },
}

interface Checked {
  /** SQLite read it: the lines are what it found. False: they say why it could not. */
  readonly isLookedAt: boolean
  readonly isBusy: boolean
  readonly lines: readonly string[]
}

/** Null: it took too long. In another process, for SQLite cannot be interrupted here. */
async function quickCheck(
  world: World,
  file: string,
  signal: AbortSignal,
): Promise<Checked | null> {
  const control = new AbortController()
  const stop = () => control.abort()
  signal.addEventListener('abort', stop, { once: true })
  using _timer = world.clock.after(CHECK_MS, stop)
  try {
    const command = [process.execPath, '--no-warnings', '--eval', SCRIPT, file]
    const result = await world.run(command, control.signal)
    if (result === null) throw new Error(`${process.execPath} is not there`)
    const { status, out, errors } = result
    const lines = out.split('\n').filter((line) => line !== '')
    if (status === 0 && lines.length > 0) return { isLookedAt: true, isBusy: false, lines }
    const why = errors.trim().split('\n').at(-1) || `it ended without a word, status ${status}`
    const isLookedAt = DAMAGE.has(status ?? 0)
    return { isLookedAt, isBusy: status === SQLITE_BUSY, lines: [why] }
  } catch (error) {
    if (control.signal.aborted) return null
    throw new Error(`quick_check could not be run: ${messageOf(error)}`)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const SCRIPT = `
const { DatabaseSync } = require('node:sqlite')
try {
  const database = new DatabaseSync(process.argv[1], { readOnly: true, timeout: 2000 })
  for (const row of database.prepare('PRAGMA quick_check(20)').all()) console.log(row.quick_check)
} catch (error) {
  console.error(error.message)
  // Node's own faults have no number, and Node ends with others.
  process.exitCode = error.errcode === undefined ? 1 : 100 + (error.errcode & 0xff)
}`
/** SQLITE_CORRUPT and SQLITE_NOTADB; https://sqlite.org/rescode.html */
const DAMAGE: ReadonlySet<number> = new Set([111, 126])
const SQLITE_BUSY = 105

/** What root makes beside the database the server could not open. */
export function asOwner(world: World): string {
  const userId = world.files.stat(databaseOf(world))?.uid ?? 0n
  return userId === 0n ? '' : `sudo -u '#${userId}' `
}

function databaseOf({ loaded }: World): string {
  return join(loaded.config.dataFolder, 'mail.db')
}

const BY_HAND = 'waybill check --deep looks at all of it'
const CHECK_MS = 8_000
const MOST_CHECKED_OCTETS = 2_000_000_000
const MOST_SHOWN = 5
const MUCH_EMPTY_OCTETS = 1_000_000_000
const MUCH_EMPTY_PERCENT = 50
/** Of the disk. */
const SCARCE_SHARE = 0.2
/** It is cut back to 33 MB at each checkpoint that nothing holds up. */
const LARGE_WAL_OCTETS = 256_000_000
const LARGE_INDEX_OCTETS = 1_000_000_000
const LARGE_INDEX_PERCENT = 10
