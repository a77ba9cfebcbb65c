/** Who may send to others by it: an open relay is found within hours, and on every blocklist in days. */
import { counted } from '../../base/counted.ts'
import { failing, ok, skipped, step } from '../findings.ts'
import type { Finding } from '../types.ts'
import type { ForeignCheck } from './check.ts'
import { type EximConfig, eximList } from './exim.ts'
import { publicServices } from './listening.ts'
import { type PostfixConfig, postfixList, type PostfixService } from './postfix.ts'
import { isLoopbackOnly } from './world.ts'

const RELAYING = {
  id: 'configuration.open-relay',
  group: 'configuration',
  title: 'Whether strangers can send to others by it',
  isNetwork: false,
} as const

export const openRelay: ForeignCheck = {
  ...RELAYING,
  parts: {
    exim: { explain: ['exim -bP config  (acl_smtp_rcpt and the lists of hosts)'], look: ofExim },
    postfix: {
      explain: [
        'postconf -n mynetworks smtpd_relay_restrictions smtpd_recipient_restrictions relay_domains',
      ],
      look: ofPostfix,
    },
  },
}

function ofExim(config: EximConfig): readonly Finding[] {
  const { main, acls, addresses } = config
  if (isLoopbackOnly(addresses)) return [loopback(addresses)]
  const name = main.get('acl_smtp_rcpt') ?? ''
  const wide = [...main].flatMap(([list, value]) =>
    /^hostlist /.test(list) && /relay/i.test(list)
      ? eximList(value)
          .filter(isEverybody)
          .map((item) => `${list} = ${item}`)
      : [],
  )
  const every = [...main].flatMap(([list, value]) =>
    /^domainlist \S*relay/i.test(list) && eximList(value).includes('*')
      ? [`${list} = ${value}`]
      : [],
  )
  const acl = acls.get(name)
  if (acl === undefined && name !== '')
    return [
      skipped(
        RELAYING,
        `acl_smtp_rcpt = ${name} cannot be followed: try it with exim4 -bh 192.0.2.1`,
      ),
    ]
  const open = acl === undefined ? null : openStatement(acl)
  const seen = [...wide, ...every, ...(open === null ? [] : [`acl ${name}: ${open}`])]
  if (seen.length === 0)
    return [
      ok(RELAYING, 'only those who are named may send to others', [
        acl === undefined
          ? `acl_smtp_rcpt = ${name || '(none: no mail is taken from others)'}`
          : `acl ${name}: ${counted(acl.length, 'line')}, none lets everybody by`,
      ]),
    ]
  return [
    failing(RELAYING, {
      summary: 'everybody can send to everybody by this server',
      evidence: seen,
      meaning: OPEN,
      remedy: [
        step(
          'Let by only your own nets, and require a domain of yours before the last accept: require domains = +local_domains : +relay_to_domains',
        ),
        step('Test it as a stranger', `${config.program ?? 'exim4'} -bh 192.0.2.1`),
        step('See what went out', 'exim4 -bp | tail'),
      ],
    }),
  ]
}

/** The first accept that nothing before it and in it restricts; null: there is none. */
function openStatement(acl: readonly string[]): string | null {
  const statements: string[][] = []
  for (const line of acl)
    if (/^(?:accept|deny|defer|discard|drop|require|warn)\b/.test(line)) statements.push([line])
    else statements.at(-1)?.push(line)
  for (const statement of statements) {
    const [first = ''] = statement
    const verb = first.split(/\s/)[0] ?? ''
    const words = [first.slice(verb.length).trim(), ...statement.slice(1)].filter(
      (one) => one !== '',
    )
    const conditions = words.filter((one) => !MODIFIER.test(one))
    const isAboutDomains = conditions.some((one) => /^!?\s*domains\s*=/.test(one))
    if (verb === 'require' && isAboutDomains) return null
    if (
      (verb === 'deny' || verb === 'drop' || verb === 'defer') &&
      (isAboutDomains || conditions.length === 0)
    )
      return null
    if (verb !== 'accept') continue
    if (conditions.every((one) => /^(?:hosts|domains|recipients|senders)\s*=\s*\*$/.test(one)))
      return words.join(' ') === '' ? 'accept, without a condition' : `accept ${words.join(' ')}`
  }
  return null
}

/** What is no condition, but says or does something. */
const MODIFIER =
  /^(?:add_header|continue|control|delay|endpass|log_message|log_reject_target|logwrite|message|queue|remove_header|set\s+\w+|udpsend)\b/

function isEverybody(given: string): boolean {
  const item = given.replaceAll(/[[\]]/g, '')
  return (
    item === '*' ||
    /^[\d.]+\/[0-7]$/.test(item) ||
    /^[0:]*:[0:]*\/\d$/.test(item) ||
    item === '0.0.0.0/0'
  )
}

function ofPostfix(config: PostfixConfig): readonly Finding[] {
  const services = publicServices(config).filter(({ command }) => command === 'smtpd')
  if (services.length === 0) return [loopback(config.addresses)]
  const seen = [...new Set(services.flatMap((service) => openings(config, service)))]
  const { value } = config
  if (seen.length === 0)
    return [
      ok(RELAYING, 'only those who are named may send to others', [
        `mynetworks = ${value('mynetworks') || '(this machine)'}`,
        `smtpd_relay_restrictions = ${value('smtpd_relay_restrictions')}`,
      ]),
    ]
  return [
    failing(RELAYING, {
      summary: 'everybody can send to everybody by this server',
      evidence: seen,
      meaning: OPEN,
      remedy: [
        step('Name only your own nets', "postconf -e 'mynetworks = 127.0.0.0/8 [::1]/128'"),
        step(
          'Refuse what is not for you',
          "postconf -e 'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination'",
        ),
        step('Take it over', 'postfix reload'),
      ],
    }),
  ]
}

function openings({ value }: PostfixConfig, service: PostfixService): string[] {
  const of = (name: string) => value(name, service)
  const lists = ['smtpd_relay_restrictions', 'smtpd_recipient_restrictions'].map(of)
  const words = lists.flatMap(postfixList)
  const found = postfixList(of('mynetworks'))
    .filter(isEverybody)
    .map((net) => `mynetworks has ${net}`)
  const usesNets = words.includes('permit_mynetworks')
  // Who gets past one list has still to get past the other.
  const isRefused = lists.some((list) => {
    const items = postfixList(list)
    const permit = items.indexOf('permit')
    const stop = items.findIndex((item) => REFUSALS.has(item))
    return stop >= 0 && (permit < 0 || stop < permit)
  })
  const relayDomains = postfixList(of('relay_domains'))
  return [
    ...(usesNets ? found : []),
    ...(isRefused
      ? []
      : [
          `neither smtpd_relay_restrictions nor smtpd_recipient_restrictions has reject_unauth_destination (${service.name})`,
        ]),
    ...(relayDomains.some((one) => one === '*' || one === 'static:ALL')
      ? [`relay_domains = ${of('relay_domains')}`]
      : []),
  ]
}

const REFUSALS: ReadonlySet<string> = new Set([
  ...['reject_unauth_destination', 'defer_unauth_destination', 'reject', 'defer'],
])

function loopback(addresses: readonly string[]): Finding {
  return skipped(RELAYING, `only this machine can reach it: it listens on ${addresses.join(', ')}`)
}

const OPEN =
  'Spammers find it within hours: the queue fills, and every blocklist has your address in a day.'
