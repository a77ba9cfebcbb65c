/** A program on loopback that says what a test tells it to. */
import { createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** @returns its port. Connections are cut when the test ends. */
export async function peer(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it has no port')
  return address.port
}

/** Greets, and answers each line with the first pattern that fits it; without one, with `250 OK`. */
export function answering(
  greeting: string,
  answers: readonly (readonly [pattern: RegExp, answer: string])[] = [],
): (socket: Socket) => void {
  return (socket) => {
    let text = ''
    socket.write(`${greeting}\r\n`)
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end).replace(/\r$/, '')
        text = text.slice(end + 1)
        const answer = answers.find(([pattern]) => pattern.test(line))?.[1] ?? '250 OK'
        socket.write(`${answer.replaceAll('\n', '\r\n')}\r\n`)
      }
    })
  }
}

/** A port where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('it had no port')
  return address.port
}
