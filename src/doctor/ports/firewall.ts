/** Rules of this machine that would keep others from our ports, or us from theirs. */
import { messageOf } from '../../base/faults.ts'
import { printable } from '../../journal/exim/escape.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { ProgramResult } from '../outside.ts'
import { isLoopback, placesOf } from '../places.ts'
import type { Check, Finding, Step } from '../types.ts'
import type { World } from '../world.ts'
import { FIREWALLD, IP6TABLES, IPTABLES, NFTABLES, UFW } from './commands.ts'
import { iptablesFate } from './iptables.ts'
import { nftablesFates } from './nftables.ts'
import type { Fate, Packet } from './rules.ts'

export const firewall: Check<World> = {
  id: 'ports.firewall',
  group: 'ports',
  title: 'The firewall of this machine',
  isNetwork: false,
  explain: [NFTABLES, IPTABLES, IP6TABLES, UFW, FIREWALLD].map((words) => words.join(' ')),
  async look(world, signal) {
    const rules = await readRules(world, signal)
    if (rules.readable.length === 0) return [notReadable(rules)]
    const found = packetsOf(world).flatMap((asked) => {
      const fates = fatesOf(rules, asked.packet)
      return judge(asked, fates, rules)
    })
    if (found.some(({ verdict }) => verdict !== 'ok'))
      return found.filter(({ verdict }) => verdict !== 'ok')
    const hidden = hiddenFrom(rules)
    if (hidden !== null) return [skipped(firewall, `${hidden}: they may keep others out`)]
    const evidence = [
      ...rules.readable.map((by) => `${by}: read`),
      ...found.flatMap((one) => one.evidence),
    ]
    return [ok(firewall, 'no rule keeps others from our ports', evidence)]
  },
}

interface Asked {
  readonly packet: Packet
  /** `imaps`; null: what we send. */
  readonly listener: string | null
}

/** Everybody may be at the other end: listeners of this machine alone are left out. */
function packetsOf(world: World): readonly Asked[] {
  const { listeners, outgoing } = world.loaded.config
  const open = placesOf(world)
  const incoming = listeners.flatMap(({ name, ...configured }): Asked[] => {
    const { address, port } = open.find(({ listener }) => listener.name === name) ?? configured
    // One that takes any port has none yet.
    if (port === 0 || isLoopback(address)) return []
    return familiesOf(address).map((family) => ({
      packet: { direction: 'input', family, port },
      listener: name,
    }))
  })
  const out = {
    packet: { direction: 'output', family: 4, port: outgoing.port },
    listener: null,
  } as const
  return [...incoming, out]
}

/** `::` takes IPv4 too. */
function familiesOf(address: string): readonly (4 | 6)[] {
  if (address === '*' || address === '::') return [4, 6]
  return [address.includes(':') ? 6 : 4]
}

interface Rules {
  /** Of each program that said something; null: it is not installed, or may not. */
  readonly nftables: string | null
  readonly iptables: string | null
  readonly ip6tables: string | null
  readonly readable: readonly string[]
  /** `nft: Operation not permitted` */
  readonly refused: readonly string[]
  /** What the rules were made with. */
  readonly madeBy: 'ufw' | 'firewalld' | null
}

async function readRules({ run }: World, signal: AbortSignal): Promise<Rules> {
  const refused: string[] = []
  const ask = async (command: readonly string[]): Promise<string | null> => {
    let result: ProgramResult | null
    try {
      result = await run(command, signal)
    } catch (error) {
      refused.push(printable(`${command[0]}: ${messageOf(error)}`))
      return null
    }
    if (result === null) return null
    if (result.status === 0) return result.out
    refused.push(printable(`${command[0]}: ${result.errors.trim().split('\n')[0] ?? ''}`))
    return null
  }
  const [nftables, iptables, ip6tables, ufw, firewalld] = await Promise.all(
    [NFTABLES, IPTABLES, IP6TABLES, UFW, FIREWALLD].map(ask),
  )
  const said = {
    nftables: nftables ?? null,
    iptables: iptables ?? null,
    ip6tables: ip6tables ?? null,
  }
  return {
    ...said,
    refused,
    readable: Object.entries(said).flatMap(([name, text]) => (text === null ? [] : [name])),
    madeBy: isActive(ufw) ? 'ufw' : firewalld == null ? null : 'firewalld',
  }
}

