import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

import { Command } from 'commander'

import type { Config } from '../config/types.ts'
import { isPublished, maySend, portsOf } from '../doctor/dns/facts.ts'
import { specialRange } from '../smtp-client/address-ranges.ts'
import { domainToAscii } from '../syntax/address/domain.ts'
import {
  type DnsRecord,
  type DomainFacts,
  domainRecords,
  type RecordGroup,
} from '../trust/publish/records.ts'
import { zoneText, zoneValue } from '../trust/publish/zone.ts'
import { answer, type Cli, commonOptions, configOf, withOffice } from './cli.ts'
import { UsageFault } from './faults.ts'
import { proseWidth, wrap } from './log/wrap.ts'
import { collect } from './repeated.ts'
import { paint, tableLines } from './table.ts'

interface RecordOptions {
  readonly zone?: boolean
  readonly host?: string
  readonly address?: readonly string[]
  readonly include?: readonly string[]
}

/** `waybill dns`: what belongs in DNS. */
export function dnsCommand(cli: Cli): Command {
  const dns = new Command('dns')
  dns
    .command('records')
    .description('Print every record that a domain should have, and what it is for')
    .argument('<domain>')
    .option('--zone', 'as a part of a zone file')
    .option('--host <name>', 'the name of this server; the default is host_name')
    .option(
      '--address <ip>',
      'an address of this server, when others see another; repeatable',
      collect,
    )
    .option(
      '--include <name>',
      "further senders, by their SPF record: a relay's; repeatable",
      collect,
    )
    .addHelpText('after', HELP)
    .action(async (domain: string, options: RecordOptions, command: Command) => {
      if (options.zone && commonOptions(command).json)
        throw new UsageFault('--zone and --json cannot both be meant; give one')
      const facts = await factsOf(command, domain, options)
      const groups = domainRecords(facts)
      const { hostName } = facts
      answer(cli, command, { domain: facts.domain, hostName, groups: groups.map(asJson) }, () => {
        if (options.zone) cli.out.write(zoneText(groups))
        else writeGroups(cli, groups)
      })
    })
  return dns
}

const HELP = `
  waybill dns records example.com                            for the form of a DNS provider
  waybill dns records example.com --zone > example.zone      for a name server of your own
  waybill dns records example.com --include spf.example.net  with a relay's addresses in SPF
Nothing is looked up or changed in DNS.`

async function factsOf(
  command: Command,
  domain: string,
  options: RecordOptions,
): Promise<DomainFacts> {
  const { config } = configOf(command)
  const name = requireName(domain, 'a domain')
  const hostName = requireHostName(options.host, config)
  const addresses = options.address?.map(requireAddress) ?? addressesOf(config)
  const includes = options.include?.map(requireInclude) ?? []
  const { keys, relays } = await withOffice(command, async (office) => ({
    keys: await office.run('dkim.list', { domain: name }),
    relays: await office.run('relay.list', {}),
  }))
  return {
    domain: name,
    hostName,
    addresses,
    keys: keys.filter(isPublished),
    ports: portsOf(config.listeners),
    includes,
    relays: relays.filter((relay) => maySend(relay, name)).map((relay) => relay.name),
  }
}

function requireName(text: string, what: string): string {
  const name = domainToAscii(text)
  if (name === null || !name.includes('.'))
    throw new UsageFault(`"${text}" is not ${what} like example.com`)
  return name
}

/** The machine's own name is often one that nobody else knows. */
function requireHostName(given: string | undefined, { hostName }: Config): string {
  if (given !== undefined) return requireName(given, 'a host name')
  const name = domainToAscii(hostName)
  if (name === null || !name.includes('.'))
    throw new UsageFault(
      `nobody elsewhere knows this server as "${hostName}": set host_name in the configuration to a ` +
        'name like mail.example.com, or give it with --host',
    )
  return name
}

function requireAddress(text: string): string {
  if (isIP(text) === 0) throw new UsageFault(`"${text}" is not an IP address`)
  return text
}

/** Names of SPF records often begin with an underscore. */
function requireInclude(text: string): string {
  if (text.length > 253 || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/i.test(text))
    throw new UsageFault(`"${text}" is not a name like spf.example.net`)
  return text.toLowerCase()
}

/** The addresses of the configuration, else those of the machine that others can reach. */
function addressesOf({ listeners, outgoing }: Config): readonly string[] {
  const configured = [
    ...listeners.filter(({ protocol }) => protocol === 'smtp').map(({ address }) => address),
    ...[outgoing.sourceIpv4, outgoing.sourceIpv6].filter((address) => address !== null),
  ]
  const machine = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  )
  const [known, found] = [configured, machine].map((addresses) =>
    [...new Set(addresses)].filter((address) => isIP(address) !== 0 && !specialRange(address)),
  )
  return known !== undefined && known.length > 0 ? known : (found ?? [])
}

function writeGroups(cli: Cli, groups: readonly RecordGroup[]): void {
  const lines = tableLines<DnsRecord>(
    [
      { heading: '', of: ({ name }) => name },
      { heading: '', of: ({ type }) => type },
      { heading: '', of: shownValue },
    ],
    groups.flatMap(({ records }) => records),
    cli.out,
  )
  let next = 0
  for (const [index, { purpose, notes, records, file }] of groups.entries()) {
    cli.out.write(`${index === 0 ? '' : '\n'}${paint(cli.out, 'bold', purpose)}\n`)
    for (const line of lines.slice(next, next + records.length)) cli.out.write(`  ${line}\n`)
    next += records.length
    for (const line of notes.flatMap((note) => wrap(note, proseWidth(cli.out))))
      cli.out.write(`${paint(cli.out, 'dim', line)}\n`)
    if (file === null) continue
    cli.out.write(`  ${file.url}\n`)
    for (const line of file.text.split('\r\n').slice(0, -1)) cli.out.write(`    ${line}\n`)
  }
}

/** As the forms of DNS providers want it: texts whole and without quotes, names without a dot at the end. */
function shownValue(record: DnsRecord): string {
  return record.type === 'TXT' ? record.text : zoneValue(record).replace(/\.$/, '')
}

function asJson({ records, ...group }: RecordGroup) {
  return {
    ...group,
    records: records.map((record) => ({ ...record, value: zoneValue(record) })),
  }
}
