/** Wiring. The only file that knows every part; no part knows this file. */
import { join } from 'node:path'

import { startAlerts } from './alerting.ts'
import { alertDesk } from './alerts/desk.ts'
import type { Watch } from './alerts/watch.ts'
import { type Clock, systemClock } from './base/clock.ts'
import { messageOf } from './base/faults.ts'
import { type Random, systemRandom } from './base/random.ts'
import { ConfigFault } from './config/fault.ts'
import { LiveConfig } from './config/live.ts'
import type { Config, DiskConfig, ListenerConfig } from './config/types.ts'
import { type Administration, runUntyped, type Status } from './control/commands.ts'
import { dropFolderOf } from './control/drop-folder.ts'
import { lockFolder } from './control/lock.ts'
import type { QueueDesk } from './control/queue-desk.ts'
import { openControl } from './control/socket.ts'
import type { SubmissionDesk } from './control/submit-commands.ts'
import { type Database, openDatabase } from './db/database.ts'
import { LocalDelivery } from './delivery/delivery.ts'
import { DiskGuard, type DiskGuardOptions } from './delivery/disk-guard.ts'
import { SentPace } from './delivery/sent-pace.ts'
import type { Delivery } from './delivery/types.ts'
import { type DatabaseDirectory, openDirectory } from './directory/directory.ts'
import { DkimKeys } from './directory/dkim-keys.ts'
import { Seals } from './directory/sealed.ts'
import type { DirectoryAdmin } from './directory/types.ts'
import { categoryOf } from './diagnosis/event-error.ts'
import type { Resolver } from './dns/resolver.ts'
import { systemResolver } from './dns/system.ts'
import { messageIds, processPart } from './journal/message-id.ts'
import { EventCounters } from './log/counters.ts'
import { type Logs, openLogs } from './log/logs.ts'
import { Outbox } from './log/outbox.ts'
import { Listeners } from './listeners.ts'
import { localZone } from './local-zone.ts'
import { LoopWatch } from './loop-delay.ts'
import { MIGRATIONS } from './migrations.ts'
import type { BoundPort } from './net/listener.ts'
import type { Endpoint } from './net/types.ts'
import { startMonitoring } from './monitoring.ts'
import { noticeRefused } from './notices.ts'
import { openQueueDesk, openSubmission } from './queue-office.ts'
import { takeDropped } from './local-mail.ts'
import { openRelayOffice } from './relay-office.ts'
import { openQueue, outgoingOf, type Sending, type SendingParts } from './sending.ts'
import { isNameOf } from './smtp-client/ourselves.ts'
import { BlobFolder } from './store/blob-folder.ts'
import { DatabaseStore } from './store/store.ts'
import { remembering } from './remembering.ts'
import { startSampler } from './sampler.ts'
import { type Certificates, openCertificates } from './tls/certificates.ts'
import { keepSelfSigned } from './tls/self-signed.ts'
import { startUpkeep } from './upkeep.ts'
import { type KeeperOptions, startKeeper } from './trace/index/keeper.ts'
import { TRACE_FILE } from './trace/index/place.ts'
import { VERSION } from './version.ts'
import { addAccount, removeAccount } from './writes.ts'
import { noteOf, panicOf } from './journal/plain.ts'

/** What a test replaces, and what only some starts have. Everything else is the production object. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  /** Ports bound beforehand, by listener name; the others are bound here. */
  readonly ports: ReadonlyMap<string, BoundPort>
  /** `waybill dev`: the account that gets all mail to other domains. */
  readonly catchOutside: string | null
  /** Where users of this machine leave mail, made beforehand; null: nowhere. */
  readonly dropFolder: string | null
  /** In commands, so that they mean this server: ` --config FILE`; nothing: they do without. */
  readonly sameServer: string
  /** Null: what /etc/resolv.conf names. */
  readonly resolver: Resolver | null
  readonly diagnostics: Diagnostics
  /** Called with everything open but the ports, which open when it is done. */
  readonly prepare: (directory: DirectoryAdmin) => Promise<void>
  /** Reads the configuration again, for `waybill reload`. @throws when it is wrong */
  readonly readConfig: () => Config
  /** Somebody asked over the control socket that the server stops. */
  readonly onStop: () => void
  /** The store failed: nothing can be accepted any more until a restart. */
  readonly onFailure: (why: string) => void
}

/** For whoever looks after the server, on stderr. */
export interface Diagnostics {
  info(text: string): void
  warn(text: string): void
  /** Something is wrong with us: with its stack. */
  error(text: string, error?: unknown): void
}

