/**
 * One question to one server: over UDP, and over TCP when the answer is too large for it. The only
 * file that talks to DNS servers.
 */
import { createSocket } from 'node:dgram'
import { createConnection } from 'node:net'

import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { encodeQuery, type Question, RCODE, type Reply, readReply } from './message.ts'
import type { DnsServer } from './servers.ts'

export interface ExchangeOptions {
  readonly clock: Clock
  readonly random: Random
  /** For UDP and TCP each. */
  readonly timeoutMs: number
}

/** Asks a server. @throws Error when it gives no answer, or none that is ours */
export type Exchange = (server: DnsServer, question: Question) => Promise<Reply>

export function networkExchange(options: ExchangeOptions): Exchange {
  return async (server, question) => {
    const reply = await ask(server, question, { ...options, edns: true })
    // RFC 6891 §7: a server that knows no EDNS says that it does not understand.
    const isOld = reply.rcode === RCODE.formatError || reply.rcode === RCODE.notImplemented
    return isOld ? ask(server, question, { ...options, edns: false }) : reply
  }
}

interface Asking extends ExchangeOptions {
  readonly edns: boolean
}

async function ask(server: DnsServer, question: Question, asking: Asking): Promise<Reply> {
  const over = (carry: typeof overUdp) => {
    const [high = 0, low = 0] = asking.random.octets(2)
    const id = high * 256 + low
    const { edns } = asking
    const query = encodeQuery(question, { id, edns, dnssec: edns && server.trusted })
    return carry(server, query, {
      ...asking,
      read: (octets) => readReply(octets, id, question),
    })
  }
  const reply = await over(overUdp)
  return reply.truncated ? over(overTcp) : reply
}

interface Carrying extends Asking {
  /** Null: not the answer. */
  readonly read: (octets: Buffer) => Reply | null
}

/**
 * A socket of its own for each question, so that each comes from another port (RFC 5452 §9.2). It
 * is connected: the kernel drops what does not come from the server's address and port.
 */
function overUdp(server: DnsServer, query: Buffer, carrying: Carrying): Promise<Reply> {
  const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4')
  return settled((resolve, reject) => {
    socket.on('error', reject)
    // What is not ours is passed over: somebody guesses, and the answer may still come.
    socket.on('message', (octets) => {
      const reply = carrying.read(octets)
      if (reply !== null) resolve(reply)
    })
    socket.on('connect', () => socket.send(query))
    socket.connect(server.port, server.address)
    return () => socket.close()
  }, carrying)
}

/** RFC 1035 §4.2.2: two octets of length before each message. */
function overTcp(server: DnsServer, query: Buffer, carrying: Carrying): Promise<Reply> {
  const socket = createConnection(server.port, server.address)
  return settled((resolve, reject) => {
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed')))
    socket.on('connect', () => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(query.length)
      socket.write(Buffer.concat([length, query]))
    })
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      const reply = carrying.read(received.subarray(2, 2 + received.readUInt16BE(0)))
      if (reply === null) reject(new Error('the answer is to another question'))
      // TC has no meaning here.
      else resolve({ ...reply, truncated: false })
    })
    return () => socket.destroy()
  }, carrying)
}

/** Runs until it is settled or the time is up, and then closes. */
async function settled(
  start: (resolve: (reply: Reply) => void, reject: (error: Error) => void) => () => void,
  { clock, timeoutMs }: Carrying,
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const close = start(resolve, reject)
  using _timer = clock.after(timeoutMs, () => reject(new Error('timed out')))
  try {
    return await promise
  } finally {
    close()
  }
}
