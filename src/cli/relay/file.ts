/**
 * Files that describe a relay, as people keep them: a key and a value on each line.
 *
 *     host: smtp.example.net
 *     port: 587
 *     user: jane@example.com
 *     pass: correct horse
 *
 * Case, spaces and `=` for `:` do not matter; lines that begin with `#`, `;` or `//` are comments. Each
 * `host:` begins another host, and `port:` is of the host above it.
 */
import type { NewRelay, RelayHost, RelayTls } from '../../directory/types.ts'
import { UsageFault } from '../faults.ts'
import { defaultPort, defaultTls, isTls, placeOf } from './place.ts'

/** What a file says of a relay. */
export type RelayFile = Pick<NewRelay, 'hosts' | 'tls' | 'user' | 'password'> & {
  /** Null: the file has none. */
  readonly name: string | null
}

/**
 * @param file  its name, for errors
 * @throws UsageFault with the number of the line
 */
export function parseRelayFile(text: string, file: string): RelayFile {
  const places: { host: string; port: number | null }[] = []
  const found: Found = { name: null, user: null, password: null, tls: null }
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const fail = (why: string) => new UsageFault(`${file}, line ${index + 1}: ${why}`)
    const content = line.trim()
    if (content === '' || /^(#|;|\/\/)/.test(content)) continue
    const { word, key, value } = keyAndValue(content, fail)
    if (key === 'host') places.push(asPlace(value, fail))
    else if (key === 'port') setPort(places.at(-1), value, fail)
    else if (found[key] !== null) throw fail(`"${word}" is there already, in a line above`)
    else if (key === 'tls') found.tls = tlsOf(value, fail)
    else found[key] = value
  }
  const [first] = places
  if (first === undefined) throw new UsageFault(`${file} names no host: write "host: NAME"`)
  if (found.password !== null && found.user === null)
    throw new UsageFault(`${file} has a password and no user: write "user: NAME"`)
  const tls = found.tls ?? defaultTls(first.port)
  const hosts = places.map(
    ({ host, port }): RelayHost => ({ host, port: port ?? defaultPort(tls) }),
  )
  return { name: found.name, hosts, tls, user: found.user, password: found.password }
}

interface Found {
  name: string | null
  user: string | null
  password: string | null
  tls: RelayTls | null
}

type Key = keyof Found | 'host' | 'port'
type Fail = (why: string) => UsageFault

/** Never shows the line in an error: it may hold the password. */
function keyAndValue(line: string, fail: Fail): { word: string; key: Key; value: string } {
  const at = line.search(/[:=]/)
  if (at < 0) throw fail('this is not a key and a value, such as "host: smtp.example.net"')
  const word = line.slice(0, at).trim()
  const key = KEYS[word.toLowerCase().replace(/[\s_-]/g, '')]
  if (key === undefined) throw fail(`"${word.slice(0, 40)}" is no key; ${KNOWN}`)
  const value = line.slice(at + 1).trim()
  const bare = /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value
  if (bare === '') throw fail(`"${word}" has no value`)
  return { word, key, value: bare }
}

const KEYS: Readonly<Record<string, Key>> = {
  __proto__: null as never,
  name: 'name',
  ...{ host: 'host', hostname: 'host', server: 'host', smarthost: 'host', relay: 'host' },
  ...{ smtphost: 'host', smtpserver: 'host' },
  ...{ port: 'port', smtpport: 'port' },
  ...{ user: 'user', username: 'user', login: 'user', smtpuser: 'user' },
  ...{ pass: 'password', password: 'password', passwd: 'password', smtppass: 'password' },
  ...{ smtppassword: 'password' },
  ...{ tls: 'tls', ssl: 'tls', security: 'tls', encryption: 'tls', smtpsecure: 'tls' },
}
const KNOWN = 'a relay has host, port, user, pass and tls'

function asPlace(value: string, fail: Fail) {
  const place = placeOf(value)
  if (place === null) throw fail(`"${value}" is no host: write "host: NAME" and "port: NUMBER"`)
  return place
}

function setPort(place: { port: number | null } | undefined, value: string, fail: Fail): void {
  if (place === undefined) throw fail('the port stands before its host')
  if (place.port !== null) throw fail('this host has a port already')
  const port = PORTS[value.toLowerCase()] ?? Number(value)
  if (!/^(\d{1,5}|[a-z]+)$/i.test(value) || !(port >= 1 && port <= 65_535))
    throw fail(`"${value}" is no port: a number from 1 to 65535`)
  place.port = port
}

const PORTS: Readonly<Record<string, number>> = {
  __proto__: null as never,
  ...{ smtp: 25, submission: 587, smtps: 465, submissions: 465 },
}

function tlsOf(value: string, fail: Fail): RelayTls {
  const word = value.toLowerCase().replace(/[\s_/]/g, '')
  const tls = isTls(word) ? word : TLS_WORDS[word]
  if (tls === undefined)
    throw fail(`"${value}" is not known; tls is implicit, starttls, opportunistic or none`)
  return tls
}

/** What other programs call it. */
const TLS_WORDS: Readonly<Record<string, RelayTls>> = {
  __proto__: null as never,
  ...{ ssl: 'implicit', smtps: 'implicit', wrapper: 'implicit', wrappermode: 'implicit' },
  ...{ tls: 'starttls', yes: 'starttls', on: 'starttls', true: 'starttls', required: 'starttls' },
  ...{ encrypt: 'starttls', may: 'opportunistic', auto: 'opportunistic' },
  ...{ no: 'none', off: 'none', false: 'none', plain: 'none' },
}
