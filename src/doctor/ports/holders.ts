/** Who has the ports of a mail server: this one, or one that Debian had put there before. */
import { isIPv6, SocketAddress } from 'node:net'

import type { ListenerConfig } from '../../config/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { isAll, isLoopback, placesOf } from '../places.ts'
import type { Check, Finding, Step } from '../types.ts'
import type { World } from '../world.ts'
import { SOCKETS } from './commands.ts'
import { type ListeningSocket, listeningSockets, type Program } from './sockets.ts'

export const holders: Check<World> = {
  id: 'ports.holders',
  group: 'ports',
  title: 'Who has our ports',
  isNetwork: false,
  explain: [SOCKETS.join(' '), '(else /proc/net/tcp and /proc/net/tcp6)'],
  async look(world, signal) {
    const listening = await listeningSockets(world, signal)
    if (listening === null)
      return [
        skipped(holders, 'what listens here cannot be seen without ss', null, [
          step('Install it', 'apt-get install iproute2'),
        ]),
      ]
    const { sockets, by } = listening
    const ours = portsOf(world)
    const found = ours.map(({ name, address, port }) => {
      if (port === 0) return skipped(holders, portless(world), name)
      const at = sockets.filter(
        (socket) => socket.port === port && overlap(socket.address, address),
      )
      return holderOf(world, { name, port, at, by })
    })
    const others = STANDARD.filter(({ port }) => !ours.some((one) => one.port === port)).flatMap(
      ({ port, what }) =>
        stranger(world, { port, what, at: sockets.filter((one) => one.port === port) }),
    )
    return [...found, ...others]
  },
}

/** Where each listener is, or would be. Port 0: that is not known before it is open. */
function portsOf(world: World): readonly Pick<ListenerConfig, 'name' | 'address' | 'port'>[] {
  const open = placesOf(world)
  return world.loaded.config.listeners.map(({ name, ...configured }) => {
    const { address, port } = open.find(({ listener }) => listener.name === name) ?? configured
    return { name, address, port }
  })
}

function portless({ status }: World): string {
  return status === null
    ? 'its port is 0: the server takes any that is free, and it does not run'
    : 'its port is 0, and it is not open: see services.listeners'
}

/** Can only one of them be open? */
function overlap(one: string, other: string): boolean {
  return isAll(one) || isAll(other) || plain(one) === plain(other)
}

/** The kernel writes IPv6 without `::`. */
function plain(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address
}

interface Holding {
  readonly name: string
  readonly port: number
  readonly at: readonly ListeningSocket[]
  readonly by: string
}

function holderOf(world: World, { name, port, at, by }: Holding): Finding {
  const { status } = world
  const programs = at.flatMap((socket) => socket.programs)
  const evidence = at.length === 0 ? [`${by}: nobody has port ${port}`] : at.map(words)
  const isOpen = status?.listeners.some((one) => one.name === name) === true
  const isOurs = programs.some(({ processId }) => processId === status?.processId)
  const subject = name
  if (isOpen && at.length === 0)
    return skipped(
      holders,
      `the server says that it has port ${port}, and nobody is seen there (${by}): it may be in a network of its own, as in a container`,
      name,
    )
  const strange = programs.filter(
    ({ name: program }) => program !== 'systemd' && !mayBeOurs(program),
  )
  if (isOurs || (isOpen && programs.length === 0))
    return ok(holders, `port ${port} is ours`, evidence, { subject })
  if (at.length === 0)
    return status === null
      ? ok(holders, `port ${port} is free for us`, evidence, { subject })
      : failing(holders, {
          ...{ subject, evidence },
          summary: `nobody listens at port ${port}`,
          meaning: 'This listener cannot be used.',
          remedy: [step('See what the server says', 'waybill doctor --only services')],
        })
  const [one] = strange
  if (one === undefined && status === null && programs.length > 0)
    return ok(holders, `port ${port} is held by systemd for us, or by Waybill`, evidence, {
      subject,
    })
  return failing(holders, {
    ...{ subject, evidence },
    summary: `port ${port} is held by ${one === undefined ? 'another program' : printable(one.name)}`,
    meaning: `Waybill cannot have it: ${name} does not start, and who connects finds the other program.`,
    remedy: one === undefined ? [LOOK_AS_ROOT] : stopSteps(one),
  })
}

/** Another mail server beside ours, at a port that we leave alone. */
function stranger(
  { status }: World,
  { port, what, at }: { port: number; what: string; at: readonly ListeningSocket[] },
): Finding[] {
  const outer = at.filter(({ address }) => !isLoopback(address))
  const program = outer
    .flatMap(({ programs }) => programs)
    .find(({ processId, name }) => processId !== status?.processId && KNOWN.has(name))
  if (program === undefined) return []
  return [
    warning(holders, {
      subject: `port ${port}`,
      summary: `${printable(program.name)} serves ${what} at port ${port}, beside Waybill`,
      evidence: outer.map(words),
      meaning: 'Who connects there finds another server, with other accounts and other mail.',
      remedy: stopSteps(program),
    }),
  ]
}

function words({ address, port, programs }: ListeningSocket): string {
  const who = programs.map(({ name, processId }) => `${printable(name)} (process ${processId})`)
  return `${address} port ${port}: ${who.length === 0 ? 'whose it is only root can see' : [...new Set(who)].join(', ')}`
}

function stopSteps({ name, processId }: Program): Step[] {
  const units = KNOWN.get(name)
  if (units !== undefined)
    return [step('Stop it, and keep it from starting again', `systemctl disable --now ${units}`)]
  return [
    step('See what it is', `systemctl status ${processId}`),
    step('Stop it, or give our listener another port'),
  ]
}

/** Whose script cannot be seen, or it is ours. */
function mayBeOurs(program: string): boolean {
  return program === 'node' || program === 'waybill'
}

const LOOK_AS_ROOT = step('See who has it', 'sudo waybill doctor --only ports')
/** Programs by their processes' names, and the units that Debian starts them by. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ['exim4', 'exim4.service'],
  ['exim', 'exim.service'],
  ['master', 'postfix.service'],
  ['sendmail', 'sendmail.service'],
  ['sendmail-mta', 'sendmail.service'],
  ['smtpd', 'opensmtpd.service'],
  ['dovecot', 'dovecot.socket dovecot.service'],
  ['courier', 'courier-mta.service'],
  ['couriertcpd', 'courier-imap.service courier-mta.service'],
  ['cyrmaster', 'cyrus-imapd.service'],
  ['stalwart', 'stalwart.service'],
  ['stalwart-mail', 'stalwart-mail.service'],
  ['docker-proxy', 'docker.service'],
])
const STANDARD = [
  { port: 25, what: 'mail from other servers' },
  { port: 465, what: 'submission' },
  { port: 587, what: 'submission' },
  { port: 143, what: 'IMAP' },
  { port: 993, what: 'IMAP' },
] as const
