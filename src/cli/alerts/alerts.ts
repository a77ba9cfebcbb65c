/** `waybill alerts`: what the server tells of, and whom. */
import { Command, InvalidArgumentError } from 'commander'

import { Refusal } from '../../base/faults.ts'
import type { AlertsShown, AlertTest } from '../../control/types.ts'
import { commandAt, withServer } from '../../doctor/for-this-server.ts'
import { sameServer } from '../../doctor/places.ts'
import { answer, type Cli, commonOptions, configOf, withOffice } from '../cli.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { Office } from '../../office.ts'
import { duration } from '../duration.ts'
import { jsonText } from '../json.ts'
import { operator } from '../queue/steer.ts'
import { saySnoozes, writeAlerts } from './list.ts'
import { adviceOf, writeAdvice, writeTested } from './test-report.ts'

export function alertsCommand(cli: Cli): Command {
  const alerts = new Command('alerts')
  addList(cli, alerts)
  addRules(cli, alerts)
  addTest(cli, alerts)
  addSnooze(cli, alerts)
  return alerts
}

function addList(cli: Cli, alerts: Command): void {
  alerts
    .command('list')
    .description('List what is wrong, since when, and whether people were told')
    .option('-a, --all', 'also what was seen only once, and what is over')
    .addHelpText('after', '\nExits with 1 when something is wrong, or nobody looks.')
    .action(async ({ all = false }: { all?: boolean }, command: Command) => {
      const { blind, ...found } = await withOffice(command, async (office) => ({
        ...(await office.run('alerts.list', {})),
        blind: (await hasServer(office)) ? ifOff(command) : NO_SERVER,
      }))
      const shown = { ...found, alerts: atThisServer(command, found.alerts) }
      answer(cli, command, { ...shown, isLooking: blind === null }, () =>
        writeAlerts(cli.out, shown, all, blind),
      )
      if (blind !== null || shown.alerts.some(({ state }) => state === 'firing')) cli.exit(1)
    })
}

