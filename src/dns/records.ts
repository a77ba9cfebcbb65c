/** The records of answers as the rest of the server has them. What cannot be read is left out. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net'

import { plainName, type QueryType, type ReplyRecord } from './message.ts'
import type { MxRecord, SrvRecord, TlsaData } from './resolver.ts'

/** What the records of each type are. */
export interface RecordOf {
  readonly A: string
  readonly AAAA: string
  readonly MX: MxRecord
  readonly TXT: string
  readonly PTR: string
  readonly SRV: SrvRecord
  readonly TLSA: TlsaData
}

export function readRecords<T extends QueryType>(
  type: T,
  records: readonly ReplyRecord[],
): readonly RecordOf[T][] {
  const read: (data: unknown) => RecordOf[T] | null = READERS[type]
  const found = records.flatMap(({ data }) => read(data) ?? [])
  return found.toSorted((a, b) => preferenceOf(a) - preferenceOf(b))
}

const READERS: { readonly [T in QueryType]: (data: unknown) => RecordOf[T] | null } = {
  A: (data) => (typeof data === 'string' && isIPv4(data) ? data : null),
  AAAA: (data) => (typeof data === 'string' && isIPv6(data) ? canonicalIpv6(data) : null),
  MX: mxOf,
  TXT: textOf,
  PTR: (data) => (typeof data === 'string' ? plainName(data) : null),
  SRV: srvOf,
  TLSA: tlsaOf,
}

/** In the one spelling that is compared: RFC 5952 §4. */
function canonicalIpv6(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address
}

function mxOf(data: unknown): MxRecord | null {
  if (!isRecord(data)) return null
  const { preference, exchange } = data
  if (typeof preference !== 'number' || typeof exchange !== 'string') return null
  return { preference, exchange: plainName(exchange) }
}

function srvOf(data: unknown): SrvRecord | null {
  if (!isRecord(data)) return null
  const { priority, weight, port, target } = data
  if (typeof priority !== 'number' || typeof weight !== 'number') return null
  if (typeof port !== 'number' || typeof target !== 'string') return null
  return { priority, weight, port, target: plainName(target) }
}

/** Of MX and SRV; others stay as they came. */
function preferenceOf(record: unknown): number {
  return mxOf(record)?.preference ?? srvOf(record)?.priority ?? 0
}

function textOf(data: unknown): string | null {
  const strings = Array.isArray(data) ? data : [data]
  if (!strings.every((one) => one instanceof Uint8Array)) return null
  return Buffer.concat(strings).toString('utf8')
}

function tlsaOf(data: unknown): TlsaData | null {
  if (!isRecord(data)) return null
  const { usage, selector, matchingType, certificate } = data
  if (typeof usage !== 'number' || typeof selector !== 'number') return null
  if (typeof matchingType !== 'number' || !(certificate instanceof Uint8Array)) return null
  // A copy: the octets of the answer would stay in memory with it.
  return { usage, selector, matchingType, data: new Uint8Array(certificate) }
}

function isRecord(data: unknown): data is { readonly [key: string]: unknown } {
  return typeof data === 'object' && data !== null
}

/** The name that has the PTR records of an address (RFC 1035 §3.5, RFC 3596 §2.5); '' of anything else. */
export function reverseName(address: string): string {
  if (isIPv4(address)) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`
  if (!isIPv6(address)) return ''
  const nibbles = expandedIpv6(address).toReversed()
  return `${nibbles.join('.')}.ip6.arpa`
}

/** The 32 hexadecimal digits of an IPv6 address. */
function expandedIpv6(address: string): string[] {
  const plain = address.replace(/%.*$/, '').replace(/[\d.]+$/, (tail) => {
    if (!isIPv4(tail)) return tail
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [left = '', right] = plain.split('::')
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'))
  const [head, tail] = [groups(left), groups(right ?? '')]
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].flatMap((group) => [...group.padStart(4, '0')])
}
