import { createConnection } from 'node:net'

import { OperatorFault, systemCodeOf } from '../base/faults.ts'
import { FolderFault } from '../base/make-folder.ts'
import {
  type ErrorFrame,
  isResponse,
  Lines,
  MAX_REQUEST_OCTETS,
  MAX_RESPONSE_OCTETS,
} from './frames.ts'
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

/**
 * Asks the server that runs on this data folder.
 * @returns undefined when no server runs
 * @throws ControlFault when the server refuses
 */
export async function askServer(
  folder: string,
  command: string,
  args: unknown,
): Promise<{ readonly result: unknown } | undefined> {
  const request = Buffer.from(`${JSON.stringify({ id: 1, command, args })}\n`)
  // The server would cut the connection, and nobody would know why.
  if (request.length > MAX_REQUEST_OCTETS)
    throw new ControlFault({ reason: 'invalid', message: TOO_LONG })
  let line: string | undefined
  try {
    line = await exchange(folder, request)
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

async function exchange(folder: string, request: Uint8Array): Promise<string> {
  using socketPath = socketPathIn(folder)
  return await new Promise<string>((resolve, reject) => {
    const lines = new Lines(MAX_RESPONSE_OCTETS)
    const socket = createConnection(socketPath.path)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection unasked')))
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

const TOO_LONG = `that is too much at once: a request has at most ${MAX_REQUEST_OCTETS} octets`

/** No socket, or one whose server died. */
function isAbsent(error: unknown): boolean {
  const code = systemCodeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED'
}
