/** Opens TLS IMAP connections, leaves them in IDLE, says so with a line, and waits for one to go on. */
import { once } from 'node:events'

import { ImapClient } from '../../test/support/imap-client.ts'

export interface IdleLoad {
  readonly port: number
  /** Connections for each account. */
  readonly perAccount: number
  readonly accounts: readonly string[]
  readonly password: string
  /** How many log in at once. */
  readonly parallel: number
}

if (import.meta.main) {
  const load = JSON.parse(process.argv[2] ?? '{}') as IdleLoad
  const waiting = Array.from({ length: load.perAccount }, () => load.accounts).flat()
  const open: ImapClient[] = []
  const opener = async () => {
    for (let account = waiting.pop(); account !== undefined; account = waiting.pop()) {
      const client = await ImapClient.login(load.port, account, load.password)
      await client.ok('SELECT INBOX')
      await client.idle()
      open.push(client)
    }
  }
  await Promise.all(Array.from({ length: load.parallel }, opener))
  process.stdout.write(`${open.length}\n`)
  await once(process.stdin, 'data')
  for (const client of open) client.connection.destroy()
  process.stdout.write('closed\n')
  process.stdin.unref()
}
