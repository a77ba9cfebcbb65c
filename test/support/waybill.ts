/**
 * The real server, as an operator runs it: `bin/waybill` in a process of its own, on free ports,
 * with its data in a folder that is removed afterwards.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { stringify } from 'smol-toml'

import { findFreePorts } from './free-ports.ts'
import { ImapClient } from './imap-client.ts'
import { type Ran, type RunOptions, run } from './programs.ts'
import { SmtpClient } from './smtp-client.ts'
import { makeTempFolder, type TempFolder } from './temp-folder.ts'

/** `WAYBILL_LAUNCHER` tests another installation. */
const LAUNCHER =
  process.env['WAYBILL_LAUNCHER'] ?? fileURLToPath(new URL('../../bin/waybill', import.meta.url))

/** What the configuration file may hold besides listeners and folders, by section. */
export type Settings = Readonly<Record<string, unknown>>

export interface WaybillOptions {
  /** `dev` starts with its own domain and accounts; `serve` (the default) with those given here. */
  readonly mode?: 'serve' | 'dev'
  /** Address → password. Their domains are added first. */
  readonly accounts?: Readonly<Record<string, string>>
  /** Alias → targets, as `waybill alias add` takes them. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>
  readonly settings?: Settings
  /** Where the data is kept; by default inside the temporary folder. Made when missing. */
  readonly dataFolder?: string
  /** A sixth listener: IMAP that never has TLS, to compare with servers that have none. */
  readonly plainImap?: boolean
  /** A program and its arguments that starts the server: `unshare`, `ip netns exec`. */
  readonly within?: readonly string[]
  /** False makes folder and configuration, and starts nothing. */
  readonly start?: boolean
}

export interface Ports {
  readonly smtp: number
  /** STARTTLS. */
  readonly submission: number
  readonly submissions: number
  /** STARTTLS. */
  readonly imap: number
  readonly imaps: number
  /** 0 when there is none. */
  readonly imapPlain: number
}

/** A machine that is busy with other tests may need long. */
const START_PATIENCE_MS = 30_000
const STOP_PATIENCE_MS = 30_000

/** Loopback clients are many, disks of test machines are small, tests do not wait, and count their mail. */
const TEST_SETTINGS: Settings = {
  alerts: { enabled: false },
  disk: { min_free_percent: 0, min_free_size: '1 MiB', ballast_size: '1 MiB' },
  limits: {
    smtp: { auth_failure_delay: '100 ms' },
    connection: {
      max_per_net: [100_000, 100_000, 100_000],
      new_per_minute_per_net: [1_000_000, 1_000_000, 1_000_000],
    },
  },
}

export class Waybill implements AsyncDisposable {
  readonly folder: string
  readonly dataFolder: string
  readonly configFile: string
  readonly ports: Ports
  readonly mode: 'serve' | 'dev'
  /** Address → password. */
  readonly passwords = new Map<string, string>()
  /** What the process printed, both streams together, of all starts. */
  output = ''
  readonly #temp: TempFolder
  readonly #within: readonly string[]
  #child: ChildProcess | null = null
  #exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }> | null = null

  constructor(temp: TempFolder, ports: Ports, options: WaybillOptions) {
    this.#temp = temp
    this.folder = temp.path
    this.ports = ports
    this.mode = options.mode ?? 'serve'
    this.#within = options.within ?? []
    this.dataFolder = options.dataFolder ?? join(temp.path, 'data')
    this.configFile = join(temp.path, 'waybill.toml')
    mkdirSync(this.dataFolder, { recursive: true, mode: 0o700 })
    this.configure(options.settings ?? {})
  }

  /** Writes the configuration file anew. A running server sees it after SIGHUP or a restart. */
  configure(settings: Settings): void {
    const { ports } = this
    const listener = (name: string, protocol: string, port: number, tls: string) => ({
      name,
      protocol,
      address: '127.0.0.1',
      port,
      tls,
    })
    const file = merge(
      {
        host_name: 'mail.example.test',
        data_folder: this.dataFolder,
        listeners: [
          listener('smtp', 'smtp', ports.smtp, 'starttls'),
          listener('submission', 'submission', ports.submission, 'starttls'),
          listener('submissions', 'submission', ports.submissions, 'implicit'),
          listener('imap', 'imap', ports.imap, 'starttls'),
          listener('imaps', 'imap', ports.imaps, 'implicit'),
          ...(ports.imapPlain > 0 ? [listener('plain', 'imap', ports.imapPlain, 'none')] : []),
        ],
      },
      merge(TEST_SETTINGS, settings),
    )
    writeFileSync(this.configFile, stringify(file))
  }

  get pid(): number {
    const pid = this.#child?.pid
    assert.ok(pid !== undefined, 'the server was not started')
    return pid
  }

  /** Resolves when the process has ended. */
  get exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    assert.ok(this.#exit, 'the server was not started')
    return this.#exit
  }

  /** Starts the process and waits until every port answers. */
  async start(): Promise<void> {
    this.launch()
    await this.listening()
    if (this.mode === 'dev') this.#readDevPasswords()
  }

