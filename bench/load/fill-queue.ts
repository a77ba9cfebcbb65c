/** Puts messages into the queue of a data folder whose server does not run: as `deliver` does, many in one commit. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { DEFAULT_LIMITS } from '../../src/base/limits.ts'
import { openDatabaseInline } from '../../src/db/database.ts'
import { deliver } from '../../src/delivery/deliver.ts'
import { messageIds } from '../../src/journal/message-id.ts'
import { MIGRATIONS } from '../../src/migrations.ts'
import type { DestinationName } from '../../src/queue/types.ts'
import { encodeSkeleton } from '../../src/syntax/mime/codec.ts'
import { SkeletonScanner } from '../../src/syntax/mime/scanner.ts'
import { writes } from '../../src/writes.ts'
import { makeMessage } from '../../test/support/message.ts'

export interface QueueFilling {
  readonly dataFolder: string
  readonly messages: number
  readonly sizeOctets: number
  readonly destination: string
  /** When they are tried first, milliseconds from now. */
  readonly dueInMs: number
}

export async function fillQueue(filling: QueueFilling): Promise<void> {
  const file = join(filling.dataFolder, 'mail.db')
  await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  const newId = messageIds(Date.now, 4711)
  const dueMs = Date.now() + filling.dueInMs
  for (let at = 0; at < filling.messages; at += AT_ONCE) {
    const count = Math.min(AT_ONCE, filling.messages - at)
    const all = Array.from({ length: count }, (_, index) =>
      database.write(deliver, argumentsFor(newId(), at + index, dueMs, filling)),
    )
    await Promise.all(all)
  }
}

const AT_ONCE = 500
const SENDER = 'sender@bench.test'

function argumentsFor(
  messageId: ReturnType<ReturnType<typeof messageIds>>,
  number: number,
  dueMs: number,
  { sizeOctets, destination }: QueueFilling,
) {
  const address = `user${number}@sink.test`
  const id = `queued-${number}@bench.test`
  const bodyOctets = sizeOctets - 400
  const octets = new Uint8Array(makeMessage({ id, from: SENDER, to: address, bodyOctets }))
  const scanner = new SkeletonScanner(DEFAULT_LIMITS.message)
  scanner.push(octets)
  return {
    blob: {
      hash: new Uint8Array(createHash('sha256').update(octets).digest()),
      sizeOctets: octets.length,
      createdMs: dueMs,
      skeleton: encodeSkeleton(scanner.finish()),
      ...{ octets, file: null },
    },
    ...{ copies: [], sentCopy: null, receivedMs: dueMs, lines: '' },
    queued: {
      ...{ messageId, prefix: new Uint8Array(0), sizeOctets: octets.length, sender: SENDER },
      ...{ login: null, eightBit: false, smtputf8: false, requireTls: false, ret: null },
      ...{ envelopeId: null, arrivedMs: dueMs, expiresMs: dueMs + 5 * 86_400_000 },
      delayNoticeMs: dueMs + 4 * 3_600_000,
      recipients: [
        {
          ...{
            address,
            parents: [],
            reversePath: null,
            notify: null,
            original: null,
            inNameOf: null,
          },
          destination: destination as DestinationName,
        },
      ],
    },
    limits: DEFAULT_LIMITS.mailbox,
    about: null,
    notice: null,
    sending: null,
  }
}
