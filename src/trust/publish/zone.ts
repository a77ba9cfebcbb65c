/** Records as a zone file has them, RFC 1035 §5.1. */
import type { DnsRecord, RecordGroup } from './records.ts'

/** A part of a zone file: the records, with what they are for in comments. */
export function zoneText(groups: readonly RecordGroup[]): string {
  const parts = groups.map(({ purpose, notes, records, file }) => {
    const policy = file === null ? [] : [`${file.url}:`, ...file.text.split('\r\n').slice(0, -1)]
    const comments = [purpose, ...notes, ...policy].map((line) => `; ${line}\n`)
    return [...comments, ...records.map((record) => `${zoneLine(record)}\n`)].join('')
  })
  return `$TTL ${TTL_SECONDS}\n\n${parts.join('\n')}`
}

function zoneLine(record: DnsRecord): string {
  return `${record.name}. IN ${record.type} ${zoneValue(record)}`
}

/** What stands after the type. */
export function zoneValue(record: DnsRecord): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address
    case 'MX':
      return `${record.preference} ${record.exchange}.`
    case 'TXT':
      return characterStrings(record.text)
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}.`
    case 'CNAME':
      return `${record.target}.`
    default:
      return record satisfies never
  }
}

/** Strings of at most 255 octets each (RFC 1035 §3.3), which readers put together again (RFC 6376 §3.6.2.2). */
function characterStrings(text: string): string {
  const octets = Buffer.from(text, 'utf8')
  const strings: string[] = []
  for (let at = 0; at === 0 || at < octets.length; at += MAX_STRING_OCTETS) {
    const part = octets.subarray(at, at + MAX_STRING_OCTETS)
    strings.push(`"${[...part].map(quotedOctet).join('')}"`)
  }
  return strings.length === 1 ? (strings[0] ?? '') : `( ${strings.join(' ')} )`
}

function quotedOctet(octet: number): string {
  if (octet === QUOTE || octet === BACKSLASH) return `\\${String.fromCharCode(octet)}`
  if (octet >= 0x20 && octet < 0x7f) return String.fromCharCode(octet)
  return `\\${String(octet).padStart(3, '0')}`
}

const MAX_STRING_OCTETS = 255
const TTL_SECONDS = 3600
const QUOTE = 0x22
const BACKSLASH = 0x5c
