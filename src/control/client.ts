import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { OperatorFault, systemCodeOf } from '../base/faults.ts'
import { FolderFault } from '../base/make-folder.ts'
import {
  type ErrorFrame,
  isResponse,
  Lines,
  MAX_REQUEST_OCTETS,
  MAX_RESPONSE_OCTETS,
} from './frames.ts'
import { readHolder } from './lock.ts'
import { socketPathIn } from './socket-path.ts'

/** The running server said no; the message is a sentence for the person who asked. */
export class ControlFault extends OperatorFault {
  override readonly name = 'ControlFault'
  readonly reason: string

  constructor({ reason, message }: ErrorFrame) {
    super(message)
    this.reason = reason
  }
}

/** It takes connections, as the kernel does for a process that is stopped, and says nothing. */
export class SilentServer extends OperatorFault {
  override readonly name = 'SilentServer'

  constructor(folder: string) {
    const processId = readHolder(folder)
    const [who, end] =
      processId === null ? ['', 'end it'] : [`, process ${processId},`, `kill -KILL ${processId}`]
    super(
      `the server on ${folder}${who} does not answer: it hangs, or is very busy. ` +
        `If that lasts: ${end}, and start it again; what it accepted is safe`,
    )
  }
}

/** It was stopped, or crashed, while it did what it was asked. */
export class EndedServer extends OperatorFault {
  override readonly name = 'EndedServer'

  constructor(folder: string) {
    super(
      `the server on ${folder} ended before it answered: what was asked of it may be done, ` +
        'in part or not at all. Look, and ask again',
    )
  }
}

/** How long a server may be silent. Some questions take long: then it still answers others. */
export interface Patience {
  /** From then on it is asked, now and then, whether it is still there … */
  readonly silentMs: number
  /** … which takes no longer than this. */
  readonly answerMs: number
}

/**
 * Asks the server that runs on this data folder.
 * @returns undefined when no server runs
 * @throws ControlFault when the server refuses, SilentServer when it does not answer, EndedServer
 *   when it ends meanwhile
 */
export async function askServer(
  folder: string,
  command: string,
  args: unknown,
  patience: Patience = PATIENCE,
): Promise<{ readonly result: unknown } | undefined> {
  const request = Buffer.from(`${JSON.stringify({ id: 1, command, args })}\n`)
  // The server would cut the connection, and nobody would know why.
  if (request.length > MAX_REQUEST_OCTETS)
    throw new ControlFault({ reason: 'invalid', message: TOO_LONG })
  let line: string | undefined
  try {
    line = await patiently(folder, request, patience)
  } catch (error) {
    if (isAbsent(error)) return undefined
    if (systemCodeOf(error) === 'EACCES')
      throw new FolderFault(
        `the data folder ${folder} cannot be used: permission is denied; run this as its owner`,
      )
    throw error
  }
  const response: unknown = JSON.parse(line)
  if (!isResponse(response)) throw new Error('the server answered something else than asked')
  if ('error' in response) throw new ControlFault(response.error)
  return { result: response.result }
}

/** @throws SilentServer, EndedServer */
async function patiently(
  folder: string,
  request: Uint8Array,
  { silentMs, answerMs }: Patience,
): Promise<string> {
  const end = new AbortController()
  const { signal } = end
  const answer = exchange(folder, request, signal)
  try {
    for (;;) {
      const isThere = sleep(silentMs, null, { signal }).then(
        async () =>
          await isAnswering(folder, AbortSignal.any([signal, AbortSignal.timeout(answerMs)])),
        () => true,
      )
      const said = await Promise.race([answer, isThere])
      if (typeof said === 'string') return said
      if (!said) throw new SilentServer(folder)
    }
  } finally {
    end.abort()
    answer.catch(() => {})
  }
}

/** One that is gone meanwhile has closed the other connection, which tells more. */
async function isAnswering(folder: string, signal: AbortSignal): Promise<boolean> {
  const request = Buffer.from(`${JSON.stringify({ id: 1, command: 'status', args: {} })}\n`)
  try {
    await exchange(folder, request, signal)
    return true
  } catch {
    return !signal.aborted
  }
}

async function exchange(folder: string, request: Uint8Array, signal: AbortSignal): Promise<string> {
  using socketPath = socketPathIn(folder)
  return await new Promise<string>((resolve, reject) => {
    const lines = new Lines(MAX_RESPONSE_OCTETS)
    const socket = createConnection({ path: socketPath.path, signal })
    const ended = () => reject(new EndedServer(folder))
    socket.on('error', (error) => (systemCodeOf(error) === 'ECONNRESET' ? ended() : reject(error)))
    socket.on('close', ended)
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const line of lines.take(chunk)) {
          resolve(line)
          socket.destroy()
        }
      } catch (error) {
        reject(error)
        socket.destroy()
      }
    })
    socket.write(request)
  })
}

const PATIENCE: Patience = { silentMs: 10_000, answerMs: 10_000 }
const TOO_LONG = `that is too much at once: a request has at most ${MAX_REQUEST_OCTETS} octets`

/** No socket, or one whose server died. */
function isAbsent(error: unknown): boolean {
  const code = systemCodeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED'
}
