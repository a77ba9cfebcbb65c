/** Room on the disk that holds the mail. */
import { existingParent } from '../existing-parent.ts'
import { failing, ok, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { octetsWords } from '../words.ts'

export const disk: Check<World> = {
  id: 'storage.disk',
  group: 'storage',
  title: 'Room on the disk',
  isNetwork: false,
  explain: ['(statfs of the data folder)'],
  async look({ files, loaded }) {
    const { dataFolder, disk: limits, alerts } = loaded.config
    const { totalOctets, freeOctets } = files.space(existingParent(files, dataFolder))
    const used = 100 * (1 - freeOctets / totalOctets)
    const usedPercent = Math.round(used)
    const evidence = [
      `${dataFolder}: ${octetsWords(freeOctets)} of ${octetsWords(totalOctets)} free, ${usedPercent} % used`,
    ]
    const figures = { usedPercent, freeOctets }
    const leastOctets = Math.max(limits.minFreeOctets, (totalOctets * limits.minFreePercent) / 100)
    if (freeOctets <= leastOctets)
      return [failing(disk, { ...trouble(dataFolder), evidence, figures, ...STOPPED })]
    if (used > alerts.limits.diskPercent)
      return [warning(disk, { ...trouble(dataFolder), evidence, figures, ...NEARLY })]
    return [ok(disk, `${octetsWords(freeOctets)} are free`, evidence, { figures })]
  },
}

function trouble(dataFolder: string): Pick<Finding, 'remedy'> {
  return {
    remedy: [
      step(
        'See what takes the room',
        `du -xh --max-depth=2 ${quoted(dataFolder)} | sort -h | tail`,
      ),
      step('Delete what is not needed, or make the disk larger'),
      step('Keep fewer log files: log.keep in the configuration', 'waybill config show log'),
    ],
  }
}

const STOPPED = {
  summary: 'the disk is full: mail is refused for the time being',
  meaning:
    'Other servers are told to try again later (452), and do so for days. Mail is served and can be deleted.',
}
const NEARLY = {
  summary: 'the disk is nearly full',
  meaning: 'When it is full, mail from others is put off. Nothing that was accepted is lost.',
}
