/** Postfix' configuration: what postconf says it is, or else main.cf; and its services, master.cf. */
import type { ForeignWorld, Known } from './world.ts'
import { NotInstalled } from './world.ts'
import { nonEmpty } from './exim.ts'

/** A service of master.cf, with its own settings (`-o name=value`). */
export interface PostfixService {
  /** `smtp`, `2602`, `127.0.0.1:10025` */
  readonly name: string
  readonly type: string
  readonly command: string
  readonly options: ReadonlyMap<string, string>
}

export interface PostfixConfig extends Known {
  /** What main.cf sets. */
  readonly set: ReadonlyMap<string, string>
  /** What is set, else the default; empty: not known. With `$name` replaced. */
  value(name: string, service?: PostfixService): string
  readonly services: readonly PostfixService[]
  /** Where it listens; empty: everywhere. */
  readonly addresses: readonly string[]
}

/** @throws NotInstalled */
export async function readPostfix(
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<PostfixConfig> {
  const { files } = world
  const text = (path: string) =>
    files.stat(path) === null ? null : files.read(path, MAX_OCTETS).toString('utf8')
  const said = await world.run(['postconf', '-n', '-x'], signal)
  const own = text('/etc/postfix/main.cf')
  if (own === null) throw new NotInstalled('/etc/postfix/main.cf was not found')
  const isSilent = said?.status === 0 && said.out.trim() === '' && /^\w/m.test(own)
  const isAnswer = said?.status === 0 && !isSilent
  const checked = said === null ? null : await world.run(['postconf', '-M'], signal)
  const silence = isSilent ? 'postconf -n printed no settings' : ''
  const complaints = nonEmpty(`${said?.errors ?? ''}\n${checked?.errors ?? ''}\n${silence}`)
  return postfixOf(isAnswer ? said.out : own, text('/etc/postfix/master.cf') ?? '', {
    by: isAnswer ? 'postconf -n -x' : '/etc/postfix/main.cf',
    complaints: [...new Set(complaints)],
    isBroken: said !== null && (!isAnswer || checked?.status !== 0),
  })
}

/** Exported for its test. */
export function postfixOf(main: string, master: string, known: Known): PostfixConfig {
  const set = new Map(
    wholeLines(main).flatMap((line): [string, string][] => {
      const at = line.indexOf('=')
      return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]]
    }),
  )
  const value = (
    name: string,
    service?: PostfixService,
    left = { names: MOST_NAMES, chars: MOST_CHARS },
    depth = 0,
  ): string => {
    const raw = service?.options.get(name) ?? set.get(name) ?? DEFAULTS.get(name) ?? ''
    left.chars -= raw.length
    if (depth > MAX_DEPTH) return raw
    return raw.replaceAll(/\$(?:\{(\w+)\}|\((\w+)\)|(\w+))/g, (whole, one, two, three) =>
      // Names that lead to each other are endless; what is left over stands as it is.
      left.chars < 0 || --left.names < 0
        ? whole
        : value(one ?? two ?? three, service, left, depth + 1),
    )
  }
  const addresses = postfixList(value('inet_interfaces'))
  const isEverywhere = addresses.includes('all')
  return {
    ...known,
    set,
    value: (name, service) => value(name, service),
    services: servicesOf(master),
    addresses: isEverywhere ? [] : addresses,
  }
}

export function postfixList(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '')
}

/** `hash:/etc/postfix/x` of a list of tables, with others left out. */
export function tablesOf(text: string): { readonly type: string; readonly path: string }[] {
  return [
    ...text.matchAll(
      /\b(hash|lmdb|btree|texthash|cdb|dbm|regexp|pcre):(\/[^\s,{}$]+)(?![^\s,{}])/g,
    ),
  ].map(([, type = '', path = '']) => ({ type, path }))
}

/** A line that begins with blanks goes on with the one before. */
function wholeLines(text: string): string[] {
  const whole: string[] = []
  for (const line of text.split('\n')) {
    if (/^\s*(?:#|$)/.test(line)) continue
    if (/^\s/.test(line) && whole.length > 0) whole.push(`${whole.pop()} ${line.trim()}`)
    else whole.push(line.trim())
  }
  return whole
}

function servicesOf(text: string): PostfixService[] {
  return wholeLines(text).flatMap((line) => {
    const [name = '', type = '', , , , , , command = '', ...args] = line.split(/\s+/)
    if (command === '') return []
    const options = new Map<string, string>()
    args.forEach((word, index) => {
      const given = args[index - 1] === '-o' ? word : /^-o(.+)$/.exec(word)?.[1]
      const [option = '', ...rest] = given?.split('=') ?? []
      if (option !== '') options.set(option, rest.join('='))
    })
    return [{ name, type, command, options }]
  })
}

/** Of Postfix 3.7, where a check asks for them. */
const DEFAULTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    inet_interfaces: 'all',
    config_directory: '/etc/postfix',
    default_database_type: 'hash',
    mynetworks: '',
    mydestination: '$myhostname, localhost.$mydomain, localhost',
    queue_directory: '/var/spool/postfix',
    data_directory: '/var/lib/postfix',
    mail_owner: 'postfix',
    alias_maps: 'hash:/etc/aliases',
    alias_database: 'hash:/etc/aliases',
    message_size_limit: '10240000',
    mailbox_size_limit: '51200000',
    virtual_mailbox_limit: '51200000',
    soft_bounce: 'no',
    smtpd_sasl_auth_enable: 'no',
    smtp_sasl_auth_enable: 'no',
    smtpd_tls_auth_only: 'no',
    smtpd_tls_security_level: '',
    smtp_tls_security_level: '',
    smtpd_tls_key_file: '$smtpd_tls_cert_file',
    smtpd_relay_restrictions:
      'permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination',
    smtpd_recipient_restrictions: '',
  }),
)
const MAX_DEPTH = 10
const MOST_NAMES = 1_000
const MOST_CHARS = 1024 * 1024
const MAX_OCTETS = 1024 * 1024
