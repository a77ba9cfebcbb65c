/** Relays that nobody uses, that are not there, and that see mail in the clear. */
import { all as allRows } from '../../db/statement.ts'
import type { Relay } from '../../directory/types.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const relayRules: Check<World> = {
  id: 'configuration.relays',
  group: 'configuration',
  title: 'What relays are for',
  isNetwork: false,
  explain: ['waybill relay list', '(what waits for each relay, in the database)'],
  async look(world) {
    const [relays, domains] = [
      await world.ask('relay.list', {}),
      await world.ask('domain.list', {}),
    ]
    const gone = missing(world, relays)
    if (relays.length === 0 && gone.length === 0)
      return [skipped(relayRules, 'there is no relay, and nothing waits for one')]
    const local = new Set(domains.map(({ name }) => name))
    return [...gone, ...relays.map((relay) => lookAt(relay, local))]
  },
}

function lookAt(relay: Relay, local: ReadonlySet<string>): Finding {
  const { name: subject, rules, tls, checkCertificate, hosts } = relay
  const evidence = [
    `hosts: ${hosts.map(({ host, port }) => `${host}:${port}`).join(', ')}; tls ${tls}, certificate ${checkCertificate ? 'checked' : 'not checked'}`,
    rules.length === 0
      ? 'it has no rules'
      : `for ${rules.map((rule) => (rule.kind === 'all' ? 'all' : `${rule.kind} ${rule.domain}`)).join(', ')}`,
  ]
  if (rules.length === 0)
    return warning(relayRules, {
      ...{ subject, evidence },
      summary: 'no mail goes by it: it has no rules',
      meaning: 'Mail goes straight to the servers of others, or by another relay.',
      remedy: [
        step('Give it all mail to other servers', `waybill relay set ${subject} --all`),
        step('Or remove it', `waybill relay remove ${subject}`),
      ],
    })
  const strange = rules.flatMap((rule) =>
    rule.kind === 'sender' && !hasDomain(local, rule.domain) ? [rule.domain] : [],
  )
  if (strange.length > 0)
    return warning(relayRules, {
      ...{ subject, evidence },
      summary: `it is for mail from ${strange.join(', ')}, which is no domain of this server`,
      meaning: 'Nobody here sends in that name, so that nothing goes by this rule.',
      remedy: [step('See the rules, and give it others', `waybill relay show ${subject}`)],
    })
  if (tls === 'none' && !hosts.every(({ host }) => isNear(host)))
    return warning(relayRules, {
      ...{ subject, evidence },
      summary: 'mail goes to it without TLS',
      meaning: 'Everybody on the way can read it.',
      remedy: [step('Turn TLS on', `waybill relay set ${subject} --tls starttls`)],
    })
  if (
    tls !== 'none' &&
    !checkCertificate &&
    relay.user !== null &&
    !hosts.every(({ host }) => isNear(host))
  )
    return warning(relayRules, {
      ...{ subject, evidence },
      summary: 'its certificate is not checked, and it gets a password',
      meaning: 'Whoever gets in between can take the password and send in your name.',
      remedy: [step('Check it', `waybill relay set ${subject} --check`)],
    })
  return ok(relayRules, evidence[1] ?? '', evidence, { subject })
}

/** Mail waits for relays that are not there any more. */
function missing({ store }: World, relays: readonly Relay[]): Finding[] {
  if (store === null) return []
  const there = new Set(relays.map(({ name }) => `relay:${name}`))
  const waiting = store.run(
    allRows<{ name: string }>(
      "SELECT name FROM queue_destination WHERE name LIKE 'relay:%' LIMIT 1000",
    ),
  )
  return waiting
    .filter(({ name }) => !there.has(name))
    .map(({ name }) => {
      const subject = name.slice('relay:'.length)
      return failing(relayRules, {
        subject,
        summary: 'mail waits for it, and there is no such relay',
        evidence: [`the queue has the destination ${name}`],
        meaning: 'It is not tried, and is given back after days.',
        remedy: [
          step('See what waits', 'waybill queue summary'),
          step('Send it by another way', 'waybill queue reroute --help'),
        ],
      })
    })
}

/** `*.example.com` is for what is below it. */
function hasDomain(local: ReadonlySet<string>, pattern: string): boolean {
  return pattern.startsWith('*.')
    ? [...local].some((name) => name.endsWith(pattern.slice(1)))
    : local.has(pattern)
}

/** Nobody is in between. */
function isNear(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
