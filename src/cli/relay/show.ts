import { ruleText } from '../../directory/relay-rules.ts'
import type { Relay, RelayTls } from '../../directory/types.ts'
import type { Cli } from '../cli.ts'
import { day } from '../domain.ts'
import { writeTable } from '../table.ts'

/** One relay, all that is known of it but the password. */
export function showRelay(cli: Cli, relay: Relay): void {
  const { loginRefused } = relay
  const certificate = relay.checkCertificate ? 'is checked' : 'is not checked'
  const rows: string[][] = [
    ['Relay', relay.name],
    ...relay.hosts.map((place, index) => [index === 0 ? 'Host' : 'then', placeText(place)]),
    ['TLS', TLS[relay.tls]],
    ...(relay.tls === 'none' ? [] : [['Certificate', certificate]]),
    ['User', relay.user ?? 'none: it takes our mail without a login'],
    ...(relay.user === null ? [] : [['Login by', relay.mechanism ?? 'the best of what it offers']]),
    ['Is for', showRules(relay)],
    ...(loginRefused === null
      ? []
      : [['Refuses', `our login since ${timeText(loginRefused.atMs)}: ${loginRefused.text}`]]),
    ['Since', day(relay.createdMs)],
  ]
  const columns = [0, 1].map((index) => ({
    heading: '',
    of: (row: readonly string[]) => row[index] ?? '',
    ...(index === 1 ? { shrinks: true } : {}),
  }))
  writeTable(columns, rows, cli.out)
}

/** One line a relay. */
export function listRelays(cli: Cli, relays: readonly Relay[]): void {
  if (relays.length === 0) {
    cli.out.write('No relay: mail goes to the servers of its recipients’ domains.\n')
    return
  }
  writeTable<Relay>(
    [
      { heading: 'Relay', of: ({ name }) => name },
      { heading: 'Hosts', of: ({ hosts }) => hosts.map(placeText).join(', '), shrinks: true },
      { heading: 'TLS', of: ({ tls }) => tls },
      { heading: 'User', of: ({ user }) => user ?? '-' },
      { heading: 'Is for', of: showRules, shrinks: true },
      {
        heading: '',
        of: ({ loginRefused }) => (loginRefused === null ? '' : 'refuses our login'),
      },
    ],
    relays,
    cli.out,
  )
}

/** The mail that goes by it. */
export function showRules({ rules }: Pick<Relay, 'rules'>): string {
  return rules.length === 0 ? 'no mail goes by it yet' : rules.map(ruleText).join(', ')
}

/** `smtp.example.net:587`, `[2001:db8::1]:587`. */
export function placeText({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const TLS: { readonly [T in RelayTls]: string } = {
  implicit: 'from the start',
  starttls: 'by STARTTLS, always',
  opportunistic: 'by STARTTLS, when it is offered',
  none: 'never',
}
