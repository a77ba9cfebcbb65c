/** Where the listeners of this server are to be reached from this machine. */
import { join } from 'node:path'

import type { ListenerConfig, ListenerProtocol } from '../config/types.ts'
import { quoted } from './in-command.ts'
import type { World } from './world.ts'

export interface Place {
  readonly listener: ListenerConfig
  /** Where it listens: an address, or one that stands for all. */
  readonly address: string
  /** An address of this machine to reach it at. */
  readonly host: string
  readonly port: number
}

/**
 * Of the configured listeners, those that the running server has: where it says that they are, for
 * the configuration may have changed since it read it. Without a server there is none.
 */
export function placesOf(
  { loaded, status }: Pick<World, 'loaded' | 'status'>,
  protocol: ListenerProtocol | null = null,
): readonly Place[] {
  return loaded.config.listeners
    .filter((listener) => protocol === null || listener.protocol === protocol)
    .flatMap((listener) => {
      const open = status?.listeners.find(({ name }) => name === listener.name)
      if (open === undefined || open.port === 0) return []
      const { address, port } = open
      return [{ listener, address, host: reachable(address), port }]
    })
}

/** `[::1]:993`, `127.0.0.1:25` */
export function placeWords({ host, port }: Pick<Place, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** What to type so that another command means the same server: ` --config FILE`, or nothing. */
export function sameServer({ loaded }: Pick<World, 'loaded'>): string {
  const { file, config, sources } = loaded
  const given = sources.get('data_folder')?.kind
  const data =
    given === 'option' || given === 'environment' ? ` --data ${quoted(config.dataFolder)}` : ''
  return `${file === null || file === USUAL_FILE ? '' : ` --config ${quoted(file)}`}${data}`
}

/** Is it a server for trying out, made by `waybill dev`? */
export function isTrial({ files, loaded }: Pick<World, 'files' | 'loaded'>): boolean {
  return files.stat(join(loaded.config.dataFolder, 'dev.json')) !== null
}

/** `0.0.0.0`, `::`, and `*` of the configuration. */
export function isAll(address: string): boolean {
  return address === '*' || address === '::' || address === '0.0.0.0'
}

/** From outside it cannot be connected to. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** All addresses of the machine are reached at one of them. */
function reachable(address: string): string {
  return isAll(address) ? '127.0.0.1' : address
}

const USUAL_FILE = '/etc/waybill/waybill.toml'
