import { join, relative } from 'node:path'

import type { Config } from '../config/types.ts'
import { VERSION } from '../version.ts'
import { DEV_FOLDER, DEV_OUTBOX } from './cli.ts'
import { jsonText } from './json.ts'
import { paint, type Terminal, writeTable } from './table.ts'

export interface Greeting {
  readonly config: Config
  readonly passwords: ReadonlyMap<string, string>
  /** The ports that were opened, by listener. */
  readonly addresses: ReadonlyMap<string, { readonly port: number }>
  /** How to call Waybill from here. */
  readonly launcher: string
}

/** What `waybill dev` says when it is ready: what listens, who can log in, what to try. */
export function writeGreeting(
  out: Terminal,
  { config, passwords, addresses, launcher }: Greeting,
): void {
  const { dataFolder, listeners } = config
  const portOf = (name: string) => addresses.get(name)?.port
  const [[alice = '', password = ''] = []] = passwords
  const folder = relative('.', dataFolder)
  const given =
    folder === DEV_FOLDER ? '' : ` --data ${folder.startsWith('..') ? dataFolder : folder}`
  const rows: (readonly [string, string, string])[] = [
    ...listeners.map(
      ({ name, tls }) =>
        [name, `127.0.0.1:${portOf(name)}`, tls === 'implicit' ? 'TLS' : 'STARTTLS'] as const,
    ),
    ...[...passwords].map(
      ([address, secret]) => ['log in', address, `password ${secret}`] as const,
    ),
    ['send', SEND, ''],
    [
      '',
      `  smtp://127.0.0.1:${portOf('smtp')} --mail-from me@example.com --mail-rcpt ${alice}`,
      '',
    ],
    ['read', readWith(portOf('imaps'), alice, password), ''],
    ['ask', `${launcher} log${given}`, ''],
  ]
  out.write(
    `${paint(out, 'bold', `Waybill ${VERSION}`)} runs for trying out: mail for other domains ` +
      'than example.test\nis caught in outbox@example.test, and nothing leaves this machine.\n\n',
  )
  const wide = { ...out, columns: undefined }
  const short = rows.filter(([, , third]) => third !== '')
  const column = (index: 0 | 1 | 2) => ({
    heading: '',
    of: (row: readonly string[]) => row[index] ?? '',
  })
  writeTable([column(0), column(1), column(2)], short, wide)
  out.write('\n')
  writeTable([column(0), column(1)], rows.slice(short.length), wide)
  out.write(`\nData is in ${folder.startsWith('..') ? dataFolder : `./${folder}`}. Ctrl-C stops.\n`)
}

/** The same for a program, such as a test that has started it: one line. */
export function writeGreetingJson(out: Terminal, greeting: Greeting): void {
  const { config, passwords, addresses } = greeting
  const { dataFolder, listeners } = config
  const value = {
    version: VERSION,
    processId: process.pid,
    listeners: listeners.map(({ name, protocol, tls, address }) => {
      return { name, protocol, tls, address, port: addresses.get(name)?.port }
    }),
    accounts: [...passwords].map(([address, password]) => ({ address, password })),
    outbox: DEV_OUTBOX,
    certificate: join(dataFolder, 'tls', 'self-signed.crt'),
    dataFolder,
  }
  out.write(`${jsonText(value)}\n`)
}

/** In two lines: all of it fits into 100 columns. */
const SEND = "printf 'Subject: Hello\\n\\nIt works.\\n' | curl -s --crlf -T - \\"

function readWith(port: number | undefined, login: string, password: string): string {
  return `curl -sk 'imaps://127.0.0.1:${port}/INBOX;MAILINDEX=*' -u '${login}:${password}'`
}
