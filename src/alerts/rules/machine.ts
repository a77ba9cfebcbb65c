/** Disk, memory, backups. */
import { step } from '../../doctor/findings.ts'
import { quoted } from '../../doctor/in-command.ts'
import { durationWords, octetsWords } from '../../doctor/words.ts'
import type { Facts } from '../facts.ts'
import { timeWords } from '../words.ts'
import { type FactRule, wrong } from './rule.ts'

const disk: FactRule = {
  name: 'disk',
  source: 'facts',
  condition: ({ diskPercent }) => `more than ${diskPercent} % of the disk is used`,
  isUrgent: false,
  command: 'waybill doctor --only storage',
  look(facts, { diskPercent }) {
    const { totalOctets, freeOctets } = facts.space
    if (totalOctets === 0 || usedPercent(totalOctets, freeOctets) <= diskPercent) return []
    return [
      wrong({
        summary: `more than ${diskPercent} % of the disk is used`,
        evidence: [spaceWords(facts)],
        meaning: 'When it is full, mail from others is put off. Nothing that was accepted is lost.',
        remedy: roomRemedy(facts),
      }),
    ]
  },
}

const diskFull: FactRule = {
  name: 'disk-full',
  source: 'facts',
  condition: () => 'the disk is so full that mail is put off (see [disk])',
  isUrgent: true,
  command: 'waybill doctor --only storage',
  look(facts) {
    const { freeOctets } = facts.space
    if (freeOctets > facts.leastFreeOctets) return []
    return [
      wrong({
        verdict: 'failing',
        summary: 'the disk is full: mail is refused for the time being',
        evidence: [spaceWords(facts)],
        meaning:
          'Other servers are told to try again later, and do so for days. Mail is served and can be deleted.',
        remedy: roomRemedy(facts),
      }),
    ]
  },
}

const inodes: FactRule = {
  name: 'inodes',
  source: 'facts',
  condition: ({ inodesPercent }) => `more than ${inodesPercent} % of the inodes are used`,
  isUrgent: false,
  command: 'waybill doctor --only storage',
  look({ space: { totalInodes, freeInodes }, dataFolder }, { inodesPercent }) {
    // Some file systems have no fixed number of them.
    if (totalInodes === 0 || usedPercent(totalInodes, freeInodes) <= inodesPercent) return []
    return [
      wrong({
        summary: `more than ${inodesPercent} % of the inodes of the disk are used`,
        evidence: [`${freeInodes} of ${totalInodes} are free where ${dataFolder} is`],
        meaning:
          'Without one no file can be made, however much room is left: mail is then put off.',
        remedy: [
          step(
            'See which folders have the most files',
            'du --inodes -xh --max-depth=3 / | sort -h | tail',
          ),
        ],
      }),
    ]
  },
}

const memory: FactRule = {
  name: 'memory',
  source: 'facts',
  condition: ({ memoryOctets }) =>
    `the server takes more memory than ${octetsWords(memoryOctets)}, or than ${MOST_PERCENT} % of what its service may have`,
  isUrgent: false,
  command: 'waybill doctor --only services',
  look({ memoryOctets, memoryMostOctets }, limits) {
    const most = Math.floor(((memoryMostOctets ?? Number.POSITIVE_INFINITY) * MOST_PERCENT) / 100)
    const limit = Math.min(limits.memoryOctets, most)
    if (memoryOctets <= limit) return []
    return [
      wrong({
        summary: `the server takes more than ${octetsWords(limit)} of memory`,
        evidence: [
          memoryMostOctets === null
            ? `it takes ${octetsWords(memoryOctets)}`
            : `it takes ${octetsWords(memoryOctets)}; its service may have ${octetsWords(memoryMostOctets)}`,
        ],
        meaning:
          limit < limits.memoryOctets
            ? 'When it takes more than it may have, the system slows it down, or ends it.'
            : 'When the machine has none left, the system ends a process, perhaps this one.',
        remedy: [
          step('See who is connected', 'waybill who'),
          step('A restart gives the memory back', 'systemctl restart waybill'),
        ],
      }),
    ]
  },
}

const backup: FactRule = {
  name: 'backup',
  source: 'facts',
  condition: ({ backupAgeMs }) => `the last backup is older than ${durationWords(backupAgeMs)}`,
  isUrgent: false,
  command: 'waybill doctor --only backups',
  look({ backupMs, nowMs }, { backupAgeMs }) {
    // Who backs up the folder by other means is not told every day that we know nothing of it.
    if (backupMs === null || nowMs - backupMs <= backupAgeMs) return []
    return [
      wrong({
        summary: `the last backup is older than ${durationWords(backupAgeMs)}`,
        evidence: [`it was made at ${timeWords(backupMs)}`],
        meaning: 'What came since then is lost when the disk is.',
        remedy: [step('See what is known of backups', 'waybill doctor --only backups')],
      }),
    ]
  },
}

/** Of what the service may have: said before the system acts on it. */
const MOST_PERCENT = 80

function usedPercent(total: number, free: number): number {
  return 100 * (1 - free / total)
}

function spaceWords({ dataFolder, space: { totalOctets, freeOctets } }: Facts): string {
  return `${dataFolder}: ${octetsWords(freeOctets)} of ${octetsWords(totalOctets)} free`
}

function roomRemedy({ dataFolder }: Facts) {
  return [
    step('See what takes the room', `du -xh --max-depth=2 ${quoted(dataFolder)} | sort -h | tail`),
    step('Delete what is not needed, or make the disk larger'),
  ]
}

export const MACHINE_RULES = [disk, diskFull, inodes, memory, backup]