export interface Server extends AsyncDisposable {
  readonly store: DatabaseStore
  readonly directory: DatabaseDirectory
  readonly delivery: Delivery
  /** Where each listener is bound: a test configures port 0 and reads the port here. */
  readonly addresses: ReadonlyMap<string, Endpoint>
  /** Of health and metrics; null: not served. */
  readonly httpPort: number | null
  /** Whether its main parts go on, for whoever restarts it when they do not. */
  readonly vitals: Vitals
  /**
   * Takes over what can change while running: limits, certificates, listeners.
   * @throws Error when it cannot; then everything is as before
   */
  reload(config: Config): Promise<void>
}

export interface Vitals {
  readonly database: Pick<Database, 'waiting' | 'commits' | 'failure'>
  readonly loop: Pick<LoopWatch, 'delay'>
}

/**
 * Starts everything in dependency order. Disposing stops it in the reverse order: listeners first
 * (no new work, work in hand ends), then the log, then the store. If a part fails to start, the
 * parts already started are disposed before the error leaves here.
 */
export async function startServer(config: Config, world: Partial<World> = {}): Promise<Server> {
  const given = { ...ORDINARY_WORLD, ...world }
  const live = new LiveConfig(config)
  await using starting = new AsyncDisposableStack()
  // Ours from here on: a start that fails closes them too.
  for (const port of given.ports.values()) starting.use(port)
  starting.use(lockFolder(config.dataFolder))
  const parts = await openParts(live, given, starting)
  const certificates = starting.use(openTls(config, given))
  const { logs } = parts
  const serving = { ...parts, ...given, certificates, config: live.current, journal: logs }
  const listeners = starting.use(new Listeners(serving))
  await given.prepare(parts.directory)
  await listeners.open(config.listeners, given.ports)
  await parts.queue?.start()
  if (parts.queue !== undefined) parts.office.routing.start()

  const reload = async (next: Config) => {
    refuseMoving(live.current, next)
    const useCertificates = certificates.prepare(certificatePairs(next))
    await listeners.change(next.listeners)
    useCertificates()
    live.replace(next)
    given.diagnostics.info('the configuration was read again and is in force')
  }
  const startedMs = given.clock.nowMs()
  const readAgain = async () => await reload(given.readConfig())
  const watch = starting.use(startAlerts(live, given, parts, startedMs))
  const administration = administrationOf(parts, { listeners, startedMs, readAgain, watch }, given)
  starting.use(
    await openControl({
      folder: config.dataFolder,
      run: (command, args) => runUntyped(administration, command, args),
      report: given.diagnostics.warn,
    }),
  )
  starting.use(takeDropped(live, given, parts))
  const monitoring = starting.use(
    await startMonitoring(config, {
      ...{ ...parts, certificates, clock: given.clock, startedMs },
      alerts: () => (live.current.alerts.enabled ? (watch?.alerts ?? null) : null),
      connections: () => listeners.connections,
    }),
  )
  note(
    logs,
    given.clock,
    'start',
    `daemon started: pid=${process.pid}, ${listening(config, listeners)}`,
  )
  const running = starting.move()
  return {
    store: parts.store,
    directory: parts.directory,
    delivery: parts.delivery,
    get addresses() {
      return listeners.addresses
    },
    httpPort: monitoring.port,
    vitals: parts,
    reload,
    [Symbol.asyncDispose]: async () => {
      note(logs, given.clock, 'stop', `daemon stopped: pid=${process.pid}`)
      await running.disposeAsync()
    },
  }
}

interface Running {
  readonly listeners: Listeners
  readonly startedMs: number
  readonly readAgain: () => Promise<void>
  readonly watch: Watch | undefined
}

/** What commands can ask for and change. */
function administrationOf(
  parts: Parts,
  { listeners, startedMs, readAgain, watch }: Running,
  { onStop, clock }: Pick<World, 'onStop' | 'clock'>,
): Administration {
  const { database, loop, directory, dkim, outbound, desk, submission, office } = parts
  return {
    ...{ directory, dkim, outbound, queue: desk, submission, ...office },
    remember: remembering(database, clock),
    alerts: alertDesk({ database, clock, watch }),
    server: {
      sessions: () => listeners.sessions(MOST_SESSIONS),
      status: () => statusOf({ database, loop, listeners, startedMs }),
      reload: readAgain,
      // The answer to whoever asked goes out first.
      stop: () => void setImmediate(onStop),
    },
  }
}

