/** `waybill relay test`: every host of a relay, tried as mail would try it, and what came of each step. */
import { isIPv6 } from 'node:net'

import type { TlsFacts } from '../journal/event.ts'
import type { Config } from '../config/types.ts'
import type { OpenRelay } from '../directory/types.ts'
import type { Resolver } from '../dns/resolver.ts'
import { type PeerCertificate, probeCertificate } from '../smtp-client/certificate-probe.ts'
import { relayTargets } from '../smtp-client/relay-targets.ts'
import type {
  ClientTimeouts,
  Connect,
  OutgoingMessage,
  Result,
  Target,
} from '../smtp-client/types.ts'

/** Of each address of each host: how far we came. */
export interface RelayTry {
  readonly host: string
  readonly port: number
  /** Null: no address was found. */
  readonly address: string | null
  readonly tls: TlsFacts | null
  /** What it shows in the TLS handshake; null without TLS. */
  readonly certificate: PeerCertificate | null
  /** The mechanism that we logged in with; null: without, or not so far. */
  readonly authenticator: string | null
  /** Null: it is ready for mail, and took the test message if there was one. */
  readonly failure: RelayFailure | null
  /** What it said to the test message; null: none was sent. */
  readonly reply: string | null
}

/** As in `Result` of the SMTP client. */
export type RelayFailure = Pick<
  Extract<Result, { kind: 'failed' | 'deferred' }>,
  'kind' | 'phase' | 'text' | 'reply' | 'status' | 'scope'
>

export interface RelayTest {
  readonly name: string
  readonly tries: readonly RelayTry[]
}

/** A message to be sent through the relay. */
export interface TestMessage {
  /** Null: the relay's user when that is an address, else `<>`. */
  readonly from: string | null
  readonly to: string
}

export type RelayTester = (relay: OpenRelay, message: TestMessage | null) => Promise<RelayTest>

export interface RelayTesterOptions {
  readonly connect: Connect
  readonly resolver: Pick<Resolver, 'addresses'>
  /** Read at every test. */
  readonly config: Pick<Config, 'hostName' | 'outgoing'>
  /** Of the test message. */
  readonly nowMs: () => number
}

/** Never rejects because of a relay: whatever goes wrong is in the report. */
export function relayTester(options: RelayTesterOptions): RelayTester {
  return async (relay, message) => {
    const tries: RelayTry[] = []
    let left = message
    for (const place of relay.hosts) {
      const { ipv4, ipv6 } = options.config.outgoing
      const how = { resolver: options.resolver, ipv4, ipv6, requireTls: false }
      const found = await relayTargets({ ...relay, hosts: [place] }, how)
      if ('failure' in found) {
        tries.push({ ...NOTHING, ...place, address: null, failure: found.failure })
        continue
      }
      for (const target of found.targets.slice(0, MAX_ADDRESSES)) {
        const tried = await tryTarget(options, relay, { target, message: left })
        tries.push({ ...tried, host: place.host })
        // One test message is enough.
        if (tried.reply !== null) left = null
      }
    }
    return { name: relay.name, tries }
  }
}

async function tryTarget(
  { connect, config, nowMs }: RelayTesterOptions,
  { user, password, mechanism }: OpenRelay,
  { target, message }: { target: Target; message: TestMessage | null },
): Promise<RelayTry> {
  const signal = AbortSignal.timeout(MAX_TRY_MS)
  const helloName = config.outgoing.helloName ?? config.hostName
  const login = user === null || password === null ? null : { user, password, mechanism }
  const { address, port } = target
  const { sourceIpv4, sourceIpv6 } = config.outgoing
  const sourceAddress = isIPv6(address) ? sourceIpv6 : sourceIpv4
  const options = { helloName, sourceAddress, login, timeouts: TIMEOUTS, signal }
  const certificate = await certificateOf(target, helloName)
  const place = { ...NOTHING, host: target.name ?? address, port, address, certificate }
  const connected = await connect(target, options)
  if ('failure' in connected) return { ...place, tls: connected.tls, failure: connected.failure }
  const { tls, authenticator } = connected
  const ready = { ...place, tls, authenticator }
  try {
    if (message === null) return ready
    const [result] = await connected.send(testMessage(message, { user, helloName, nowMs: nowMs() }))
    if (result === undefined) return ready
    return result.kind === 'delivered'
      ? { ...ready, reply: result.reply }
      : { ...ready, failure: result, reply: result.reply ?? '' }
  } finally {
    await connected.close()
  }
}

async function certificateOf(target: Target, helloName: string): Promise<PeerCertificate | null> {
  const { kind } = target.tls
  if (kind === 'none' || kind === 'dane') return null
  const mode = kind === 'opportunistic' ? 'starttls' : target.tls.mode
  return await probeCertificate(target, { mode, helloName, timeoutMs: TIMEOUTS.connectMs })
}

function testMessage(
  { from, to }: TestMessage,
  { user, helloName, nowMs }: { user: string | null; helloName: string; nowMs: number },
): OutgoingMessage {
  const sender = from ?? (user?.includes('@') ? user : null)
  const author = sender ?? `postmaster@${helloName}`
  const lines = [
    `Date: ${new Date(nowMs).toUTCString().replace('GMT', '+0000')}`,
    `From: <${author}>`,
    `To: <${to}>`,
    'Subject: A test of this mail server',
    `Message-ID: <${nowMs}.relay-test@${helloName}>`,
    'Auto-Submitted: auto-generated',
    '',
    'Sent by "waybill relay test": the relay takes our mail.',
    '',
  ]
  const octets = Buffer.from(lines.join('\r\n'), 'utf8')
  return {
    from: sender,
    recipients: [{ address: to, notify: null, original: null }],
    sizeOctets: octets.length,
    eightBit: false,
    smtputf8: octets.some((octet) => octet > 0x7f),
    ...{ requireTls: false, ret: null, envelopeId: null },
    content: () => [octets],
  }
}

const NOTHING = {
  ...{ tls: null, certificate: null, authenticator: null, failure: null, reply: null },
} as const

const MAX_ADDRESSES = 4
const MAX_TRY_MS = 60_000
/** A person waits. */
const TIMEOUTS: ClientTimeouts = {
  connectMs: 10_000,
  greetingMs: 20_000,
  commandMs: 20_000,
  startTlsMs: 20_000,
  dataMs: 30_000,
  blockMs: 30_000,
  endOfDataMs: 60_000,
  quitMs: 2000,
}
