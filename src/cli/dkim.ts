import { Command } from 'commander'

import { systemClock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import { systemRandom } from '../base/random.ts'
import type { DkimKey } from '../directory/dkim-keys.ts'
import { systemResolver } from '../dns/system.ts'
import { type Publication, publicationOf } from '../trust/dkim/publication.ts'
import { answer, type Cli, configOf, withOffice } from './cli.ts'
import { day, withUnicode } from './domain.ts'
import { type Colour, paint, writeTable } from './table.ts'

/** `waybill dkim`: the keys that sign outgoing mail. */
export function dkimCommand(cli: Cli): Command {
  const dkim = new Command('dkim')
  dkim
    .command('list')
    .description('List the keys: which sign, which wait, which may leave DNS')
    .argument('[domain]')
    .action(async (domain: string | undefined, _options, command: Command) => {
      const keys = await keysOf(command, domain)
      answer(cli, command, keys, () => list(cli, keys))
    })
  dkim
    .command('show')
    .description('Show the keys of a domain with their records')
    .argument('<domain>')
    .action(async (domain: string, _options, command: Command) => {
      const keys = await keysOf(command, domain)
      answer(cli, command, keys, () => show(cli, domain, keys))
    })
  dkim
    .command('rotate')
    .description('Make new keys; with --activate, sign with them')
    .argument('<domain>')
    .option('--activate', 'sign with the new keys, once their records are seen in DNS')
    .option('--force', 'with --activate: do not look into DNS')
    .addHelpText('after', HELP)
    .action(async (domain: string, options: RotateOptions, command: Command) => {
      if (options.activate) await activate(cli, command, domain, options.force === true)
      else await rotate(cli, command, domain)
    })
  return dkim
}

interface RotateOptions {
  readonly activate?: boolean
  readonly force?: boolean
}

async function keysOf(command: Command, domain?: string): Promise<readonly DkimKey[]> {
  const args = domain === undefined ? {} : { domain }
  return await withOffice(command, (office) => office.run('dkim.list', args))
}

async function rotate(cli: Cli, command: Command, domain: string): Promise<void> {
  const keys = await withOffice(command, (office) => office.run('dkim.rotate', { domain }))
  answer(cli, command, keys, () => {
    const waits = keys.some(({ state }) => state === 'pending')
    cli.out.write(
      waits
        ? `New keys of ${domain}. They do not sign yet. Publish these TXT records:\n\n`
        : `Keys of ${domain}, which sign from now on. Publish these TXT records:\n\n`,
    )
    writeRecords(cli, keys)
    if (waits) cli.out.write(`\nThen sign with them: waybill dkim rotate ${domain} --activate\n`)
  })
}

async function activate(
  cli: Cli,
  command: Command,
  domain: string,
  isForced: boolean,
): Promise<void> {
  const pending = (await keysOf(command, domain)).filter(({ state }) => state === 'pending')
  if (pending.length === 0)
    throw new Refusal(
      'notFound',
      `${domain} has no pending keys; make some: waybill dkim rotate ${domain}`,
    )
  if (!isForced) {
    const seen = await lookUp(command, pending)
    if (seen.some(({ publication }) => publication !== 'published')) {
      answer(cli, command, { activated: false, keys: seen }, () =>
        cli.out.write(unpublishedText(seen)),
      )
      cli.exit(1)
      return
    }
  }
  const selectors = pending.map(({ selector }) => selector)
  const keys = await withOffice(command, (office) =>
    office.run('dkim.activate', { domain, selectors }),
  )
  answer(cli, command, { activated: true, keys }, () =>
    cli.out.write(
      `${domain} signs with ${selectors.join(' and ')} from now on. Leave the records of the old ` +
        'keys in DNS until waybill dkim list says that they are retired.\n',
    ),
  )
}

interface SeenKey extends DkimKey {
  readonly publication: Publication
}

async function lookUp(command: Command, keys: readonly DkimKey[]): Promise<readonly SeenKey[]> {
  const { outgoing } = configOf(command).config
  const trusted = () => outgoing.trustedResolvers
  const resolver = systemResolver({ clock: systemClock, random: systemRandom, trusted })
  return await Promise.all(
    keys.map(async (key) => ({ ...key, publication: await publicationOf(resolver, key) })),
  )
}

/** Of new keys that some name server does not show yet. */
export function unpublishedText(
  seen: readonly Pick<SeenKey, 'domain' | 'recordName' | 'publication'>[],
): string {
  const lines = seen.map((key) => `${key.recordName}: ${PUBLICATIONS[key.publication]}.\n`)
  return `${lines.join('')}Nothing was changed. Publish the records as waybill dkim show says, give DNS an hour, then once more: waybill dkim rotate ${seen[0]?.domain} --activate (--force does not look)\n`
}

const PUBLICATIONS: { readonly [P in Publication]: string } = {
  published: 'DNS has the key',
  missing: 'DNS has no such record yet',
  different: 'DNS has another key there',
  unknown: 'DNS does not answer',
}

function list(cli: Cli, keys: readonly DkimKey[]): void {
  if (keys.length === 0) {
    cli.out.write('No keys yet; make some: waybill dkim rotate example.com\n')
    return
  }
  writeTable<DkimKey>(
    [
      { heading: 'Domain', of: ({ domain }) => withUnicode(domain) },
      { heading: 'Selector', of: ({ selector }) => selector },
      { heading: 'Algorithm', of: ({ algorithm }) => algorithm },
      { heading: 'State', of: ({ state }) => state, colour: ({ state }) => COLOURS[state] },
      { heading: 'Since', of: ({ changedMs }) => day(changedMs) },
      { heading: '', of: ({ state }) => STATES[state] },
    ],
    keys,
    cli.out,
  )
}

const COLOURS: { readonly [S in DkimKey['state']]: Colour | undefined } = {
  pending: 'yellow',
  active: 'green',
  retiring: undefined,
  retired: 'dim',
}

const STATES: { readonly [S in DkimKey['state']]: string } = {
  pending: 'publish its record, then activate it',
  active: 'signs',
  retiring: 'signs no more; its record is still needed',
  retired: 'its record may leave DNS',
}

function show(cli: Cli, domain: string, keys: readonly DkimKey[]): void {
  const published = keys.filter(({ state }) => state !== 'retired')
  if (published.length === 0)
    cli.out.write(`${domain} has no keys yet; make some: waybill dkim rotate ${domain}\n`)
  writeRecords(cli, published)
}

function writeRecords(cli: Cli, keys: readonly DkimKey[]): void {
  for (const { recordName, record, state } of keys)
    cli.out.write(`${paint(cli.out, 'bold', recordName)}  (${state})\n  ${record}\n`)
}

const HELP = `
Keys are exchanged in three steps:
  waybill dkim rotate example.com              makes new keys and shows their records
  publish these records in DNS
  waybill dkim rotate example.com --activate   looks for them there, and signs with them
The old records stay in DNS until waybill dkim list says that their keys are retired.`
