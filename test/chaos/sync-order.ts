/**
 * S1: nothing is acknowledged before it is on stable storage. Proven by the system calls: after the
 * last octet of a message was read and before its 250 (or OK) is written, the database's log must have
 * been synced; for a large message also its own file, and the folder that names it.
 */
import { join } from 'node:path'

import type { Connection } from '../support/connection.ts'
import { ImapClient } from '../support/imap-client.ts'
import { makeMessage } from '../support/message.ts'
import { SmtpClient, stuffed } from '../support/smtp-client.ts'
import type { Waybill } from '../support/waybill.ts'
import { ACCOUNTS, PASSWORD, type Way } from './load.ts'
import { attachStrace, readStrace, type SystemCall } from './strace.ts'

const CALLS =
  'read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync,rename,renameat,renameat2,link,linkat'

export interface SyncOrderCase {
  readonly way: Way
  /** Large messages have a file of their own. */
  readonly large: boolean
}

export const SYNC_ORDER_CASES: readonly SyncOrderCase[] = (
  ['data', 'bdat', 'append'] as const
).flatMap((way) => [
  { way, large: false },
  { way, large: true },
])

const LARGE_OCTETS = 1_000_000
/** What is held back until the tracer is attached: the end of the message. */
const HELD_BACK = 10

/** Sends one message. @returns what is wrong with the order of system calls; null when it is right */
export async function syncOrderProblem(
  server: Waybill,
  { way, large }: SyncOrderCase,
): Promise<string | null> {
  const message = makeMessage({
    id: `sync-${way}-${large}-${Date.now()}@chaos.test`,
    bodyOctets: large ? LARGE_OCTETS : 2000,
  })
  const trace = join(server.folder, `strace-${way}-${large}`)
  const { connection, finish } = await beginSending(server, way, message)
  const port = connection.localPort
  try {
    const strace = await attachStrace(server.pid, [
      '-yy',
      '-s',
      '0',
      '-e',
      `trace=${CALLS}`,
      '-o',
      trace,
    ])
    try {
      await finish()
    } finally {
      await strace.stop()
    }
  } finally {
    connection.destroy()
  }
  return orderProblem(readStrace(trace), { port, large, dataFolder: server.dataFolder })
}

interface Sending {
  readonly connection: Connection
  /** Sends the rest and reads the acknowledgement. */
  finish(): Promise<void>
}

async function beginSending(server: Waybill, way: Way, message: Buffer): Promise<Sending> {
  if (way === 'append') {
    const imap = await ImapClient.login(server.ports.imaps, ACCOUNTS[0], PASSWORD)
    const { connection } = imap
    await connection.write(`a APPEND INBOX {${message.length}}\r\n`)
    while (!(await connection.readLine()).startsWith('+'));
    await connection.write(message.subarray(0, -HELD_BACK))
    const finish = async () => {
      await connection.write(Buffer.concat([message.subarray(-HELD_BACK), Buffer.from('\r\n')]))
      await untilTagged(connection)
    }
    return { connection, finish }
  }
  const smtp = await SmtpClient.open(server.ports.smtp)
  const { connection } = smtp
  await smtp.envelope({ from: 'sender@client.test', to: [ACCOUNTS[0]] })
  let octets: Buffer = message
  if (way === 'data') {
    await smtp.say('DATA', 354)
    octets = stuffed(message)
  } else await connection.write(`BDAT ${message.length} LAST\r\n`)
  await connection.write(octets.subarray(0, -HELD_BACK))
  const finish = async () => {
    await connection.write(octets.subarray(-HELD_BACK))
    await smtp.expect(250)
  }
  return { connection, finish }
}

async function untilTagged(connection: Connection): Promise<void> {
  for (;;) {
    const line = await connection.readLine()
    if (line.startsWith('a OK')) return
    if (line.startsWith('a ')) throw new Error(`APPEND: ${line}`)
  }
}

export interface OrderQuestion {
  /** The client's port: it names the connection in the trace. */
  readonly port: number
  readonly large: boolean
  readonly dataFolder: string
}

const READS = new Set(['read', 'readv', 'recvfrom', 'recvmsg'])
const WRITES = new Set(['write', 'writev', 'sendto', 'sendmsg'])
const SYNCS = new Set(['fsync', 'fdatasync'])
const RENAMES = new Set(['rename', 'renameat', 'renameat2', 'link', 'linkat'])

/** @returns what is wrong; null when every needed sync lies between the last read and the reply */
export function orderProblem(
  calls: readonly SystemCall[],
  { port, large, dataFolder }: OrderQuestion,
): string | null {
  const onConnection = (call: SystemCall) => call.args.includes(`:${port}]>`)
  const read = calls.findLast(
    (call) => READS.has(call.name) && onConnection(call) && Number.parseInt(call.result, 10) > 0,
  )
  if (!read) return 'the end of the message was never read'
  const reply = calls.find(
    (call) => WRITES.has(call.name) && onConnection(call) && call.began > read.ended,
  )
  if (!reply) return 'no reply was written'

  const between = calls.filter((call) => call.began > read.ended && call.ended < reply.began)
  const synced = between.filter((call) => SYNCS.has(call.name) && call.result.startsWith('0'))
  const syncedPath = (test: (path: string) => boolean) =>
    synced.findLast((call) => test(/<([^>]*)>/.exec(call.args)?.[1] ?? ''))

  const wal = syncedPath((path) => path === join(dataFolder, 'mail.db-wal'))
  if (!wal) return 'the reply was written before mail.db-wal was synced'
  if (!large) return null

  const named = between.findLast(
    (call) => RENAMES.has(call.name) && call.args.includes(join(dataFolder, 'blobs')),
  )
  if (!named) return 'the message was acknowledged before its file had its name'
  const file = synced.find((call) => call.ended < named.began && !/mail\.db/.test(call.args))
  if (!file) return 'the file got its name before it was synced'
  const folder = synced.find(
    (call) => call.began > named.ended && call.args.includes(join(dataFolder, 'blobs')),
  )
  if (!folder) return 'the folder was not synced after the file got its name'
  if (wal.began < folder.ended) return 'the database was synced before the file was safe'
  return null
}
