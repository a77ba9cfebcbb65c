/** The listeners of a running server: opened together, changed by a reload, closed together. */
import type { Clock } from './base/clock.ts'
import { messageOf, OperatorFault, systemCodeOf } from './base/faults.ts'
import type { Random } from './base/random.ts'
import type { Config, ListenerConfig } from './config/types.ts'
import type { SentPace } from './delivery/sent-pace.ts'
import type { Delivery } from './delivery/types.ts'
import type { Credentials, Directory, LoginWatch } from './directory/types.ts'
import { acceptImap } from './imap-server/accept.ts'
import { UserSlots } from './imap-server/user-slots.ts'
import type { Journal } from './journal/event.ts'
import { Admission } from './net/admission.ts'
import { LoginGuard } from './net/login-guard.ts'
import { Occupancy } from './net/occupancy.ts'
import { type BoundPort, bindPort, type Listener, listen } from './net/listener.ts'
import type { AcceptStream, Endpoint } from './net/types.ts'
import type { Diagnostics } from './server.ts'
import { acceptSmtp } from './smtp-server/accept.ts'
import type { Store } from './store/types.ts'
import type { Logins } from './syntax/sasl/credentials.ts'
import type { TlsContexts } from './tls/certificates.ts'
import { VERSION } from './version.ts'

export interface ListenersOptions {
  /** Read at every use: a reload changes what is inside. */
  readonly config: Config
  readonly certificates: TlsContexts
  readonly directory: Directory & Credentials & LoginWatch
  readonly store: Store
  readonly delivery: Delivery
  /** How much users may send to other servers. */
  readonly outbound: SentPace
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  readonly catchOutside: string | null
  readonly diagnostics: Diagnostics
}

/** A port could not be opened; the message names it and says why. */
export class PortFault extends OperatorFault {
  override readonly name = 'PortFault'
  readonly listener: ListenerConfig

  constructor(listener: ListenerConfig, error: unknown) {
    super(portSentence(listener, error), { cause: error })
    this.listener = listener
  }
}

/** @throws PortFault */
export async function openPort(listener: ListenerConfig): Promise<BoundPort> {
  try {
    return await bindPort({ address: listener.address, port: listener.port })
  } catch (error) {
    throw new PortFault(listener, error)
  }
}

/** All of them or none. @throws PortFault */
export async function openPorts(
  listeners: readonly ListenerConfig[],
  open: (listener: ListenerConfig) => Promise<BoundPort> = openPort,
): Promise<ReadonlyMap<string, BoundPort>> {
  await using opening = new AsyncDisposableStack()
  const ports = new Map<string, BoundPort>()
  for (const listener of listeners) ports.set(listener.name, opening.use(await open(listener)))
  opening.move()
  return ports
}

export class Listeners implements AsyncDisposable {
  readonly #options: ListenersOptions
  readonly #open = new Map<string, { config: ListenerConfig; listener: Listener }>()
  readonly #closing = new Set<Promise<void>>()
  readonly #occupancy: Occupancy
  readonly #strangers: Admission
  readonly #users: Admission
  readonly #slots: UserSlots
  readonly #logins: LoginGuard

  constructor(options: ListenersOptions) {
    const { limits } = options.config
    this.#options = options
    this.#occupancy = new Occupancy(limits.connection)
    this.#strangers = this.#admission(1)
    this.#users = this.#admission(USERS_FACTOR)
    this.#slots = new UserSlots(limits.imap)
    this.#logins = new LoginGuard(options.directory, limits.auth, options.clock)
  }

  get addresses(): ReadonlyMap<string, Endpoint> {
    return new Map([...this.#open].map(([name, { listener }]) => [name, listener.address]))
  }

  status() {
    return [...this.#open].map(([name, { listener }]) => ({
      name,
      ...listener.address,
      connections: listener.connections,
    }))
  }

