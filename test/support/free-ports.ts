/**
 * Ports for a server that is stopped and started again. While it is down nobody else may get one of
 * them, so they are none that the system gives away by itself (on Linux those from 32768 on), and
 * each test process has a range of its own.
 */
import { createServer } from 'node:net'

const FIRST = 10_000
const RANGE = 200
const RANGES = 110

const first = FIRST + (process.pid % RANGES) * RANGE
let asked = 0

/** Ports of 127.0.0.1 nobody listens on; each is given again only after all others of the range. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let tries = 0; tries < RANGE && ports.length < count; tries++) {
    const port = first + (asked++ % RANGE)
    if (await isFree(port)) ports.push(port)
  }
  if (ports.length < count) throw new Error(`no ${count} ports are free from ${first} on`)
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  server.once('error', () => resolve(false))
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  return promise
}