export interface Parts {
  readonly database: Database
  readonly store: DatabaseStore
  readonly directory: DatabaseDirectory
  readonly dkim: DkimKeys
  readonly office: ReturnType<typeof openRelayOffice>
  readonly delivery: Delivery
  /** How much users may send to other servers. */
  readonly outbound: SentPace
  readonly logs: Logs
  /** How often each kind of event happened since the start. */
  readonly counters: EventCounters
  readonly guard: DiskGuard
  /** For the operator: a sentence. */
  readonly report: (text: string) => void
  /** Undefined in dev mode: nothing leaves. */
  readonly queue: Sending | undefined
  readonly desk: QueueDesk
  readonly submission: SubmissionDesk
  readonly loop: LoopWatch
}

/** Where everything is written. */
async function openKeeping(live: LiveConfig, world: World, stack: AsyncDisposableStack) {
  const { clock, diagnostics } = world
  const { dataFolder, disk, log } = live.current
  const report = (text: string) => diagnostics.warn(text)
  const zone = localZone()
  const logFolder = join(dataFolder, 'log')
  const counters = new EventCounters({ zone, reasonOf: categoryOf })
  const logs = stack.use(
    await openLogs({ folder: logFolder, clock, rotation: log, zone, report, counters }),
  )
  const panic = (text: string) => {
    diagnostics.error(text)
    logs.record(panicOf(clock.nowMs(), text))
  }
  // The guard reads these at every check, so that a reload reaches it.
  const guardOptions = Object.assign<DiskConfig, Omit<DiskGuardOptions, keyof DiskConfig>>(
    Object.create(disk),
    { dataFolder, clock, report: panic },
  )
  const guard = new DiskGuard(guardOptions)
  const blobs = new BlobFolder(dataFolder)
  await blobs.open()
  const database = stack.use(
    await openDatabase({
      file: join(dataFolder, 'mail.db'),
      migrations: MIGRATIONS,
      writesModule: new URL('./writes.ts', import.meta.url),
      releaseBallast: guard.release,
    }),
  )
  database.onFailure((why) => {
    panic(`the store failed and takes nothing more until a restart: ${why}`)
    world.onFailure(why)
  })
  const outbound = new SentPace({ database, clock, limits: live.current.limits })
  const loop = stack.use(new LoopWatch(clock))
  return { report, panic, zone, logFolder, logs, counters, guard, blobs, database, outbound, loop }
}

async function openParts(
  live: LiveConfig,
  world: World,
  stack: AsyncDisposableStack,
): Promise<Parts> {
  const { clock, diagnostics } = world
  const { dataFolder, limits } = live.current
  const keeping = await openKeeping(live, world, stack)
  const { report, panic, zone, logFolder, logs, counters, guard, blobs, database } = keeping
  const directory = await openDirectory({
    database,
    clock,
    limits: limits.auth,
    catchOutside: world.catchOutside,
    isThisServer: (domain) => isNameOf(live.current.hostName, domain),
    addAccount,
    removeAccount,
    onRemoved: ({ files }) => {
      store.watchers.announceAll()
      void removeFiles(blobs, files)
    },
  })
  const trusted = () => live.current.outgoing.trustedResolvers
  const resolver = world.resolver ?? systemResolver({ clock, random: world.random, trusted })
  const office = openRelayOffice({
    ...{ config: live.current, database, directory, clock, resolver, report },
    wake: (destinations) => queue?.runner.wake(destinations),
  })
  stack.use(office.routing)
  const dkim = new DkimKeys({ database, clock, seals: new Seals(dataFolder) })
  const store = new DatabaseStore({ database, blobs, limits: limits.mailbox, clock })
  const outbox = new Outbox({
    ...{ database, log: logs.mainlog, folder: logFolder, zone, clock, report, counters },
  })
  const late = await outbox.recover()
  if (late > 0) diagnostics.info(`${late} log lines of the last run were written now`)
  stack.use(outbox)
  const sending: SendingParts = {
    ...{ live, clock, random: world.random, resolver, database, blobs, outbox, logs, directory },
    ...{ relays: office.relays, dkim, report, alarm: panic },
  }
  const onRefused = (why: string) => panic(noticeRefused(why))
  let queue: Sending | undefined
  const delivery = new LocalDelivery({
    database,
    blobs,
    watchers: store.watchers,
    outbox,
    guard,
    clock,
    limits,
    directory,
    newMessageId: messageIds(clock.nowMs, processPart(world.random.octets(6))),
    telling: { hostName: () => live.current.hostName, onRefused },
    sending:
      world.catchOutside === null
        ? outgoingOf(sending, (destinations) => {
            queue?.runner.wake(destinations)
            office.routing.arrived()
          })
        : null,
  })
  if (world.catchOutside === null) queue = stack.use(openQueue(sending, delivery))
  const desk = openQueueDesk({
    ...{ database, blobs, clock, directory, delivery, outbox, resolver, runner: queue?.runner },
    hostName: () => live.current.hostName,
    relays: () => office.relays.relays(),
    onRefused,
  })
  const submission = openSubmission(live, { clock, directory, delivery })
  startJobs(live, clock, keeping, stack)
  return { ...keeping, store, directory, dkim, office, delivery, queue, desk, submission }
}