/** Rules that are there beside those that were read; null: all were. */
function hiddenFrom({ nftables, refused, madeBy }: Rules): string | null {
  if (nftables !== null) return null
  const why = refused.find((words) => words.startsWith('nft:'))
  if (why !== undefined) return `the rules of nftables cannot be read (${why})`
  if (madeBy === 'firewalld')
    return 'firewalld keeps its rules in nftables, and nft, which shows them, is not installed'
  return null
}

function isActive(ufw: string | null | undefined): boolean {
  return /^Status: active/m.test(ufw ?? '')
}

function fatesOf({ nftables, iptables, ip6tables }: Rules, packet: Packet): readonly Fate[] {
  const saved = packet.family === 4 ? iptables : ip6tables
  const fate = saved === null ? null : iptablesFate(saved, packet)
  // Today's iptables writes nftables: what it said itself need not be guessed.
  const known = new Set(fate === null ? [] : [packet.family === 4 ? 'ip filter' : 'ip6 filter'])
  return [
    ...(fate === null ? [] : [fate]),
    ...(nftables === null ? [] : nftablesFates(nftables, packet, known)),
  ]
}

function judge({ packet, listener }: Asked, fates: readonly Fate[], rules: Rules): Finding[] {
  const { port, family } = packet
  const subject = listener === null ? `outgoing port ${port}` : `${listener} over IPv${family}`
  const blocking = fates.find(({ isDropped }) => isDropped === 'yes')
  const unsure = fates.find(({ isDropped }) => isDropped === 'perhaps')
  const remedy = openSteps(packet, rules.madeBy)
  const what = listener === null ? `mail to port ${port} of others` : `port ${port}`
  if (blocking !== undefined)
    return [
      failing(firewall, {
        ...{ subject, remedy },
        summary: `the firewall keeps ${what} closed over IPv${family}`,
        evidence: blocking.by.slice(0, 5).map(printable),
        meaning:
          listener === null
            ? 'No mail leaves for other servers.'
            : 'Nobody outside of this machine can connect there.',
      }),
    ]
  if (unsure !== undefined)
    return [
      warning(firewall, {
        ...{ subject, remedy: [TRY_IT, ...remedy] },
        summary: `the firewall may keep ${what} closed over IPv${family}: its rules were not all understood`,
        evidence: unsure.by.slice(0, 5).map(printable),
        meaning: 'Some may not be able to connect.',
      }),
    ]
  const isRead =
    rules.nftables !== null || (family === 4 ? rules.iptables : rules.ip6tables) !== null
  if (!isRead) return [skipped(firewall, `the rules for IPv${family} cannot be read`, subject)]
  const by = fates.map((fate) => fate.by.at(-1) ?? '').map(printable)
  return [ok(firewall, 'open', [`${subject}: ${by.join('; ') || 'no rules'}`], { subject })]
}

function openSteps({ direction, port, family }: Packet, madeBy: Rules['madeBy']): Step[] {
  if (direction === 'output')
    return [step('See the rules for what goes out, and take that one away', 'nft list ruleset')]
  if (madeBy === 'ufw') return [step('Open it', `ufw allow ${port}/tcp`)]
  if (madeBy === 'firewalld')
    return [
      step('Open it', `firewall-cmd --permanent --add-port=${port}/tcp`),
      step('And make that so', 'firewall-cmd --reload'),
    ]
  const tables = family === 4 ? 'iptables' : 'ip6tables'
  return [
    step(
      'Open it, where the rules are of iptables',
      `${tables} -I INPUT -p tcp --dport ${port} -j ACCEPT`,
    ),
    step(
      `Or, of nftables: add "tcp dport ${port} accept" to /etc/nftables.conf`,
      'systemctl reload nftables',
    ),
  ]
}

function notReadable({ refused }: Rules): Finding {
  if (refused.length === 0)
    return skipped(
      firewall,
      'no program that shows firewall rules is installed (nft, iptables-save); there may be rules outside of this machine too',
    )
  return skipped(
    firewall,
    `only root may see the rules of the firewall (${refused.join('; ')})`,
    null,
    [step('Look as root', 'sudo waybill doctor --only ports')],
  )
}

const TRY_IT = step('Try it from another machine: nc -vz HOST PORT')
