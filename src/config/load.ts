/** Finds the configuration and checks what one key alone cannot show. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { systemCodeOf, systemReason } from '../base/faults.ts'
import type { AlertsConfig } from './alerts.ts'
import { ConfigFault } from './fault.ts'
import { type FileText, type Override, readSettings, type Source } from './read.ts'
import { SETTINGS } from './settings.ts'
import type { CertificateConfig, Config, ListenerConfig } from './types.ts'

export interface LoadedConfig {
  readonly config: Config
  /** Where each value comes from, by its path: `listeners.0.port`. */
  readonly sources: ReadonlyMap<string, Source>
  /** Null when no file was found and all is default. */
  readonly file: string | null
}

/** What a command was told about where to look. */
export interface ConfigOptions {
  /** `--config FILE`. */
  readonly configFile?: string | undefined
  /** `--data FOLDER`. */
  readonly dataFolder?: string | undefined
}

/** Where the configuration is looked for when nobody says where. */
const USUAL_FILE = '/etc/waybill/waybill.toml'

/** The environment variables that matter, and no others. */
export interface Environment {
  readonly configFile: string | undefined
  readonly dataFolder: string | undefined
}

export function environment(): Environment {
  return {
    configFile: process.env['WAYBILL_CONFIG'] || undefined,
    dataFolder: process.env['WAYBILL_DATA'] || undefined,
  }
}

/** @throws ConfigFault */
export function loadConfig(options: ConfigOptions = {}, env = environment()): LoadedConfig {
  const named = options.configFile ?? env.configFile
  const file = named === undefined ? readIfThere(USUAL_FILE) : readNamed(resolve(named))
  return configFrom(file, overrides(options, env))
}

/** @throws ConfigFault */
export function configFrom(
  file: FileText | null,
  overriding: readonly Override[] = [],
): LoadedConfig {
  const { values, sources } = readSettings<Config>(SETTINGS, file, overriding)
  // Options and environment variables mean the current folder, the file means its own.
  const given = sources.get('data_folder')?.kind
  const base = file === null ? '.' : dirname(file.file)
  const { dropFolder } = values.sendmail
  const config: Config = {
    ...values,
    dataFolder: resolve(given === 'file' ? base : '.', values.dataFolder),
    tls: { certificates: values.tls.certificates.map((pair) => absolute(pair, base)) },
    sendmail: {
      ...values.sendmail,
      dropFolder: dropFolder === null ? null : resolve(base, dropFolder),
    },
    alerts: alertsIn(base, values.alerts),
  }
  check(config, (key) => whereIs(sources.get(key)))
  return { config, sources, file: file?.file ?? null }
}

function overrides(options: ConfigOptions, env: Environment): Override[] {
  if (options.dataFolder !== undefined) {
    const source = { kind: 'option', name: '--data' } as const
    return [{ key: 'data_folder', value: options.dataFolder, source }]
  }
  if (env.dataFolder === undefined) return []
  const source = { kind: 'environment', name: 'WAYBILL_DATA' } as const
  return [{ key: 'data_folder', value: env.dataFolder, source }]
}

function readNamed(file: string): FileText {
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch (error) {
    throw unreadable(file, error)
  }
}

function readIfThere(file: string): FileText | null {
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): ConfigFault {
  return new ConfigFault(`cannot read the configuration file ${file}: ${systemReason(error)}`)
}

function absolute(pair: CertificateConfig, folder: string): CertificateConfig {
  return { ...pair, cert: resolve(folder, pair.cert), key: resolve(folder, pair.key) }
}

function alertsIn(base: string, alerts: AlertsConfig): AlertsConfig {
  const path = (file: string | null) => (file === null ? null : resolve(base, file))
  return {
    ...alerts,
    pingUrlFile: path(alerts.pingUrlFile),
    webhooks: alerts.webhooks.map((webhook) => ({
      ...webhook,
      urlFile: path(webhook.urlFile),
      secretFile: path(webhook.secretFile),
      tokenFile: path(webhook.tokenFile),
    })),
  }
}

function whereIs(source: Source | undefined): string {
  return source?.kind === 'file' ? `${source.file}:${source.line}` : 'configuration'
}

/** Two listeners that cannot both be open. Port 0 is another one every time. */
function isSamePlace(a: ListenerConfig, b: ListenerConfig): boolean {
  if (a.port !== b.port || a.port === 0) return false
  return a.address === b.address || a.address === '*' || b.address === '*'
}

function checkAlerts(alerts: AlertsConfig, where: (key: string) => string): void {
  const { webhooks, pingUrl, pingUrlFile } = alerts
  for (const [index, { name, url, urlFile }] of webhooks.entries()) {
    const here = where(`alerts.webhooks.${index}.name`)
    if (webhooks.findIndex((one) => one.name === name) < index)
      throw new ConfigFault(`${here}: two webhooks are named "${name}"; rename one`)
    if ((url === null) === (urlFile === null))
      throw new ConfigFault(
        `${here}: the webhook "${name}" has ${url === null ? 'no URL' : 'two URLs'}; ` +
          'write one of url and url_file',
      )
  }
  if (pingUrl !== null && pingUrlFile !== null)
    throw new ConfigFault(
      `${where('alerts.ping_url_file')}: there are two URLs to ping; write one of ping_url and ping_url_file`,
    )
}

/** @param where  file and line of a key, for the sentence */
function check({ listeners, limits, alerts }: Config, where: (key: string) => string): void {
  checkAlerts(alerts, where)
  if (listeners.length === 0)
    throw new ConfigFault('configuration: listeners is empty; write at least one [[listeners]]')
  const names = new Set<string>()
  for (const [index, listener] of listeners.entries()) {
    const { name, protocol, address, tls } = listener
    if (names.has(name))
      throw new ConfigFault(
        `${where(`listeners.${index}.name`)}: two listeners are named "${name}"; rename one`,
      )
    names.add(name)
    const other = listeners.slice(0, index).find((one) => isSamePlace(one, listener))
    if (other !== undefined)
      throw new ConfigFault(
        `${where(`listeners.${index}.port`)}: listeners "${other.name}" and "${name}" both have ` +
          `port ${listener.port}; change one, or give them different addresses`,
      )
    const isLocal = address.startsWith('127.') || address === '::1'
    if (tls === 'none' && (protocol === 'submission' || (protocol === 'imap' && !isLocal)))
      throw new ConfigFault(
        `${where(`listeners.${index}.tls`)}: passwords would cross the network in the clear on ` +
          `listener "${name}"; write tls = "starttls" or tls = "implicit"`,
      )
  }
  if (limits.smtp.softErrors > limits.smtp.hardErrors)
    throw new ConfigFault(
      `${where('limits.smtp.soft_errors')}: limits.smtp.soft_errors is ` +
        `${limits.smtp.softErrors}; write at most hard_errors, ${limits.smtp.hardErrors}`,
    )
  if (limits.auth.minPasswordOctets > limits.auth.maxPasswordOctets)
    throw new ConfigFault(
      `${where('limits.auth.min_password_size')}: limits.auth.min_password_size is ` +
        `${limits.auth.minPasswordOctets}; write at most max_password_size, ` +
        `${limits.auth.maxPasswordOctets}`,
    )
}
