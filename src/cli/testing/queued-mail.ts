/** Mail in the queue of a data folder, as if a server had accepted it. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { openDatabaseInline } from '../../db/database.ts'
import { writeTable } from '../../db/group-commit.ts'
import { defineWrite, type Steps } from '../../db/statement.ts'
import type { MessageId } from '../../journal/event.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { enqueue } from '../../queue/enqueue.ts'
import type { NewQueued, NewRecipient, DestinationName } from '../../queue/types.ts'
import { insertBlob } from '../../store/blobs.ts'

const HOUR_MS = 3_600_000
let made = 0

export interface QueuedMail {
  readonly recipients: readonly string[]
  readonly sender?: string | null
  readonly ageMs?: number
  readonly text?: string
  /** Instead of the MX of each recipient's domain. */
  readonly destination?: string
}

const accept = defineWrite(
  'acceptForTest',
  function* ({ queued, octets }: { queued: NewQueued; octets: Uint8Array }): Steps<null> {
    const blobId = yield* insertBlob({
      hash: new Uint8Array(createHash('sha256').update(octets).digest()),
      sizeOctets: octets.length,
      createdMs: queued.arrivedMs,
      skeleton: '',
      octets,
      file: null,
    })
    yield* enqueue(queued, blobId)
    return null
  },
)

/** Gives the ids of the messages. No server may run on the folder. */
export async function queueMail(
  dataFolder: string,
  mails: readonly QueuedMail[],
): Promise<readonly MessageId[]> {
  const file = join(dataFolder, 'mail.db')
  const writes = writeTable([accept])
  await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  const ids: MessageId[] = []
  for (const mail of mails) {
    const queued = queuedOf(mail)
    const octets = Buffer.from(mail.text ?? TEXT)
    await database.write(accept, { queued: { ...queued, sizeOctets: octets.length }, octets })
    ids.push(queued.messageId)
  }
  return ids
}

export const TEXT = 'Subject: Hello\r\nFrom: jane@example.com\r\n\r\nFirst line\r\n'

function queuedOf({ recipients, sender = 'jane@example.com', ageMs = 0, destination }: QueuedMail) {
  const arrivedMs = Date.now() - ageMs
  const messageId = `1vnYk2-${String(++made).padStart(11, '0')}-1EaB` as MessageId
  const all = recipients.map((address): NewRecipient => {
    const mx = `mx:${address.slice(address.indexOf('@') + 1)}`
    return {
      ...{ address, parents: [], reversePath: null, notify: null, original: null, inNameOf: null },
      destination: (destination ?? mx) as DestinationName,
    }
  })
  return {
    ...{ messageId, prefix: new Uint8Array(0), sizeOctets: 0, sender, login: null },
    ...{ eightBit: false, smtputf8: false, requireTls: false, ret: null, envelopeId: null },
    ...{ arrivedMs, expiresMs: arrivedMs + 120 * HOUR_MS, delayNoticeMs: null, recipients: all },
  }
}
