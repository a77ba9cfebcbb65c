/** A DNS server on loopback that answers as a test tells it, over UDP and TCP on one port. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

import dnsPacket, { type Answer, type Packet } from 'dns-packet'

import type { DnsServer } from '../servers.ts'

export interface AskedQuestion {
  readonly name: string
  readonly type: string
  readonly over: 'udp' | 'tcp'
  readonly packet: Packet
}

/** What is sent back, one message after another; none is silence. */
export type Script = (asked: AskedQuestion) => readonly (Reply | Buffer)[]

/** Packet fields; what is not given fits the question. */
export interface Reply {
  readonly id?: number
  readonly rcode?: number
  readonly authentic?: boolean
  readonly truncated?: boolean
  readonly name?: string
  readonly answers?: readonly Answer[]
  readonly authorities?: readonly Answer[]
}

export interface Responder extends AsyncDisposable {
  readonly server: DnsServer
  readonly asked: readonly AskedQuestion[]
}

export async function startResponder(script: Script, { trusted = true } = {}): Promise<Responder> {
  const asked: AskedQuestion[] = []
  const answer = (query: Buffer, over: 'udp' | 'tcp'): Buffer[] => {
    const packet = dnsPacket.decode(query)
    const { name = '', type = '' } = packet.questions?.[0] ?? {}
    const question = { name, type, over, packet }
    asked.push(question)
    return script(question).map((reply) => (Buffer.isBuffer(reply) ? reply : encode(packet, reply)))
  }
  const tcp = createServer((socket) => serveTcp(socket, (query) => answer(query, 'tcp')))
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const bound = tcp.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  const udp = createSocket('udp4')
  udp.on('message', (query, from) => {
    for (const octets of answer(query, 'udp')) udp.send(octets, from.port, from.address)
  })
  udp.bind(bound.port, '127.0.0.1')
  await once(udp, 'listening')
  return {
    server: { address: '127.0.0.1', port: bound.port, trusted },
    asked,
    async [Symbol.asyncDispose]() {
      udp.close()
      const closed = once(tcp, 'close')
      tcp.close()
      await closed
    },
  }
}

function serveTcp(socket: Socket, answer: (query: Buffer) => Buffer[]): void {
  socket.on('error', () => {})
  socket.once('data', (chunk: Buffer) => {
    for (const octets of answer(chunk.subarray(2))) {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(octets.length)
      // In two pieces, as the network may have it.
      socket.write(length)
      socket.write(octets)
    }
    socket.end()
  })
}

function encode(query: Packet, reply: Reply): Buffer {
  const { rcode = 0, authentic = false, truncated = false, answers = [], authorities = [] } = reply
  const asked = query.questions?.[0] ?? { name: '.', type: 'A' }
  return dnsPacket.encode({
    type: 'response',
    id: reply.id ?? query.id ?? 0,
    flags:
      rcode |
      (authentic ? dnsPacket.AUTHENTIC_DATA : 0) |
      (truncated ? dnsPacket.TRUNCATED_RESPONSE : 0),
    questions: [{ ...asked, name: reply.name ?? asked.name }],
    answers: [...answers],
    authorities: [...authorities],
  })
}