  /** Starts the process and does not wait. */
  launch(): void {
    const args = this.mode === 'dev' ? this.#devArguments() : ['serve', '--config', this.configFile]
    const [program = LAUNCHER, ...rest] = [...this.#within, LAUNCHER, ...args]
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder })
    const note = (chunk: Buffer) => {
      this.output += chunk.toString()
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    this.#child = child
    this.#exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  }

  /** Waits for the greeting of every port without implicit TLS: then the others are open too. */
  async listening(): Promise<void> {
    const deadline = Date.now() + START_PATIENCE_MS
    for (const port of [this.ports.smtp, this.ports.submission, this.ports.imap]) {
      while (!(await hasGreeting(port))) {
        const child = this.#child
        if (!child || child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`the server ended before it listened:\n${this.output}`)
        }
        if (Date.now() > deadline) {
          throw new Error(`port ${port} is not open after ${START_PATIENCE_MS} ms:\n${this.output}`)
        }
        await sleep(10)
      }
    }
  }

  /** SIGTERM, and waits for the end. */
  async stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.signal('SIGTERM')
    return this.#ended()
  }

  /** Has the process ended, or does it end within this time? */
  async hasEnded(withinMs: number): Promise<boolean> {
    const timer = new AbortController()
    const late = sleep(withinMs, false, { signal: timer.signal }).catch(() => false)
    const ended = await Promise.race([this.exited.then(() => true), late])
    timer.abort()
    return ended
  }

  /** SIGKILL: a crash. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#ended()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** `waybill ARGUMENTS` for this server, to its end. */
  async cli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const which = this.mode === 'dev' ? ['--data', this.dataFolder] : ['--config', this.configFile]
    return run(LAUNCHER, [...args, ...which], { cwd: this.folder, ...options })
  }

  /** A command that must succeed; its standard output. */
  async cliOk(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const ran = await this.cli(args, options)
    assert.equal(ran.status, 0, `waybill ${args.join(' ')}: ${ran.stderr}${ran.stdout}`)
    return ran.stdout
  }

  async addAccount(
    address: string,
    password: string,
    ...options: readonly string[]
  ): Promise<void> {
    await this.cliOk(['account', 'add', address, ...options], { input: `${password}\n` })
    this.passwords.set(address, password)
  }

  async addAlias(address: string, targets: readonly string[]): Promise<void> {
    await this.cliOk(['alias', 'add', address, ...targets])
  }

  /** The text of a log file; '' when it is not there. */
  log(name: 'mainlog' | 'rejectlog' | 'authlog' | 'paniclog'): string {
    const file = join(this.dataFolder, 'log', name)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** Waits until a log holds a match, and returns it: lines may be written a moment after a reply. */
  async logged(name: Parameters<Waybill['log']>[0], pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + 10_000
    for (;;) {
      const found = pattern.exec(this.log(name))
      if (found) return found
      if (Date.now() > deadline) assert.fail(`${name} has no ${pattern}:\n${this.log(name)}`)
      await sleep(20)
    }
  }

  passwordOf(address: string): string {
    const password = this.passwords.get(address)
    assert.ok(password !== undefined, `${address} is not an account of this test`)
    return password
  }

  /** A session on the port for other servers, after EHLO. */
  async smtp(): Promise<SmtpClient> {
    return SmtpClient.open(this.ports.smtp)
  }

  /** A session on the TLS submission port, logged in. */
  async submission(address: string): Promise<SmtpClient> {
    const client = await SmtpClient.open(this.ports.submissions, { tls: true })
    await client.login(address, this.passwordOf(address))
    return client
  }

  /** A session on the TLS IMAP port, logged in. */
  async imap(address: string): Promise<ImapClient> {
    return ImapClient.login(this.ports.imaps, address, this.passwordOf(address))
  }

  /** Ends what still runs, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
      await this.#exit
      clearTimeout(timer)
    }
    this.#temp[Symbol.dispose]()
  }

  #devArguments(): string[] {
    const { smtp, submission, submissions, imap, imaps } = this.ports
    const ports = { smtp, submission, submissions, imap, imaps }
    const options = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, `${port}`])
    return ['dev', '--data', this.dataFolder, ...options]
  }

  #readDevPasswords(): void {
    const text = readFileSync(join(this.dataFolder, 'dev.json'), 'utf8')
    const { passwords } = JSON.parse(text) as { passwords: Record<string, string> }
    for (const [address, password] of Object.entries(passwords)) {
      this.passwords.set(address, password)
    }
  }

  async #ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const timer = setTimeout(() => this.signal('SIGABRT'), STOP_PATIENCE_MS)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A server with its accounts and aliases, running unless `start` is false. */
export async function startWaybill(options: WaybillOptions = {}): Promise<Waybill> {
  const [smtp = 0, submission = 0, submissions = 0, imap = 0, imaps = 0, plain = 0] =
    await findFreePorts(6)
  const imapPlain = options.plainImap ? plain : 0
  const ports = { smtp, submission, submissions, imap, imaps, imapPlain }
  await using stack = new AsyncDisposableStack()
  const waybill = stack.use(new Waybill(makeTempFolder(), ports, options))
  const accounts = Object.entries(options.accounts ?? {})
  const domains = new Set(
    [...accounts.map(([address]) => address), ...Object.keys(options.aliases ?? {})].map(
      (address) => address.split('@')[1] ?? '',
    ),
  )
  for (const domain of domains) await waybill.cliOk(['domain', 'add', domain])
  for (const [address, password] of accounts) await waybill.addAccount(address, password)
  for (const [alias, targets] of Object.entries(options.aliases ?? {})) {
    await waybill.addAlias(alias, targets)
  }
  if (options.start !== false) await waybill.start()
  stack.move()
  return waybill
}

/** Does a mail server on this port of loopback say something? */
export async function hasGreeting(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'data')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Tables are merged, everything else is replaced. */
function merge(base: Settings, over: Settings): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isTable(below) && isTable(value) ? merge(below, value) : value
  }
  return merged
}

function isTable(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
