/** The control socket of a running server, in its data folder, for its owner only. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'

import { messageOf, OperatorFault, Refusal } from '../base/faults.ts'
import {
  type ErrorFrame,
  isRequest,
  Lines,
  MAX_REQUEST_OCTETS,
  type Request,
  type Response,
} from './frames.ts'
import { socketPathIn } from './socket-path.ts'

export interface ControlOptions {
  /** The data folder, whose lock the caller holds. */
  readonly folder: string
  /** Runs one command. Throws Refusal for what it denies. */
  readonly run: (command: string, args: unknown) => Promise<unknown>
  /** Hears of commands that failed: by a bug of ours with its stack, else in one sentence. */
  readonly report: (text: string) => void
}

export async function openControl(options: ControlOptions): Promise<AsyncDisposable> {
  const socketPath = socketPathIn(options.folder)
  // Nobody else holds the folder, so a socket that is there was left by a process that died.
  rmSync(socketPath.path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, options)
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath.path, resolve)
  })
  // The folder is private already; this is for whoever opens it up.
  chmodSync(socketPath.path, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()))
      // An answer that is being written still goes out.
      for (const socket of sockets) socket.destroySoon()
      await ended
      socketPath[Symbol.dispose]()
    },
  }
}

function serve(socket: Socket, options: ControlOptions): void {
  const lines = new Lines(MAX_REQUEST_OCTETS)
  let last = Promise.resolve()
  socket.on('error', () => socket.destroy())
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    try {
      // One after the other, in the order they came.
      for (const line of lines.take(chunk)) last = last.then(() => answer(socket, line, options))
    } catch {
      socket.destroy()
    }
  })
}

async function answer(socket: Socket, line: string, options: ControlOptions): Promise<void> {
  const request = parseRequest(line)
  const response: Response =
    request === null
      ? { id: 0, error: { reason: 'invalid', message: 'not a request' } }
      : await run(request, options)
  if (!socket.destroyed) socket.write(`${JSON.stringify(response)}\n`)
}

async function run({ id, command, args }: Request, options: ControlOptions): Promise<Response> {
  try {
    return { id, result: (await options.run(command, args)) ?? null }
  } catch (error) {
    if (!(error instanceof Refusal))
      options.report(`control command ${command} failed: ${describe(error)}`)
    return { id, error: errorFrame(error) }
  }
}

function errorFrame(error: unknown): ErrorFrame {
  if (error instanceof Refusal)
    return { reason: error.reason, message: error.detail ?? error.message }
  return { reason: 'failed', message: messageOf(error) }
}

function describe(error: unknown): string {
  if (error instanceof OperatorFault) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function parseRequest(line: string): Request | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRequest(value) ? value : null
  } catch {
    return null
  }
}

const MAX_CONNECTIONS = 32
const IDLE_MS = 10 * 60_000
