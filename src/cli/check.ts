import { Command } from 'commander'

import { counted } from '../base/counted.ts'
import { checkFolder } from '../control/check.ts'
import { localZone } from '../local-zone.ts'
import { answer, type Cli, configOf } from './cli.ts'
import { becomeOwnerOf } from './privileges.ts'
import { writeTable } from './table.ts'

/** `waybill check`: proves what the store promises. Exits with 1 when something is wrong. */
export function checkCommand(cli: Cli): Command {
  return new Command('check')
    .option(
      '--deep',
      'read every message and all of the log, compare SHA-256, look messages up in the log',
    )
    .action(async (options: { deep?: boolean }, command: Command) => {
      const { dataFolder } = configOf(command).config
      becomeOwnerOf(dataFolder)
      const onProgress = (done: number, total: number) => {
        // Only where somebody watches.
        if (cli.errors.columns !== undefined)
          cli.errors.write(`\r${done} of ${total} messages read`)
      }
      const deep = options.deep === true
      const report = await checkFolder({ dataFolder, zone: localZone(), deep, onProgress })
      if (cli.errors.columns !== undefined && deep) cli.errors.write('\r\x1b[K')
      answer(cli, command, report, () => {
        const { accounts, mailboxes, messages, blobs, logged } = report.counts
        if (report.findings.length > 0)
          writeTable(
            [
              { heading: 'Rule', of: ({ rule }) => rule },
              { heading: 'What', of: ({ object }) => object },
              { heading: 'is wrong', of: ({ text }) => text },
            ],
            report.findings,
            cli.out,
          )
        const result =
          report.findings.length === 0 ? 'no problem' : counted(report.findings.length, 'problem')
        cli.out.write(
          `${result}: ${counted(accounts, 'account')}, ${counted(mailboxes, 'mailbox')}, ` +
            `${counted(messages, 'message')} in ${counted(blobs, 'blob')}${deep ? ', every octet read' : ''}; ` +
            `the log has what became of ${counted(logged, 'message')}\n`,
        )
      })
      if (report.findings.length > 0) cli.exit(1)
    })
}
