/** Does the server send on for strangers? It is tried, as spammers would. */
import { networkInterfaces } from 'node:os'

import { counted } from '../../base/counted.ts'
import { messageOf, Refusal } from '../../base/faults.ts'
import { ControlFault } from '../../control/client.ts'
import { printable } from '../../journal/exim/escape.ts'
import { SmtpTalk } from '../conversation.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { isAll, isLoopback, type Place, placesOf, placeWords } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { namesOf } from './addresses.ts'
import { type Probe, probesOf } from './probes.ts'

export const openRelay: Check<World> = {
  id: 'configuration.open_relay',
  group: 'configuration',
  title: 'Sending on for strangers (open relay)',
  isNetwork: false,
  explain: [
    '(99 times RCPT TO with an address of another domain, written in the ways that spammers know, on each smtp listener: from 127.0.0.1, and from another address of this machine where there is one; no mail is sent)',
  ],
  async look(world, signal) {
    if (world.status === null) return [skipped(openRelay, 'no server runs: see services.running')]
    const [ours] = await namesOf(world)
    if (ours === undefined)
      return [skipped(openRelay, 'there is no domain yet: see configuration.domains')]
    const places = placesOf(world, 'smtp').flatMap((place) => waysTo(place))
    if (places.length === 0) return [skipped(openRelay, 'no smtp listener is open')]
    return await Promise.all(places.map(async (way) => await tryAll(world, way, ours, signal)))
  },
}

interface Way {
  readonly place: Place
  /** Where we come from. */
  readonly localAddress: string
}

/** Some servers trust their own machine; strangers come from elsewhere. */
function waysTo(place: Place): readonly Way[] {
  const loopback = { place, localAddress: place.host.includes(':') ? '::1' : '127.0.0.1' }
  const [outer] = isAll(place.address) ? outerAddresses() : []
  if (!isLoopback(place.host)) return [{ place, localAddress: place.host }]
  if (outer === undefined) return [loopback]
  return [loopback, { place: { ...place, host: outer }, localAddress: outer }]
}

function outerAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address),
  )
}

interface Answer {
  readonly probe: Probe
  /** What it said to each line of the probe. */
  readonly said: readonly string[]
}

async function tryAll(world: World, way: Way, ours: string, signal: AbortSignal): Promise<Finding> {
  const { place, localAddress } = way
  const subject = `${place.listener.name} from ${localAddress}`
  const probes = probesOf(ours)
  const answers: Answer[] = []
  try {
    for (const some of inConnections(probes, world))
      answers.push(...(await tryThese(world, way, some, signal)))
  } catch (error) {
    const why = printable(messageOf(error))
    return warning(openRelay, {
      subject,
      summary: `only ${answers.length} of ${probes.length} could be tried: ${why}`,
      evidence: [`${placeWords(place)}: ${why}`],
      meaning: 'Whether strangers can send by this server is not known.',
      remedy: [step('Look again later', 'waybill doctor --only configuration.open_relay')],
    })
  }
  const taken = answers.filter(({ said }) => said.some((reply) => reply.startsWith('2')))
  const relayed: Answer[] = []
  for (const answer of taken) if (!(await isOurs(world, answer.probe))) relayed.push(answer)
  const figures = { tried: answers.length, taken: taken.length, relayed: relayed.length }
  if (relayed.length > 0) return open(subject, relayed, figures)
  const areOurs = taken.length === 1 ? '1 is an address' : `${taken.length} are addresses`
  const kept = taken.length === 0 ? '' : `; ${areOurs} of ${ours} itself`
  return ok(
    openRelay,
    'it sends nothing on for strangers',
    [
      `${answers.length} ways were tried at ${placeWords(place)}: all refused${kept}`,
      ...(answers[0] === undefined
        ? []
        : [`RCPT TO:${printable(answers[0].probe.path)}: ${answers[0].said[0]}`]),
    ],
    { subject, figures },
  )
}

/** After so many errors a server becomes slow, and ends the connection. */
function* inConnections(probes: readonly Probe[], { loaded }: World): Generator<readonly Probe[]> {
  const { softErrors, hardErrors } = loaded.config.limits.smtp
  // A path with a line break in it is two errors.
  const most = Math.max(1, Math.min(softErrors, hardErrors, 9) - 2)
  let some: Probe[] = []
  for (const probe of probes) {
    const [first] = some
    const isSame = first?.hello === probe.hello && first.sender === probe.sender
    if (first !== undefined && (!isSame || some.length >= most)) {
      yield some
      some = []
    }
    some.push(probe)
  }
  yield some
}

async function tryThese(
  { connect }: World,
  { place, localAddress }: Way,
  probes: readonly Probe[],
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const [first] = probes
  if (first === undefined) return []
  const { host, port } = place
  await using talk = await SmtpTalk.greeted(connect, { host, port, localAddress }, signal)
  await talk.say(first.hello, 250)
  const mail = await talk.ask(`MAIL FROM:${first.sender}`)
  // Who may not even say MAIL sends nothing.
  if (mail.code >= 500) return probes.map((probe) => ({ probe, said: [mail.text] }))
  const answers: Answer[] = []
  for (const probe of probes) {
    const said: string[] = []
    for (const line of `RCPT TO:${probe.path}`.split('\r\n')) said.push((await talk.ask(line)).text)
    answers.push({ probe, said })
  }
  return answers
}

/**
 * What was taken may be an address here after all, by a catch-all or an alias of that name: mail for
 * it goes where the operator said.
 */
async function isOurs(world: World, { path, sender }: Probe): Promise<boolean> {
  const address = /^<([^\r\n]*?)>/.exec(path)?.[1] ?? ''
  try {
    const args = { address, ...(sender === '<>' ? {} : { sender: sender.slice(1, -1) }) }
    const { destinations } = await world.ask('route', args)
    return destinations.every((end) => end.kind !== 'outside' || end.parents.length > 0)
  } catch (error) {
    // It is no address to us, and yet it was taken.
    if (error instanceof Refusal || error instanceof ControlFault) return false
    throw error
  }
}

function open(subject: string, relayed: readonly Answer[], figures: Finding['figures']): Finding {
  return failing(openRelay, {
    ...{ subject, figures },
    summary: `it sends on for strangers: ${counted(relayed.length, 'way')} ${relayed.length === 1 ? 'is' : 'are'} open`,
    evidence: relayed
      .slice(0, 5)
      .map(({ probe, said }) =>
        printable(`MAIL FROM:${probe.sender} RCPT TO:${probe.path}: ${said.join(' / ')}`),
      ),
    meaning: 'Spammers find it within hours, and then nobody takes mail from this server any more.',
    remedy: [
      step('Stop it until that is mended', 'waybill stop'),
      step(
        'See whether another program answers on the port',
        'waybill doctor --only ports,services.listeners',
      ),
      step('Please report it as a fault of Waybill, with the lines above'),
    ],
  })
}