  /** Open connections, by listener. */
  get connections(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#open].map(([name, { listener }]) => [name, listener.connections]),
    )
  }

  /** What each connection is doing, of each listener at most so many. */
  sessions(most: number) {
    return [...this.#open].flatMap(([name, { listener }]) =>
      listener.sessions(most).map((session) => ({ ...session, listener: name })),
    )
  }

  /** Opens all or none. @throws PortFault */
  async open(
    configs: readonly ListenerConfig[],
    given: ReadonlyMap<string, BoundPort> = new Map(),
  ): Promise<void> {
    const ports = await openPorts(
      configs,
      async (config) => given.get(config.name) ?? (await openPort(config)),
    )
    for (const config of configs) {
      const port = ports.get(config.name)
      if (port !== undefined)
        this.#open.set(config.name, { config, listener: this.#listen(config, port) })
    }
  }

  /**
   * Opens what is new and closes what is gone; connections of a closed listener end their work.
   * @throws PortFault; then everything is as before, but for a listener that changed in place
   */
  async change(configs: readonly ListenerConfig[]): Promise<void> {
    const isSame = (a: ListenerConfig, b: ListenerConfig | undefined) =>
      b !== undefined && KEYS.every((key) => a[key] === b[key])
    const stays = (config: ListenerConfig) => isSame(config, this.#open.get(config.name)?.config)
    const gone = [...this.#open.values()].filter(
      ({ config }) => !configs.some((next) => isSame(next, config)),
    )
    const fresh = configs.filter((config) => !stays(config))
    // A port that only changes what it speaks must be free before it is opened again.
    const inTheWay = gone.filter(({ config }) =>
      fresh.some(({ address, port }) => address === config.address && port === config.port),
    )
    for (const { config } of inTheWay) this.#close(config.name)
    await this.open(fresh.filter(({ name }) => !this.#open.has(name)))
    for (const { config } of gone) {
      const { name } = config
      if (this.#open.get(name)?.config !== config) continue
      this.#close(name)
      await this.open(fresh.filter((next) => next.name === name))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#open.keys()]) this.#close(name)
    await Promise.all(this.#closing)
  }

  #close(name: string): void {
    const entry = this.#open.get(name)
    this.#open.delete(name)
    if (entry === undefined) return
    const closing = Promise.resolve(entry.listener[Symbol.asyncDispose]())
    this.#closing.add(closing)
    void closing.then(() => this.#closing.delete(closing))
  }

  #listen(config: ListenerConfig, port: BoundPort): Listener {
    const { clock, certificates, diagnostics } = this.#options
    const { connection: limits } = this.#options.config.limits
    return listen({
      name: config.name,
      port,
      tlsMode: config.tls,
      tls: config.tls === 'none' ? null : certificates,
      alpn: config.protocol === 'imap' ? 'imap' : null,
      limits,
      admission: config.protocol === 'smtp' ? this.#strangers : this.#users,
      clock,
      refusal: (why) => this.#refusal(config, why),
      accept: this.#acceptFor(config),
      report: (text) => diagnostics.info(text),
    })
  }

  #admission(factor: number): Admission {
    const { clock, config } = this.#options
    return new Admission(config.limits.connection, clock, factor, this.#occupancy)
  }

  #refusal({ protocol }: ListenerConfig, why: string): string {
    return protocol === 'imap'
      ? `* BYE [UNAVAILABLE] ${why}\r\n`
      : `421 4.7.0 ${this.#options.config.hostName} ${why}\r\n`
  }

  #acceptFor({ protocol, tls }: ListenerConfig): AcceptStream {
    const { config, directory, store, delivery, journal, clock, random } = this.#options
    const common = {
      limits: config.limits,
      delivery,
      journal,
      logins: {
        from: (address) => this.#logins.from(address),
        watchLogin: (identity, ended) => directory.watchLogin(identity, ended),
      } satisfies Logins,
      clock,
      random,
      tlsMode: tls,
      get hostName() {
        return config.hostName
      },
      reportError: (error: unknown, context: string) =>
        this.#options.diagnostics.error(context, error),
    }
    if (protocol === 'imap')
      return acceptImap(
        Object.assign(common, {
          store,
          softwareName: 'Waybill',
          softwareVersion: VERSION,
          // The configuration allows a listener without TLS on a loopback address only.
          plaintextLogin: tls === 'none',
        }),
        this.#slots,
      )
    return acceptSmtp(
      Object.assign(common, {
        role: protocol === 'smtp' ? ('mx' as const) : ('submission' as const),
        directory,
        catchOutside: this.#options.catchOutside !== null,
        outbound: this.#options.outbound,
        isStressed: () => this.#occupancy.isStressed,
      }),
    )
  }
}

/** Many people behind one address read their mail; only strangers come in swarms. */
const USERS_FACTOR = 5
const KEYS = ['name', 'protocol', 'address', 'port', 'tls'] as const

function portSentence({ name, address, port }: ListenerConfig, error: unknown): string {
  const code = systemCodeOf(error)
  const what = `port ${port} (listener "${name}")`
  if (code === 'EADDRINUSE') return `${what} is in use by another program`
  if (code === 'EACCES') return `${what} needs root, or a socket from systemd`
  if (code === 'EADDRNOTAVAIL') return `${what}: this machine has no address ${address}`
  return `${what} cannot be opened: ${messageOf(error)}`
}
