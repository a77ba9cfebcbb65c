/** The files of the log: that they are written, rotated, and do not fill the disk. */
import { basename, join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { HOUR_MS } from '../../base/durations.ts'
import { LOG_NAMES, rotatedFiles } from '../../journal/log-names.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import { octetsWords } from '../words.ts'
import type { World } from '../world.ts'

export const files: Check<World> = {
  id: 'log.files',
  group: 'log',
  title: 'Log files and their rotation',
  isNetwork: false,
  explain: ['ls -l DATA_FOLDER/log', 'waybill config show log'],
  async look(world) {
    const { dataFolder } = world.loaded.config
    const folder = join(dataFolder, 'log')
    if (world.files.stat(folder) === null)
      return [world.status === null ? skipped(files, NO_LOG_YET) : folderGone(folder)]
    const listed = allFiles(world, folder)
    const troubles = [
      ...notWritten(world, folder),
      ...notRotated(world, listed),
      ...tooMany(world, folder, listed),
      ...tooLarge(world, folder, listed),
    ]
    if (troubles.length > 0) return troubles
    const octets = sum(listed)
    return [
      ok(
        files,
        'the log is written and rotated',
        [`${folder}: ${counted(listed.length, 'file')}, ${octetsWords(octets)}`],
        { figures: { files: listed.length, octets } },
      ),
    ]
  },
}

interface LogFileSeen {
  readonly path: string
  readonly octets: number
  readonly changedMs: number
}

function allFiles({ files: disk }: World, folder: string): LogFileSeen[] {
  return disk.list(folder).flatMap(({ name }) => {
    const path = join(folder, name)
    const found = disk.stat(path)
    return found === null || !found.isFile()
      ? []
      : [{ path, octets: Number(found.size), changedMs: Number(found.mtimeMs) }]
  })
}

function notWritten({ status, files: disk }: World, folder: string): Finding[] {
  const path = join(folder, 'mainlog')
  if (status === null || disk.stat(path) !== null) return []
  return [
    failing(files, {
      summary: 'the server runs, and there is no mainlog',
      evidence: [`${path} is not there`],
      meaning: KEPT,
      remedy: [
        step('See whether it can write there', `ls -ld ${quoted(folder)}`),
        step('See what it says', 'journalctl -u waybill -n 50'),
      ],
    }),
  ]
}

function folderGone(folder: string): Finding {
  return failing(files, {
    summary: 'the server runs, and the folder of its log is gone',
    evidence: [`${folder} is not there`],
    meaning: KEPT,
    remedy: [
      step('Start it again: it makes the folder', 'systemctl restart waybill'),
      step(
        'See who removed it: nothing of Waybill does',
        'grep -rn waybill /etc/cron* /etc/logrotate.d',
      ),
    ],
  })
}

/** A file that is full is renamed at its next line. */
function notRotated({ loaded }: World, listed: readonly LogFileSeen[]): Finding[] {
  const { maxOctets } = loaded.config.log
  return listed
    .filter(({ path, octets }) => isWrittenTo(path) && octets > 2 * maxOctets + SLACK_OCTETS)
    .map(({ path, octets }) =>
      warning(files, {
        subject: basename(path),
        summary: `${basename(path)} has ${octetsWords(octets)} and is not rotated`,
        evidence: [`log.max_size is ${octetsWords(maxOctets)}`],
        meaning: 'The log grows until the disk is full, and reading it takes long.',
        remedy: [
          step('See what the server says of it', 'journalctl -u waybill -n 50'),
          step('Start it again: it rotates at its next line', 'systemctl restart waybill'),
        ],
      }),
    )
}

function tooMany(world: World, folder: string, listed: readonly LogFileSeen[]): Finding[] {
  const { keep, compress } = world.loaded.config.log
  const names = listed.map(({ path }) => basename(path))
  const overdueMs = world.clock.nowMs() - HOUR_MS
  return LOG_NAMES.flatMap((log) => {
    const rotated = rotatedFiles(log, names)
    const plain = listed.filter(
      ({ path, changedMs }) =>
        rotated.includes(basename(path)) && !path.endsWith('.gz') && changedMs < overdueMs,
    )
    const many = rotated.length > keep + 1
    const unpacked = compress && plain.length > 1
    if (!many && !unpacked) return []
    return [
      warning(files, {
        subject: log,
        summary: `old files of ${log} are not ${many ? 'removed' : 'packed'}`,
        evidence: [
          `${counted(rotated.length, 'rotated file')} in ${folder}, ${keep} are to be kept`,
          `${plain.length} of them are not packed`,
        ],
        figures: { rotated: rotated.length, unpacked: plain.length },
        meaning: 'They take room that mail may need.',
        remedy: [
          step('See what the server says of it', 'journalctl -u waybill -n 50 | grep "old files"'),
          step('See whom they belong to', `ls -l ${quoted(folder)}`),
        ],
      }),
    ]
  })
}

function tooLarge(world: World, folder: string, listed: readonly LogFileSeen[]): Finding[] {
  const octets = sum(listed)
  const { totalOctets } = world.files.space(folder)
  if (octets < LARGE_OCTETS || octets < (totalOctets * LARGE_PERCENT) / 100) return []
  return [
    warning(files, {
      summary: `the log takes ${octetsWords(octets)}, ${Math.round((100 * octets) / totalOctets)} % of the disk`,
      evidence: listed
        .toSorted((one, other) => other.octets - one.octets)
        .slice(0, MOST_SHOWN)
        .map(({ path, octets: size }) => `${basename(path)}: ${octetsWords(size)}`),
      figures: { octets },
      meaning: 'Mail and log share the disk: when it is full, mail is put off.',
      remedy: [step('Keep fewer files: log.keep in the configuration', 'waybill config show log')],
    }),
  ]
}

function isWrittenTo(path: string): boolean {
  return LOG_NAMES.some((name) => name === basename(path))
}

function sum(listed: readonly LogFileSeen[]): number {
  return listed.reduce((octets, one) => octets + one.octets, 0)
}

export const NO_LOG_YET = 'there is no log in the data folder yet: start the server once'
const KEPT = 'What becomes of mail is kept in the database until it can be written to the log.'
/** Lines that came while the file was renamed. */
const SLACK_OCTETS = 16_000_000
const LARGE_OCTETS = 1_000_000_000
const LARGE_PERCENT = 20
const MOST_SHOWN = 3
