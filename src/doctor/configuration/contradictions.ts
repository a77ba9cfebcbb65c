/** What each key allows, and all of them together make no sense of. */
import { networkInterfaces } from 'node:os'

import type { Config, ListenerConfig } from '../../config/types.ts'
import { ok, failing, step, warning } from '../findings.ts'
import { isLoopback, isTrial } from '../places.ts'
import type { Check, Finding, Step } from '../types.ts'
import type { World } from '../world.ts'

export const listenersMake: Check<World> = {
  id: 'configuration.listeners',
  group: 'configuration',
  title: 'What the listeners are for',
  isNetwork: false,
  explain: ['waybill config show listeners'],
  async look(world) {
    const { listeners } = world.loaded.config
    const evidence = listeners.map(words)
    const faults = isTrial(world) ? [] : faultsOf(listeners)
    if (faults.length === 0)
      return [ok(listenersMake, 'the listeners do what a mail server does', evidence)]
    return faults.map(({ what, meaning, remedy, about }) =>
      warning(listenersMake, {
        subject: what.subject,
        summary: what.summary,
        evidence: (about.length > 0 ? about : listeners).map(words),
        meaning,
        remedy: [remedy, READ_AGAIN],
      }),
    )
  },
}

interface Fault {
  readonly what: { readonly subject: string; readonly summary: string }
  readonly about: readonly ListenerConfig[]
  readonly meaning: string
  readonly remedy: Step
}

function faultsOf(listeners: readonly ListenerConfig[]): readonly Fault[] {
  const of = (protocol: ListenerConfig['protocol']) =>
    listeners.filter((listener) => listener.protocol === protocol)
  const [smtp, submission, imap] = [of('smtp'), of('submission'), of('imap')]
  const faults: Fault[] = []
  const say = (subject: string, summary: string, rest: Omit<Fault, 'what'>) =>
    faults.push({ what: { subject, summary }, ...rest })
  if (smtp.length === 0)
    say('smtp', 'there is no listener for mail from other servers', {
      about: [],
      meaning: 'Nobody can send mail to the domains here.',
      remedy: step('Add [[listeners]] with protocol = "smtp" and port = 25'),
    })
  else if (!smtp.some(({ port }) => port === 25))
    say('smtp', 'no listener for mail from other servers is at port 25', {
      about: smtp,
      meaning:
        'Other servers only ever come to port 25. Unless something in front leads it here, no mail arrives.',
      remedy: step('Give the smtp listener port = 25'),
    })
  else if (smtp.every(({ address }) => isLoopback(address)))
    say('smtp', 'mail from other servers is only taken from this machine itself', {
      about: smtp,
      meaning: 'No other server can connect, so that no mail arrives.',
      remedy: step('Give the smtp listener address = "*"'),
    })
  for (const listener of smtp.filter(({ tls }) => tls === 'none'))
    say(listener.name, 'it takes mail without TLS', {
      about: [listener],
      meaning: 'What others send can be read on the way, and some servers do not send without TLS.',
      remedy: step('Write tls = "starttls"'),
    })
  for (const listener of smtp.filter(({ tls }) => tls === 'implicit'))
    say(listener.name, 'it begins with TLS, which other servers do not', {
      about: [listener],
      meaning:
        'Other servers begin in the clear and then say STARTTLS: their mail does not arrive here.',
      remedy: step('Write tls = "starttls"'),
    })
  if (submission.length === 0)
    say('submission', 'there is no listener for users who send', {
      about: [],
      meaning:
        'The programs of users find nowhere to hand in their mail; the smtp listener takes none for others.',
      remedy: step(
        'Add [[listeners]] with protocol = "submission", port = 465 and tls = "implicit"',
      ),
    })
  if (imap.length === 0)
    say('imap', 'there is no listener for reading mail', {
      about: [],
      meaning: 'Mail arrives, and nobody can read it.',
      remedy: step('Add [[listeners]] with protocol = "imap", port = 993 and tls = "implicit"'),
    })
  return faults
}

