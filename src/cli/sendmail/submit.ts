/** Mail of a command, handed to the running server, or put into the queue of a folder without one. */
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DropEnvelope } from '../../control/drop-file.ts'
import type { LocalMailAccepted } from '../../control/submit-commands.ts'
import type { Office } from '../../office.ts'

/**
 * The message goes through a file: it may be larger than a request. The server deletes it.
 *
 * @param folder  the data folder
 * @param octets  the message, its lines ending in CRLF
 * @throws Refusal when a recipient goes nowhere; then nothing was sent
 */
export async function submit(
  office: Office,
  folder: string,
  octets: Uint8Array,
  envelope: DropEnvelope & { readonly user: string },
): Promise<LocalMailAccepted> {
  const file = `submit-${randomBytes(16).toString('hex')}`
  const path = join(folder, 'tmp', file)
  try {
    writeFileSync(path, octets, { flag: 'wx', mode: 0o600 })
    return await office.run('mail.submit', { ...envelope, file })
  } finally {
    rmSync(path, { force: true })
  }
}
