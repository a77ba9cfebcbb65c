/** Is each configured listener open, and does the right server answer there. */
import { messageOf } from '../../base/faults.ts'
import type { ListenerConfig } from '../../config/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { isTrial, type Place, placesOf, placeWords } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const listeners: Check<World> = {
  id: 'services.listeners',
  group: 'services',
  title: 'Listeners',
  isNetwork: false,
  explain: ['(connects to each listener and reads its greeting)'],
  async look(world, signal) {
    const { status, loaded } = world
    if (status === null)
      return [skipped(listeners, 'no server runs, so nothing listens: see services.running')]
    const places = placesOf(world)
    const missing = loaded.config.listeners.filter(
      ({ name }) => !places.some(({ listener }) => listener.name === name),
    )
    const seen = await Promise.all(places.map(async (place) => await lookAt(world, place, signal)))
    return [...seen, ...missing.map((listener) => notOpen(world, listener)), ...moved(world)]
  },
}

async function lookAt(world: World, place: Place, signal: AbortSignal): Promise<Finding> {
  const { listener } = place
  const subject = listener.name
  try {
    const greeting = await greetingOf(world, place, signal)
    const who = whoGreets(world, listener, greeting)
    if (who === 'we')
      return ok(listeners, `it answers at ${placeWords(place)}`, [greeting], { subject })
    if (who === 'we by another name')
      return warning(listeners, {
        subject,
        summary: `it does not call itself ${world.loaded.config.hostName}, as the configuration says`,
        evidence: [greeting],
        meaning: 'The running server has the configuration of before.',
        remedy: [step('Make it read it', 'waybill reload')],
      })
    return failing(listeners, {
      subject,
      summary: `another program, or a server in trouble, answers at ${placeWords(place)}`,
      evidence: [greeting],
      ...ELSEWHERE,
      remedy: [
        step('See who has the port', `ss -ltnp 'sport = :${place.port}'`),
        step('See what the server said of it', 'waybill who'),
      ],
    })
  } catch (error) {
    return failing(listeners, {
      subject,
      summary: `nobody answers at ${placeWords(place)}`,
      evidence: [printable(messageOf(error))],
      ...ELSEWHERE,
      remedy: [
        step('See what listens, and what a firewall does', 'waybill doctor --only ports'),
        step('See how busy the server is', 'waybill who'),
      ],
    })
  }
}

async function greetingOf(
  { connect, loaded }: World,
  { listener, host, port }: Place,
  signal: AbortSignal,
): Promise<string> {
  const { hostName } = loaded.config
  const limit = AbortSignal.any([signal, AbortSignal.timeout(GREETING_MS)])
  const tls = listener.tls === 'implicit' ? { tls: { serverName: hostName } } : {}
  await using dialogue = await connect({ host, port, ...tls }, limit)
  return shown(await dialogue.readLine(), 160)
}

function whoGreets(
  world: World,
  { protocol }: ListenerConfig,
  line: string,
): 'we' | 'we by another name' | 'another' {
  if (protocol === 'imap') return line.startsWith('* OK') ? 'we' : 'another'
  if (!line.startsWith('220')) return 'another'
  const { hostName } = world.loaded.config
  if (line.toLowerCase().includes(hostName.toLowerCase())) return 'we'
  if (!line.endsWith(' ESMTP Waybill')) return 'another'
  // `waybill dev` has a name of its own.
  return isTrial(world) ? 'we' : 'we by another name'
}

function notOpen(world: World, { name, address, port }: ListenerConfig): Finding {
  return failing(listeners, {
    subject: name,
    summary: `it is configured for port ${port}, and the running server does not have it`,
    evidence: [
      `configured: ${address} port ${port}`,
      `open: ${world.status?.listeners.map((one) => one.name).join(', ') || 'none'}`,
    ],
    ...ELSEWHERE,
    remedy: [step('Make the server read its configuration', 'waybill reload')],
  })
}

/** Listeners that are open elsewhere than they are configured, and those that are configured no more. */
function moved(world: World): Finding[] {
  const { status, loaded } = world
  if (isTrial(world)) return []
  return (status?.listeners ?? []).flatMap((open) => {
    const configured = loaded.config.listeners.find(({ name }) => name === open.name)
    if (configured !== undefined && (configured.port === 0 || configured.port === open.port))
      return []
    const now =
      configured === undefined ? 'not configured any more' : `configured: ${configured.port}`
    return [
      warning(listeners, {
        subject: open.name,
        summary: `it is open at port ${open.port}, which the configuration does not say`,
        evidence: [`open: ${placeWords({ host: open.address, port: open.port })}`, now],
        meaning:
          'The running server still has the configuration of before: what was changed is not in force.',
        remedy: [step('Make it read its configuration', 'waybill reload')],
      }),
    ]
  })
}

const ELSEWHERE = { meaning: 'Nobody can use this listener: what it is for does not work.' }
const GREETING_MS = 6_000
