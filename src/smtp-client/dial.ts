import { isIP, type Socket, connect as tcpConnect } from 'node:net'

import type { Lost } from './dialogue.ts'
import { systemWords } from './failure.ts'
import type { ConnectOptions, Target } from './types.ts'

/** A TCP connection to the target, by its address. Never throws. */
export function dial(
  target: Target,
  { sourceAddress, timeouts, signal }: ConnectOptions,
): Promise<Socket | Lost> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ kind: 'lost', why: { kind: 'aborted' } })
    if (isIP(target.address) === 0) return resolve(lost(`${target.address} is no IP address`))
    const socket = tcpConnect({
      host: target.address,
      port: target.port,
      noDelay: true,
      ...(sourceAddress === null ? {} : { localAddress: sourceAddress }),
    })
    const done = (result: Socket | Lost): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
      socket.off('connect', connected)
      if (result === socket) socket.off('error', failed)
      else socket.destroy()
      resolve(result)
    }
    const connected = (): void => done(socket)
    // Stays on a socket that is given up: it may have more to say.
    const failed = (error: Error): void => done(lost(wordsOf(error)))
    const aborted = (): void => done({ kind: 'lost', why: { kind: 'aborted' } })
    const timer = setTimeout(() => done(lost('Connection timed out')), timeouts.connectMs)
    signal.addEventListener('abort', aborted, { once: true })
    socket.on('connect', connected)
    socket.on('error', failed)
  })
}

/** What the system itself forbids is no word of the other side. */
function wordsOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code')
  const words = systemWords(error)
  return typeof code === 'string' && OURS.has(code)
    ? `connecting is not possible from here: ${words}`
    : words
}

const OURS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EADDRINUSE', 'EADDRNOTAVAIL'])

function lost(text: string): Lost {
  return { kind: 'lost', why: { kind: 'error', text } }
}
