/** Room for mail besides octets of the disk: inodes, quotas, and what is kept back for a full disk. */
import { join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { shown } from '../shown.ts'
import { existingParent } from '../existing-parent.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { addressInCommand, quoted } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import { octetsWords } from '../words.ts'
import type { World } from '../world.ts'

export const inodes: Check<World> = {
  id: 'storage.inodes',
  group: 'storage',
  title: 'Room for files on the disk',
  isNetwork: false,
  explain: ['df -i DATA_FOLDER'],
  async look({ files, loaded }) {
    const { dataFolder, disk, alerts } = loaded.config
    const { totalInodes, freeInodes } = files.space(existingParent(files, dataFolder))
    if (totalInodes === 0)
      return [
        ok(inodes, 'this file system has no fixed number of files', [
          `${dataFolder}: 0 inodes in all`,
        ]),
      ]
    const used = 100 * (1 - freeInodes / totalInodes)
    const usedPercent = Math.round(used)
    const evidence = [`${freeInodes} of ${totalInodes} inodes free, ${usedPercent} % used`]
    const figures = { usedPercent, freeInodes }
    const remedy = [
      step(
        'See where the many files are',
        `du --inodes -x --max-depth=3 ${quoted(dataFolder)} | sort -n | tail`,
      ),
      step('Delete what is not needed; only a new file system has more inodes'),
    ]
    if (freeInodes <= (totalInodes * disk.minFreePercent) / 100)
      return [
        failing(inodes, {
          ...{ evidence, figures, remedy },
          summary: 'the disk can hold no more files: mail is refused for the time being',
          meaning: 'Other servers are told to try again later (452), and do so for days.',
        }),
      ]
    if (used <= alerts.limits.inodesPercent)
      return [ok(inodes, `there is room for ${freeInodes} files`, evidence, { figures })]
    return [
      warning(inodes, {
        ...{ evidence, figures, remedy },
        summary: 'the disk can soon hold no more files',
        meaning: 'Then mail from others is put off. Nothing that was accepted is lost.',
      }),
    ]
  },
}

export const quota: Check<World> = {
  id: 'storage.quota',
  group: 'storage',
  title: 'Accounts that are nearly full',
  isNetwork: false,
  explain: ['waybill account list'],
  async look(world) {
    const accounts = await world.ask('account.list', {})
    const limited = accounts.flatMap(({ address, quotaOctets, usedOctets }) =>
      quotaOctets === null ? [] : [{ address, quotaOctets, usedOctets }],
    )
    if (accounts.length === 0)
      return [skipped(quota, 'there is no account yet: waybill account add ADDRESS')]
    const full = limited
      .map((account) => ({
        ...account,
        percent: (100 * account.usedOctets) / Math.max(1, account.quotaOctets),
      }))
      .filter(({ percent }) => percent > FULL_PERCENT)
      .sort((one, other) => other.percent - one.percent)
    if (full.length === 0)
      return [
        ok(quota, 'no account is nearly full', [
          `${counted(accounts.length, 'account')}, ${limited.length} of them with a quota, none above ${FULL_PERCENT} %`,
        ]),
      ]
    return full.slice(0, MOST_NAMED).map(nearlyFull)
  },
}

interface Full {
  readonly address: string
  readonly usedOctets: number
  readonly quotaOctets: number
  readonly percent: number
}

function nearlyFull({ address, usedOctets, quotaOctets, percent }: Full): Finding {
  const name = shown(address)
  const isFull = usedOctets >= quotaOctets
  return warning(quota, {
    subject: name,
    summary: isFull ? `${name} is full` : `${name} is nearly full`,
    evidence: [
      `${octetsWords(usedOctets)} of ${octetsWords(quotaOctets)}, ${Math.floor(percent)} %`,
    ],
    figures: { usedOctets, quotaOctets },
    meaning: isFull
      ? 'Mail for it is refused, and bounces to those who write to it.'
      : 'When it is full, mail for it is refused.',
    remedy: [
      step('Ask the person to delete mail, also in Trash'),
      step(
        'Or give it more',
        `waybill account set ${addressInCommand(address)} --quota "${larger(quotaOctets)}"`,
      ),
    ],
  })
}

/** Twice as much, in whole gigabytes. */
function larger(octets: number): string {
  return `${Math.max(1, Math.ceil((2 * octets) / 1e9))} GB`
}

export const ballast: Check<World> = {
  id: 'storage.ballast',
  group: 'storage',
  title: 'The reserve for a full disk',
  isNetwork: false,
  explain: ['ls -l DATA_FOLDER/ballast'],
  async look({ files, loaded, status, clock }) {
    const { dataFolder, disk } = loaded.config
    const path = join(dataFolder, 'ballast')
    const octets = Number(files.stat(path)?.size ?? 0n)
    if (disk.ballastOctets === 0)
      return [skipped(ballast, 'none is wanted: disk.ballast_size is 0')]
    const evidence = [`${path}: ${octetsWords(octets)} of ${octetsWords(disk.ballastOctets)}`]
    if (octets === disk.ballastOctets) return [ok(ballast, 'it is there', evidence)]
    if (status === null && octets === 0)
      return [skipped(ballast, 'it is not there: a running server makes it')]
    if (status !== null && clock.nowMs() - status.startedMs < NEW_MS)
      return [skipped(ballast, 'the server has only just started and is making it')]
    return [
      warning(ballast, {
        summary:
          octets === 0
            ? 'the reserve for a full disk is used up'
            : 'the reserve is of another size',
        evidence,
        figures: { octets, wantedOctets: disk.ballastOctets },
        meaning:
          octets === 0
            ? 'The disk was full. If it is again, users cannot even delete mail.'
            : 'It was made with another configuration.',
        remedy:
          octets === 0
            ? [
                step(
                  'Make room: the server makes it again by itself',
                  `df -h ${quoted(dataFolder)}`,
                ),
              ]
            : [step('Remove it: the server makes another', `rm ${quoted(path)}`)],
      }),
    ]
  },
}

const FULL_PERCENT = 90
const MOST_NAMED = 10
/** Larger ones are written piece by piece. */
const NEW_MS = 10 * 60_000