/** Addresses to connect from that this machine does not have. */
export const sources: Check<World> = {
  id: 'configuration.sources',
  group: 'configuration',
  title: 'Addresses that mail is sent from',
  isNetwork: false,
  explain: ['waybill config show outgoing', 'ip address'],
  async look(world) {
    const { outgoing } = world.loaded.config
    const here = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address }) => address),
    )
    const wanted = sourcesOf(outgoing)
    if (wanted.length === 0)
      return [
        ok(sources, 'the system chooses the address', [
          `no source address is configured; this machine has ${here.length}`,
        ]),
      ]
    return wanted.map(({ key, address }): Finding => {
      const evidence = [`${key} is ${address}`, `this machine has ${here.join(', ')}`]
      if (here.includes(address))
        return ok(sources, `${address} is here`, evidence, { subject: key })
      return failing(sources, {
        subject: key,
        summary: `this machine does not have the address ${address}`,
        evidence,
        meaning: 'No connection can be made from it: mail that is to go by it waits.',
        remedy: [
          step(
            `Give the machine the address, or take ${key} out of the configuration`,
            'ip address',
          ),
          READ_AGAIN,
        ],
      })
    })
  },
}

function sourcesOf({ sourceIpv4, sourceIpv6, domains }: Config['outgoing']) {
  const all = [
    { key: 'outgoing.source_ipv4', address: sourceIpv4 },
    { key: 'outgoing.source_ipv6', address: sourceIpv6 },
    ...domains.flatMap(({ domain, ...one }) => [
      { key: `outgoing.domains ${domain} source_ipv4`, address: one.sourceIpv4 },
      { key: `outgoing.domains ${domain} source_ipv6`, address: one.sourceIpv6 },
    ]),
  ]
  return all.flatMap(({ key, address }) => (address === null ? [] : [{ key, address }]))
}

/** What is meant for tests, and left on. */
export const testing: Check<World> = {
  id: 'configuration.testing',
  group: 'configuration',
  title: 'Settings for tests',
  isNetwork: false,
  explain: ['waybill config show outgoing', '(the command line and the environment of the server)'],
  async look(world) {
    const { outgoing, disk } = world.loaded.config
    const process = processWords(world)
    const left = [
      ...(outgoing.port === 25
        ? []
        : [`outgoing.port is ${outgoing.port}: no other server listens there`]),
      ...(outgoing.allowPrivate
        ? ['outgoing.allow_private: DNS of strangers can lead mail to machines inside']
        : []),
      ...(disk.minFreeOctets < LEAST_FREE && disk.minFreePercent === 0
        ? ['disk.min_free_size and min_free_percent: mail is taken until the disk is full']
        : []),
      ...process,
    ]
    const evidence = [`outgoing.port ${outgoing.port}, allow_private ${outgoing.allowPrivate}`]
    if (left.length === 0 || isTrial(world))
      return [ok(testing, 'nothing of the kind is set', evidence)]
    return [
      warning(testing, {
        summary: `what is meant for tests is set: ${left.map((one) => one.split(':')[0]).join(', ')}`,
        evidence: left,
        meaning: 'Each of them takes away what protects a server that others use.',
        remedy: [
          step('Take it out of the configuration, or of how the server is started'),
          READ_AGAIN,
        ],
      }),
    ]
  },
}

/** Of the running process, what would not be there in earnest. */
function processWords({ files, status }: World): string[] {
  const read = (name: string) => {
    const path = `/proc/${status?.processId}/${name}`
    return status !== null && files.mayRead(path) ? files.read(path, 65_536).toString('latin1') : ''
  }
  return [
    ...(/(^|\0)--inspect/.test(read('cmdline'))
      ? ['--inspect: whoever reaches the debugger is the server']
      : []),
    ...(/(^|\0)NODE_TLS_REJECT_UNAUTHORIZED=0(\0|$)/.test(read('environ'))
      ? ['NODE_TLS_REJECT_UNAUTHORIZED=0: any certificate of others is taken']
      : []),
  ]
}

function words({ name, protocol, address, port, tls }: ListenerConfig): string {
  return `${name}: ${protocol} at ${address} port ${port}, tls ${tls}`
}

const READ_AGAIN = step('Make the server read its configuration', 'waybill reload')
const LEAST_FREE = 2e6
