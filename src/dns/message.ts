/**
 * Questions and answers as octets (RFC 1035 §4), over `dns-packet`, which knows the formats of the
 * records. What is trusted of an answer is decided here.
 */
import dnsPacket from 'dns-packet'

export type QueryType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR' | 'SRV' | 'TLSA'

export interface Question {
  /** Lower case, without the dot at the end. */
  readonly name: string
  readonly type: QueryType
}

export interface QueryOptions {
  /** 0 to 65535, unpredictable. */
  readonly id: number
  /** With EDNS (RFC 6891): larger answers over UDP. */
  readonly edns: boolean
  /** Ask for the proof of DNSSEC; for resolvers that are trusted to check it. */
  readonly dnssec: boolean
}

/** An answer that belongs to our question. */
export interface Reply {
  /** One of {@link RCODE}, or another. */
  readonly rcode: number
  readonly truncated: boolean
  /** The AD bit; means nothing unless the resolver is trusted. */
  readonly authenticData: boolean
  readonly records: readonly ReplyRecord[]
  /** RFC 2308 §5: how long "there is none" holds, seconds; null: nobody said. */
  readonly negativeTtl: number | null
}

export interface ReplyRecord {
  /** Lower case. */
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly data: unknown
}

/** The octets of a question. */
export function encodeQuery({ name, type }: Question, options: QueryOptions): Buffer {
  const { id, edns, dnssec } = options
  return dnsPacket.encode({
    type: 'query',
    id,
    // AD in a question asks for AD in the answer (RFC 6840 §5.7), and so does DO; some resolvers
    // listen to only one of them.
    flags: dnsPacket.RECURSION_DESIRED | (dnssec ? dnsPacket.AUTHENTIC_DATA : 0),
    questions: [{ name, type, class: 'IN' }],
    additionals: edns ? [{ ...OPT, flags: dnssec ? dnsPacket.DNSSEC_OK : 0 }] : [],
  })
}

/** The size is the one of DNS Flag Day 2020: it passes everywhere without fragments. */
const OPT = {
  type: 'OPT' as const,
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} satisfies dnsPacket.Answer

/**
 * Reads an answer. Null when it is not the answer to this question with this id (RFC 5452 §9.1), or
 * cannot be read: then it may be anybody's, and the right one may still come.
 */
export function readReply(octets: Buffer, id: number, question: Question): Reply | null {
  // What most forgeries fail is looked at first, before anything is decoded.
  if (octets.length < HEADER_OCTETS || octets.readUInt16BE(0) !== id) return null
  const flags = octets.readUInt16BE(2)
  if ((flags & RESPONSE) === 0 || (flags & OPCODE) !== 0) return null
  const rcode = flags & 0xf
  const truncated = (flags & dnsPacket.TRUNCATED_RESPONSE) !== 0
  const packet = decode(octets)
  // Cut in the middle of a record: it only tells that TCP must be tried.
  if (packet === null) return truncated ? { ...EMPTY, rcode, truncated } : null
  const { questions = [], answers = [], authorities = [], additionals = [] } = packet
  const [asked] = questions
  // A server that did not understand the question may leave it out.
  const mayOmit = rcode === RCODE.formatError || rcode === RCODE.notImplemented
  if (questions.length > 1 || (asked === undefined && !mayOmit)) return null
  if (asked !== undefined && !isSameQuestion(asked, question)) return null
  // The upper bits of BADVERS and the like (RFC 6891 §6.1.3).
  const extended = additionals.some(({ type, ...opt }) => type === 'OPT' && hasUpperBits(opt))
  return {
    rcode: extended ? RCODE.serverFailure : rcode,
    truncated,
    authenticData: (flags & dnsPacket.AUTHENTIC_DATA) !== 0,
    records: answers.flatMap(recordOf),
    negativeTtl: negativeTtl(authorities),
  }
}

const HEADER_OCTETS = 12
const RESPONSE = 0x8000
const OPCODE = 0x7800
const EMPTY: Reply = {
  rcode: 0,
  truncated: false,
  authenticData: false,
  records: [],
  negativeTtl: null,
}

/** RFC 1035 §4.1.1. */
export const RCODE = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
} as const

function decode(octets: Buffer): dnsPacket.Packet | null {
  if (!hasRoomForAll(octets)) return null
  try {
    return dnsPacket.decode(octets)
  } catch {
    return null
  }
}

/**
 * The header says how many records follow, up to 65,535 in each section, and the decoder believes
 * it. Of so few octets there cannot be more than these.
 */
function hasRoomForAll(octets: Buffer): boolean {
  const [questions = 0, ...records] = [4, 6, 8, 10].map((at) => octets.readUInt16BE(at))
  const count = records.reduce((sum, one) => sum + one, 0)
  return (
    HEADER_OCTETS + questions * MIN_QUESTION_OCTETS + count * MIN_RECORD_OCTETS <= octets.length
  )
}

/** The root's name, type and class. */
const MIN_QUESTION_OCTETS = 5
/** And TTL and the length of no data: RFC 1035 §4.1.3. */
const MIN_RECORD_OCTETS = 11

function hasUpperBits(opt: object): boolean {
  return 'extendedRcode' in opt && opt.extendedRcode !== 0
}

function recordOf(record: dnsPacket.Answer): ReplyRecord[] {
  if (!('data' in record) || !('class' in record) || record.class !== 'IN') return []
  const { name, type, ttl = 0, data } = record
  return [{ name: plainName(name), type, ttl, data }]
}

function isSameQuestion(asked: dnsPacket.Question, { name, type }: Question): boolean {
  return plainName(asked.name) === name && asked.type === type && asked.class === 'IN'
}

/** RFC 2308 §5: the smaller of the record's own TTL and its last field. */
function negativeTtl(authorities: readonly dnsPacket.Answer[]): number | null {
  for (const record of authorities)
    if (record.type === 'SOA') return Math.min(record.ttl ?? 0, record.data.minimum ?? 0)
  return null
}

/** Lower case, without the dot at the end; the root is ''. */
export function plainName(name: string): string {
  const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** A name that can be asked for: labels of 1 to 63 octets of ASCII, 253 in all (RFC 1035 §2.3.4). */
export function isAskable(name: string): boolean {
  if (name.length > 253 || !/^[\x21-\x7e]+$/.test(name)) return false
  return name.split('.').every((label) => label.length > 0 && label.length <= 63)
}
