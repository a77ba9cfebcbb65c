/** What TLS our listeners really have, seen by asking them. */
import { X509Certificate } from 'node:crypto'

import { messageOf } from '../../base/faults.ts'
import type { ListenerProtocol } from '../../config/types.ts'
import { lookAtImap, SmtpTalk } from '../conversation.ts'
import type { TlsSeen } from '../outside.ts'
import { type Place, placesOf } from '../places.ts'
import type { World } from '../world.ts'

/** What a listener shows a client that asks for one name. */
export interface Served {
  readonly place: Place
  /** As the client asked for it (SNI). */
  readonly serverName: string
  /** Null: there was no TLS to be had, and `fault` says why. */
  readonly tls: TlsSeen | null
  /** Leaf first; what cannot be read ends it. */
  readonly chain: readonly X509Certificate[]
  readonly fault: string | null
}

/** The listeners that have TLS at all. Empty: no server runs, or none of them has. */
export function tlsPlaces(
  world: World,
  protocol: ListenerProtocol | null = null,
): readonly Place[] {
  return placesOf(world, protocol).filter(({ listener }) => listener.tls !== 'none')
}

/** Never throws: that there is no TLS is what is to be said. */
export async function servedAt(
  { connect }: Pick<World, 'connect'>,
  place: Place,
  serverName: string,
  signal: AbortSignal,
): Promise<Served> {
  const { host, port, listener } = place
  const { tls, protocol } = listener
  const target = { host, port, tls, serverName, helloName: 'localhost' }
  try {
    const seen =
      protocol === 'imap' ? (await lookAtImap(connect, target, signal)).tls : await smtpTls()
    return { place, serverName, tls: seen, chain: chainOf(seen), fault: null }
  } catch (error) {
    return { place, serverName, tls: null, chain: [], fault: wordsOf(error) }
  }

  async function smtpTls(): Promise<TlsSeen | null> {
    await using talk = await SmtpTalk.open(connect, target, signal)
    return talk.tls
  }
}

/** OpenSSL's reason without the numbers of its source. */
function wordsOf(error: unknown): string {
  const reason: unknown = error instanceof Error ? Reflect.get(error, 'reason') : undefined
  return typeof reason === 'string' ? reason : messageOf(error)
}

function chainOf(seen: TlsSeen | null): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  for (const der of seen?.chain ?? [])
    try {
      chain.push(new X509Certificate(der))
    } catch {
      break
    }
  return chain
}
