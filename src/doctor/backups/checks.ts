/** Whether there is a copy of the mail, and of what age. */
import { ok, skipped, step, warning } from '../findings.ts'
import { remembered } from '../history.ts'
import { isTrial } from '../places.ts'
import { quoted } from '../in-command.ts'
import type { Check } from '../types.ts'
import { durationWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'

const age: Check<World> = {
  id: 'backups.age',
  group: 'backups',
  title: 'The last backup',
  isNetwork: false,
  explain: ['(whether a backup told this server that it was made)'],
  async look(world) {
    const { store, clock, loaded } = world
    if (store === null) return [withoutStore(age, world)]
    if (isTrial(world))
      return [skipped(age, 'this is a server for trying out: nobody needs its mail')]
    const last = store.run(remembered('backup'))
    const folder = quoted(loaded.config.dataFolder)
    if (last === undefined)
      return [
        skipped(
          age,
          'Waybill has no backup command yet, and cannot see those of others: back up the data folder by ' +
            `rsync -a ${folder}/blobs/ /backup/blobs/; sqlite3 ${folder}/mail.db ".backup /backup/mail.db"; ` +
            `cp -a ${folder}/key /backup/key; rsync -a ${folder}/blobs/ /backup/blobs/ ` +
            '(why in this order: the guide, Operate, Backup and restore)',
        ),
      ]
    const ageMs = Math.max(0, clock.nowMs() - last.atMs)
    const evidence = [`the last one was made ${durationWords(ageMs)} ago`]
    const figures = { ageMs }
    if (ageMs <= loaded.config.alerts.limits.backupAgeMs)
      return [ok(age, 'there is a backup that is not too old', evidence, { figures })]
    return [
      warning(age, {
        summary: `the last backup is ${durationWords(ageMs)} old`,
        evidence,
        figures,
        meaning: 'If the disk fails now, all mail since then is gone.',
        remedy: [
          step('Make one now, files first', `rsync -a ${folder}/blobs/ /backup/blobs/`),
          step('the database', `sqlite3 ${folder}/mail.db ".backup /backup/mail.db"`),
          step('the key', `cp -a ${folder}/key /backup/key`),
          step('and the files that came meanwhile', `rsync -a ${folder}/blobs/ /backup/blobs/`),
          step('See that it is whole', 'waybill check --deep --data /backup'),
        ],
      }),
    ]
  },
}

export const BACKUP_CHECKS: readonly Check<World>[] = [age]
