import { Command } from 'commander'

import { secretIn, urlOf } from '../alerts/ways/secret-file.ts'
import { OperatorFault } from '../base/faults.ts'
import { annotatedDefault, type Setting, settingsOf, sourceText } from '../config/print.ts'
import type { Config } from '../config/types.ts'
import { type Certificate, loadPair } from '../tls/load-pair.ts'
import { answer, type Cli, configOf } from './cli.ts'
import { idsOf } from './privileges.ts'
import { writeTable } from './table.ts'

/** `waybill config`: what is configured, and by whom. */
export function configCommand(cli: Cli): Command {
  const config = new Command('config')
  config
    .command('show')
    .description('Print every setting with its value and where that comes from')
    .argument('[key]', 'only settings that start so: limits.smtp')
    .action((key: string | undefined, _options, command: Command) => {
      const all = settingsOf(configOf(command))
      const settings = all.filter((setting) => setting.key.startsWith(key ?? ''))
      answer(
        cli,
        command,
        settings.map(({ key, value, source }) => ({ key, value, source: sourceText(source) })),
        () =>
          writeTable<Setting>(
            [
              { heading: 'Setting', of: (setting) => setting.key },
              { heading: 'Value', of: ({ value }) => value },
              { heading: 'From', of: ({ source }) => sourceText(source) },
            ],
            settings,
            cli.out,
          ),
      )
      if (settings.length === 0) cli.exit(1)
    })
  config
    .command('default')
    .description('Print a configuration file with every setting, its meaning and its default')
    .action((_options, command: Command) => {
      const text = annotatedDefault()
      answer(cli, command, { text }, () => cli.out.write(text))
    })
  config
    .command('check')
    .description('Say whether the configuration can be used')
    .action((_options, command: Command) => {
      const { file, config: values } = configOf(command)
      const problems = problemsOf(values)
      answer(cli, command, { file, good: problems.length === 0, problems }, () => {
        for (const problem of problems) cli.out.write(`${problem}\n`)
        if (problems.length > 0) return
        cli.out.write(
          file === null ? 'No file: everything is the default.\n' : `${file} is good.\n`,
        )
      })
      if (problems.length > 0) cli.exit(1)
    })
  return config
}

/** What the file alone cannot show: whether this machine has what it names. A sentence each. */
function problemsOf({ user, group, tls, alerts }: Config): string[] {
  const checks = [
    () => {
      if (user !== null) idsOf(user, group)
      else if (group !== null)
        throw new OperatorFault(`group = "${group}" does nothing without user; write both`)
    },
    ...tls.certificates.map((pair) => () => refuseExpired(loadPair(pair))),
    ...alerts.webhooks.flatMap(({ url, urlFile, secretFile, tokenFile }) => [
      () => void urlOf({ url, urlFile }),
      ...[secretFile, tokenFile].flatMap((file) =>
        file === null ? [] : () => void secretIn(file),
      ),
    ]),
    () => void (alerts.pingUrlFile !== null && urlOf({ url: null, urlFile: alerts.pingUrlFile })),
  ]
  return checks.flatMap((run) => {
    try {
      run()
      return []
    } catch (error) {
      if (error instanceof OperatorFault) return [error.message]
      throw error
    }
  })
}

/** A server starts with it all the same, and no client believes it. */
function refuseExpired({ files, notAfterMs }: Certificate): void {
  if (notAfterMs > Date.now()) return
  const day = new Date(notAfterMs).toISOString().slice(0, 10)
  throw new OperatorFault(`${files.cert} expired on ${day}: renew it, and clients trust it again`)
}