/** Alerts are kept in the data folder, which can be read without a server. */
async function hasServer(office: Office): Promise<boolean> {
  try {
    await office.run('status', {})
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

function ifOff(command: Command): string | null {
  return configOf(command).config.alerts.enabled ? null : OFF
}

const NO_SERVER = 'No server runs: nothing is looked at, and nobody is told. waybill doctor looks.'
const OFF = 'Alerts are off (alerts.enabled): nothing is looked at. waybill doctor looks.'

/** Commands that mean the server that was asked for. */
function atThisServer(command: Command, alerts: AlertsShown['alerts']): AlertsShown['alerts'] {
  const which = sameServer({ loaded: configOf(command) })
  return alerts.map((alert) => ({
    ...alert,
    remedy: alert.remedy.map((one) => withServer(one, which)),
    command: commandAt(alert.command, which),
  }))
}

function addRules(cli: Cli, alerts: Command): void {
  alerts
    .command('rules')
    .description('List what is looked at, and from where on it is wrong')
    .action(async (_options, command: Command) => {
      const loaded = configOf(command)
      const { limits } = loaded.config.alerts
      const which = sameServer({ loaded })
      const { RULES } = await import('../../alerts/rules.ts')
      const rules = RULES.map(({ name, condition, isUrgent, source, command: further }) => ({
        ...{
          rule: name,
          condition: condition(limits),
          isUrgent,
          command: commandAt(further, which),
        },
        asksNetwork: source === 'findings',
      }))
      answer(cli, command, rules, () => {
        const width = Math.max(...rules.map(({ rule }) => rule.length))
        for (const { rule, condition, isUrgent, asksNetwork } of rules) {
          const more = [
            ...(isUrgent ? ['urgent'] : []),
            ...(asksNetwork ? ['asks the network'] : []),
          ]
          const note = more.length > 0 ? ` (${more.join(', ')})` : ''
          cli.out.write(`${rule.padEnd(width)}  ${condition}${note}\n`)
        }
        cli.out.write('\nLimits: [alerts.limits] in the configuration.\n')
      })
    })
}

function addTest(cli: Cli, alerts: Command): void {
  alerts
    .command('test')
    .description('Send a test by every way, and say which of them work')
    .addHelpText(
      'after',
      '\nExits with 1 when one fails, or when all go through the queue of this server.',
    )
    .action(async (_options, command: Command) => {
      const { json = false } = commonOptions(command)
      const tested = await withOffice(command, (office) => testWays(cli, office, !json))
      const { mailTo } = configOf(command).config.alerts
      const advice = adviceOf(tested, mailTo)
      if (json) cli.out.write(`${jsonText({ ...tested, advice }, 2)}\n`)
      else writeAdvice(cli.out, advice)
      if (advice.length > 0 || tested.ways.some(({ why }) => why !== null)) cli.exit(1)
    })
}

/** One that waits for an answer can take a minute: on a terminal each is said as it ends. */
async function testWays(
  { out }: Pick<Cli, 'out'>,
  office: Office,
  isSaid: boolean,
): Promise<AlertTest> {
  const { ways } = await office.run('alerts.ways', {})
  const isTerminal = out.columns !== undefined
  const tested = await Promise.all(
    ways.map(async (way) => {
      const one = await office.run('alerts.test', { way })
      if (isSaid && isTerminal) writeTested(out, one)
      return one.ways
    }),
  )
  const all = { ways: tested.flat() }
  if (isSaid && !isTerminal) writeTested(out, all)
  return all
}

function addSnooze(cli: Cli, alerts: Command): void {
  alerts
    .command('snooze')
    .description('Tell nobody of a rule, or of one thing that it is about, for a while')
    .argument('<rule>', 'see waybill alerts rules')
    .argument('[subject]', 'an account, a relay, a domain; without: all')
    .requiredOption('--for <time>', 'such as 30min, 4h, 2d', snoozeTime)
    .action(
      async (rule: string, subject = '', { for: forMs }: { for: number }, command: Command) => {
        const args = { rule, subject, forMs, by: operator() }
        const shown = await withOffice(command, (office) => office.run('alerts.snooze', args))
        said(cli, command, shown)
        sayUnknown(cli, command, shown, rule, subject)
      },
    )
  alerts
    .command('unsnooze')
    .description('Tell of it again')
    .argument('<rule>', 'as it was snoozed: see waybill alerts list')
    .argument('[subject]', 'the same')
    .action(async (rule: string, subject = '', _options, command: Command) => {
      const args = { rule, subject }
      const shown = await withOffice(command, (office) => office.run('alerts.unsnooze', args))
      said(cli, command, shown)
    })
}

function said(cli: Cli, command: Command, shown: AlertsShown): void {
  answer(cli, command, shown.snoozes, () => {
    if (shown.snoozes.length === 0) cli.out.write('Nothing is snoozed.\n')
    else saySnoozes(cli.out, shown)
  })
}

/** A subject can be snoozed before it is wrong, but a slip of the pen would look the same. */
function sayUnknown(
  cli: Cli,
  command: Command,
  { alerts }: AlertsShown,
  rule: string,
  subject: string,
): void {
  if (subject === '' || commonOptions(command).json) return
  const ofRule = alerts.filter((alert) => alert.rule === rule && alert.state !== 'resolved')
  if (ofRule.some((alert) => alert.subject === subject)) return
  const wrong = ofRule.slice(0, 5).map((alert) => printable(alert.subject))
  cli.out.write(
    `Nothing is wrong with ${printable(subject)} now${wrong.length > 0 ? `; with ${wrong.join(', ')} there is` : ''}.\n`,
  )
}

/** Nothing is snoozed for no time. */
function snoozeTime(text: string): number {
  const ms = duration(text)
  if (ms === 0) throw new InvalidArgumentError('it must be longer than nothing.')
  return ms
}