/** What goes on beside the mail. */
function startJobs(
  live: LiveConfig,
  clock: Clock,
  keeping: Awaited<ReturnType<typeof openKeeping>>,
  stack: AsyncDisposableStack,
): void {
  const { database, blobs, guard, counters, loop, report } = keeping
  const { dataFolder } = live.current
  stack.use(startUpkeep({ database, blobs, guard, clock, report }))
  stack.use(
    startSampler({
      database,
      clock,
      dataFolder,
      counters,
      loopDelayMs: () => loop.delay.p99Ms,
      report,
    }),
  )
  stack.use(startIndex(live, { clock, report, hasRoom: guard.hasRoom }))
}

function startIndex(
  live: LiveConfig,
  world: Pick<KeeperOptions, 'clock' | 'report' | 'hasRoom'>,
): AsyncDisposable {
  const { dataFolder } = live.current
  return startKeeper({
    ...world,
    file: join(dataFolder, TRACE_FILE),
    folder: join(dataFolder, 'log'),
    workerModule: new URL('./index-worker.ts', import.meta.url),
    keepDays: () => live.current.log.traceDays,
  })
}

function openTls(config: Config, { diagnostics, catchOutside }: World): Certificates {
  const pairs = certificatePairs(config)
  if (config.tls.certificates.length === 0 && catchOutside === null)
    diagnostics.info('TLS has a self-signed certificate; tls.certificates takes real ones')
  return openCertificates({ pairs, report: (text) => diagnostics.warn(text) })
}

function certificatePairs({ tls, dataFolder, hostName }: Config) {
  if (tls.certificates.length > 0) return tls.certificates
  const hosts = [...new Set([hostName, 'localhost', '127.0.0.1', '::1'])]
  return [keepSelfSigned(join(dataFolder, 'tls'), hosts)]
}

function refuseMoving(now: Config, next: Config): void {
  const moved = (['dataFolder', 'user', 'group'] as const).find((name) => now[name] !== next[name])
  if (moved !== undefined)
    throw new ConfigFault(
      `${moved === 'dataFolder' ? 'data_folder' : moved} cannot change while the server runs: restart it`,
    )
  if (dropFolderOf(now) !== dropFolderOf(next))
    throw new ConfigFault(
      'sendmail.users and drop_folder cannot change while the server runs: restart it',
    )
}

function statusOf({ database, loop, listeners, startedMs }: StatusParts): Status {
  return {
    processId: process.pid,
    version: VERSION,
    startedMs,
    listeners: listeners.status(),
    writesWaiting: database.waiting,
    commits: database.commits,
    loopDelay: loop.delay,
    memoryOctets: process.memoryUsage.rss(),
  }
}

interface StatusParts extends Pick<Parts, 'database' | 'loop'> {
  readonly listeners: Listeners
  readonly startedMs: number
}

/** So many connections of a listener are named; all are counted. */
const MOST_SESSIONS = 5000

/** Exim's way to say where it listens. */
function listening(config: Config, listeners: Listeners): string {
  const places = config.listeners.map((listener: ListenerConfig) => {
    const at = listeners.addresses.get(listener.name)
    return `${listener.protocol.toUpperCase()} on [${at?.address}]:${at?.port}`
  })
  return `listening for ${places.join(' ')}`
}

function note(logs: Logs, clock: Clock, topic: 'start' | 'stop', text: string): void {
  logs.record(noteOf(clock.nowMs(), topic, `Waybill ${VERSION} ${text}`))
}

async function removeFiles(blobs: BlobFolder, files: readonly string[]): Promise<void> {
  for (const file of files) await blobs.remove(file)
}

const ORDINARY_WORLD: World = {
  clock: systemClock,
  random: systemRandom,
  ports: new Map(),
  catchOutside: null,
  dropFolder: null,
  sameServer: '',
  resolver: null,
  diagnostics: {
    info: () => {},
    warn: () => {},
    error: (text, error) => process.stderr.write(`${text} ${messageOf(error)}\n`),
  },
  prepare: async () => {},
  readConfig: () => {
    throw new ConfigFault('this server was started without a configuration file')
  },
  onStop: () => {},
  onFailure: () => {},
}
