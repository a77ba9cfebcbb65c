import { Command } from 'commander'

import { annotatedDefault, type Setting, settingsOf, sourceText } from '../config/print.ts'
import { answer, type Cli, configOf } from './cli.ts'
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
      const { file } = configOf(command)
      answer(cli, command, { file, good: true }, () =>
        cli.out.write(
          file === null ? 'No file: everything is the default.\n' : `${file} is good.\n`,
        ),
      )
    })
  return config
}
