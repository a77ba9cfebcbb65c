/** `waybill relay test`: what came of each step, in words. */
import type { Command } from 'commander'

import type { RelayTest, RelayTry } from '../../control/relay-test.ts'
import type { Relay } from '../../directory/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { PeerCertificate } from '../../smtp-client/certificate-probe.ts'
import { answer, type Cli, withOffice } from '../cli.ts'
import { day } from '../domain.ts'
import { UsageFault } from '../faults.ts'
import { type Row, writeRows } from '../log/explanation.ts'
import { paint } from '../table.ts'
import { type Advice, adviceFor, faultText } from './advice.ts'
import { placeText } from './show.ts'

export interface TestArgs {
  readonly name: string
  readonly from?: string
  readonly to?: string
}

/** Exits with 1 when a host of the relay cannot be used. */
export async function testRelay(cli: Cli, args: TestArgs, command: Command): Promise<void> {
  if (args.from !== undefined && args.to === undefined)
    throw new UsageFault('--from is the sender of a test message; say with --to where to send it')
  // Nothing is seen of it before it is over, and a host that is silent takes its time.
  if (cli.errors.columns !== undefined)
    cli.errors.write(`Testing the relay ${printable(args.name)}; this can take a minute …\n`)
  const { relay, test } = await withOffice(command, async (office) => ({
    relay: await office.run('relay.show', { name: args.name }),
    test: await office.run('relay.test', { ...args }),
  }))
  const tries = test.tries.map((tried) => ({ ...tried, advice: advised(relay, tried) }))
  answer(cli, command, { ...test, tries }, () => {
    for (const tried of tries) sayTry(cli, relay, tried)
    sayConclusion(cli, relay, test)
  })
  if (deadHosts(relay, test).length > 0) cli.exit(1)
}

function advised(relay: Relay, tried: RelayTry): Advice | null {
  return tried.failure === null ? null : adviceFor(relay, { ...tried, failure: tried.failure })
}

/** Hosts that cannot be used at any of their addresses. */
function deadHosts({ hosts }: Relay, { tries }: RelayTest): Relay['hosts'] {
  const works = (place: Relay['hosts'][number]) =>
    tries.some(
      ({ host, port, failure }) => host === place.host && port === place.port && failure === null,
    )
  return hosts.filter((place) => !works(place))
}

function sayTry(cli: Cli, relay: Relay, tried: RelayTry & { advice: Advice | null }): void {
  const { address, tls, certificate, authenticator, failure, reply, advice } = tried
  const place = placeText(tried)
  const shown = address === null || address === tried.host ? place : `${place} [${address}]`
  cli.out.write(`${paint(cli.out, 'bold', printable(shown))}\n`)
  const rows: Row[] = []
  if (tls !== null) rows.push(['TLS', `${tls.version}, ${tls.cipher}`])
  if (certificate !== null) rows.push([tls === null ? 'TLS' : '', certificateText(certificate)])
  if (authenticator !== null)
    rows.push(['Login', `as ${relay.user} by ${authenticator.toUpperCase()}`])
  if (failure === null)
    rows.push(['Result', reply === null ? 'ready for mail' : `took it: ${reply}`])
  else rows.push(['Result', `failed (${failure.phase}): ${failure.text}`])
  if (advice !== null) {
    const numbered = advice.remedy.length > 1
    rows.push(['Why', advice.why], ['Meaning', advice.meaning])
    for (const [index, step] of advice.remedy.entries())
      rows.push([index === 0 ? 'Do' : '', numbered ? `${index + 1}. ${step}` : step])
  }
  writeRows(
    cli.out,
    rows.map(([label, text]) => [label, printable(text)]),
  )
  cli.out.write('\n')
}

/** `certificate for a.example, b.example, by R11 (Let's Encrypt), good until 2027-01-31` */
function certificateText({ names, issuer, validUntilMs, fault }: PeerCertificate): string {
  const shown = names.slice(0, MAX_NAMES).join(', ')
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
  const state = fault === null ? '' : `; it ${faultText(fault)}`
  return `certificate for ${shown}${more}, by ${issuer}, until ${day(validUntilMs)}${state}`
}

const MAX_NAMES = 4

function sayConclusion(cli: Cli, relay: Relay, test: RelayTest): void {
  const dead = deadHosts(relay, test)
  const { name, loginRefused } = relay
  if (test.tries.some(isMessageRefused))
    cli.out.write(
      `The relay ${name} lets us in, and refused the test message, which is not tried again.\n`,
    )
  else if (dead.length === 0) {
    cli.out.write(`Mail can go by the relay ${name}.\n`)
    if (loginRefused !== null)
      cli.out.write(
        `What waits for it goes now by: waybill queue run --domain relay:${name} --now\n`,
      )
  } else if (dead.length < relay.hosts.length)
    cli.out.write(
      `Mail can go by the relay ${name}, but not by ${dead.map(placeText).join(', ')}.\n`,
    )
  else cli.out.write(`No mail can go by the relay ${name}.\n`)
}

/** It came as far as a message, which says little about others. */
function isMessageRefused({ failure, reply }: RelayTry): boolean {
  return failure !== null && reply !== null
}
