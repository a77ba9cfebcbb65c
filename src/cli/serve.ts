import { Command } from 'commander'

import { systemClock } from '../base/clock.ts'
import { OperatorFault } from '../base/faults.ts'
import { ConfigFault } from '../config/fault.ts'
import { loadConfig } from '../config/load.ts'
import { systemdSockets, watchdogMs } from '../config/systemd.ts'
import type { Config } from '../config/types.ts'
import { barrierAbove, dropFolderOf, makeDropFolder } from '../control/drop-folder.ts'
import { openPort, openPorts } from '../listeners.ts'
import { sameServer } from '../doctor/places.ts'
import { type BoundPort, bindPort } from '../net/listener.ts'
import type { Diagnostics, Server } from '../server.ts'
import { type Cli, commonOptions } from './cli.ts'
import { diagnosticsTo } from './diagnostics.ts'
import { becomeUser, idsOf } from './privileges.ts'
import { runServer } from './run-server.ts'
import { type Notify, notifyTo } from './systemd/notify.ts'
import { Watchdog } from './systemd/watchdog.ts'

/** `waybill serve`: the real thing. */
export function serveCommand(cli: Cli): Command {
  return new Command('serve').action(async (_options, command: Command) => {
    const diagnostics = diagnosticsTo(cli.errors.columns === undefined ? 'json' : 'pretty')
    const { config: configFile, data: dataFolder } = commonOptions(command)
    const read = () => loadConfig({ configFile, dataFolder })
    const loaded = read()
    const { config } = loaded
    // Ports first, as root; then the privileges go, before any thread is started.
    await using opening = new AsyncDisposableStack()
    const ports = await openAllPorts(config, opening, diagnostics)
    const dropFolder = prepareDrop(config, diagnostics)
    if (config.user !== null) becomeUser(config.user, config.group, config.dataFolder)
    else warnAboutRoot(diagnostics)
    opening.move() // The server closes them from here on.
    const notify = notifyTo(diagnostics.warn)
    using watching = new DisposableStack()
    process.exitCode = await runServer({
      config,
      diagnostics,
      world: { ports, dropFolder, sameServer: sameServer({ loaded }) },
      readConfig: () => read().config,
      onReady: (server) => {
        const list = [...server.addresses].map(([name, { port }]) => `${name} ${port}`).join(', ')
        diagnostics.info(`listening: ${list}; data in ${config.dataFolder}`)
        notify.ready()
        watch(server, notify, diagnostics, watching)
      },
      onReloading: notify.reloading,
      onReloaded: notify.ready,
      onStopping: notify.stopping,
    })
  })
}

/**
 * Those that systemd opened, by the listener's name or port; the rest are opened here.
 * @param opening  is given every port: an open one would keep a process alive whose start failed
 */
async function openAllPorts(
  { listeners }: Config,
  opening: AsyncDisposableStack,
  diagnostics: Diagnostics,
): Promise<ReadonlyMap<string, BoundPort>> {
  const passed = new Map<string, BoundPort>()
  for (const { name, descriptor } of systemdSockets()) {
    const port = opening.use(await bindPort({ fd: descriptor }))
    const listener =
      listeners.find((one) => one.name === name) ??
      listeners.find((one) => one.port === port.address.port && !passed.has(one.name))
    if (listener === undefined)
      throw new ConfigFault(
        `systemd passed port ${port.address.port} as "${name}", and no listener has this port ` +
          'or name: add one, or take the port out of the socket unit',
      )
    passed.set(listener.name, port)
    diagnostics.info(`listener "${listener.name}" has a socket from systemd`)
  }
  return await openPorts(
    listeners,
    async (listener) => passed.get(listener.name) ?? opening.use(await openPort(listener)),
  )
}

/** Where only root can make a folder, it is made now. Without one the rest of the server works. */
function prepareDrop(config: Config, diagnostics: Diagnostics): string | null {
  const path = dropFolderOf(config)
  if (path === null) return null
  const isRoot = process.getuid?.() === 0
  try {
    const { user, group } = config
    makeDropFolder(path, isRoot && user !== null ? idsOf(user, group) : undefined)
    const barrier = barrierAbove(path)
    if (barrier !== null)
      diagnostics.warn(
        `users other than root cannot send by sendmail: they cannot reach ${path}, for ${barrier} ` +
          'is closed to them; set sendmail.drop_folder, or sendmail.users = false',
      )
    return path
  } catch (error) {
    if (!(error instanceof OperatorFault)) throw error
    diagnostics.warn(`users other than root cannot send by sendmail: ${error.message}`)
    return null
  }
}

function warnAboutRoot(diagnostics: Diagnostics): void {
  if (process.getuid?.() === 0)
    diagnostics.warn(
      'running as root: set user in the configuration, so that it is left after start',
    )
}

/** Where systemd watches, until the server has stopped. */
function watch(
  { vitals }: Server,
  notify: Notify,
  { warn }: Diagnostics,
  until: DisposableStack,
): void {
  const patienceMs = watchdogMs()
  if (patienceMs === null) return
  until.use(new Watchdog({ clock: systemClock, patienceMs, vitals, notify, report: warn }))
}
