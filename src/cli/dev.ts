import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Command, InvalidArgumentError } from 'commander'

import { makeFolder } from '../base/make-folder.ts'
import { configFrom } from '../config/load.ts'
import type { Config, ListenerConfig } from '../config/types.ts'
import type { DirectoryAdmin } from '../directory/types.ts'
import { lockFolder } from '../control/lock.ts'
import { openPort, openPorts, PortFault } from '../listeners.ts'
import { type Cli, commonOptions, DEV_FILE, DEV_FOLDER, DEV_OUTBOX } from './cli.ts'
import { diagnosticsTo } from './diagnostics.ts'
import { UsageFault } from './faults.ts'
import { writeGreeting, writeGreetingJson } from './greeting.ts'
import { runServer } from './run-server.ts'

const PORTS = [
  { name: 'smtp', protocol: 'smtp', tls: 'starttls', port: 2525, option: 'smtpPort' },
  {
    name: 'submission',
    protocol: 'submission',
    tls: 'starttls',
    port: 2587,
    option: 'submissionPort',
  },
  {
    name: 'submissions',
    protocol: 'submission',
    tls: 'implicit',
    port: 2465,
    option: 'submissionsPort',
  },
  { name: 'imap', protocol: 'imap', tls: 'starttls', port: 2143, option: 'imapPort' },
  { name: 'imaps', protocol: 'imap', tls: 'implicit', port: 2993, option: 'imapsPort' },
] as const

type PortOption = (typeof PORTS)[number]['option']

const DOMAIN = 'example.test'
const ACCOUNTS = [`alice@${DOMAIN}`, `bob@${DOMAIN}`, DEV_OUTBOX]

/** `waybill dev`: a real server for one machine, ready in a second, from which nothing leaves. */
export function devCommand(cli: Cli): Command {
  const dev = new Command('dev')
  for (const { name, port } of PORTS)
    dev.option(`--${name}-port <port>`, `where ${name} listens`, portNumber, port)
  dev.addHelpText('after', HELP)
  return dev.action(async (options: Record<PortOption, number>, command: Command) => {
    const { data: dataFolder = DEV_FOLDER, json: isJson } = commonOptions(command)
    const config = devConfig(dataFolder, options)
    const diagnostics = diagnosticsTo('pretty')
    if (existsSync(config.dataFolder)) lockFolder(config.dataFolder)[Symbol.dispose]()
    // Before anything is made: a busy port leaves nothing behind.
    await using opening = new AsyncDisposableStack()
    const open = async (listener: ListenerConfig) => opening.use(await openPort(listener))
    const ports = await openPorts(config.listeners, open).catch(nameOption)
    const passwords = keepPasswords(config.dataFolder)
    opening.move() // The server closes them from here on.
    process.exitCode = await runServer({
      config,
      diagnostics,
      readConfig: undefined,
      world: {
        ports,
        catchOutside: DEV_OUTBOX,
        prepare: (directory) => makeAccounts(directory, passwords),
      },
      onReady: ({ addresses }) =>
        (isJson ? writeGreetingJson : writeGreeting)(cli.out, {
          config,
          passwords: passwords.all,
          addresses,
          launcher: launcher(),
        }),
      onStopping: () => {},
    })
  })
}

const HELP = `
For a test: a folder of its own, free ports, and one line of JSON once it is ready.
  waybill dev --json --data /tmp/mail --smtp-port 0 --submission-port 0 --submissions-port 0 \\
    --imap-port 0 --imaps-port 0`

function devConfig(dataFolder: string, ports: Record<PortOption, number>): Config {
  const source = { kind: 'option', name: '--data' } as const
  const { config } = configFrom(null, [{ key: 'data_folder', value: dataFolder, source }])
  const listeners: ListenerConfig[] = PORTS.map(({ name, protocol, tls, option }) => ({
    name,
    protocol,
    tls,
    address: '127.0.0.1',
    port: ports[option],
  }))
  const disk = { minFreePercent: 0, minFreeOctets: 50_000_000, ballastOctets: 0 }
  return { ...config, hostName: `mail.${DOMAIN}`, listeners, disk }
}

interface Passwords {
  /** Address → password. */
  readonly all: ReadonlyMap<string, string>
  /** Addresses whose password was made up just now: an account that is there gets it too. */
  readonly fresh: ReadonlySet<string>
}

/** Made up once, and kept with the data. */
function keepPasswords(dataFolder: string): Passwords {
  const file = join(dataFolder, DEV_FILE)
  const kept = existsSync(file) ? readPasswords(file) : {}
  const fresh = new Set(ACCOUNTS.filter((address) => kept[address] === undefined))
  const all = new Map(
    ACCOUNTS.map((address) => [address, kept[address] ?? randomBytes(9).toString('base64url')]),
  )
  if (fresh.size > 0) {
    makeFolder(dataFolder)
    const text = JSON.stringify({ passwords: Object.fromEntries(all) }, null, 2)
    writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  return { all, fresh }
}

function readPasswords(file: string): Record<string, string | undefined> {
  try {
    const { passwords }: { passwords: Record<string, string> } = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    return passwords ?? {}
  } catch {
    throw new UsageFault(`${file} is damaged: remove it, and new passwords are made`)
  }
}

async function makeAccounts(directory: DirectoryAdmin, { all, fresh }: Passwords): Promise<void> {
  if (!directory.domains().some(({ name }) => name === DOMAIN)) await directory.addDomain(DOMAIN)
  const making = [...all].map(async ([address, password]) => {
    if (directory.findAccount(address) === undefined)
      await directory.addAccount(address, { password, quotaOctets: null, enabled: true })
    else if (fresh.has(address)) await directory.setAccount(address, { password })
  })
  await Promise.all(making)
}

/** How to call this program from the current folder. */
function launcher(): string {
  const whole = fileURLToPath(new URL('../../bin/waybill', import.meta.url))
  const path = relative('.', whole)
  return path.startsWith('..') ? whole : path
}

function nameOption(error: unknown): never {
  if (!(error instanceof PortFault)) throw error
  const { message, listener } = error
  throw new UsageFault(
    `${message}; choose another one with --${listener.name}-port, or end that program`,
  )
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535.')
  return port
}
