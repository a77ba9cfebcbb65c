/** `waybill doctor --server exim,dovecot [--root DIR]`: another mail server, looked at and never changed. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'

import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { systemResolver } from '../../dns/system.ts'
import { foreignChecks } from '../../doctor/foreign/checks.ts'
import { openForeign } from '../../doctor/foreign/open.ts'
import {
  FOREIGN_SERVERS,
  type ForeignServer,
  type ForeignWorld,
} from '../../doctor/foreign/world.ts'
import { quoted } from '../../doctor/in-command.ts'
import type { Check, Examination } from '../../doctor/types.ts'
import { localZone } from '../../local-zone.ts'
import type { Cli } from '../cli.ts'
import { messageOf } from '../../base/faults.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { chosenOf, lookAround, nameChecks, type NamingOptions } from './looking.ts'
import { nagiosOf, nagiosUnknown, type NagiosLine } from './nagios.ts'
import { exitCodeOf, plainOf, writeExamination } from './output.ts'

export interface ForeignDoctorOptions extends NamingOptions {
  readonly server?: string
  readonly root?: string
  readonly only?: readonly string[]
  readonly all?: boolean
  readonly nagios?: boolean
}

/** @throws UsageFault when there is no such server or folder */
export async function foreignDoctor(
  cli: Cli,
  options: ForeignDoctorOptions,
  isJson: boolean,
): Promise<void> {
  if (options.nagios === true) return await sayLine(cli, options)
  const startedMs = systemClock.monotonicMs()
  const servers = serversOf(options.server ?? '')
  const checks = chosenOf(foreignChecks(servers), options.only)
  if (nameChecks(cli, checks, options, isJson)) return
  const found = await look(cli, checks, servers, options, startedMs)
  if (isJson) cli.out.write(`${jsonText(plainOf(found, { fixed: null, change: null }), 2)}\n`)
  else writeExamination(cli.out, found, { isAll: options.all === true, change: null })
  const code = exitCodeOf(found)
  if (code !== 0) cli.exit(code)
  // What hung may hang on.
  cli.leave?.()
}

/** As {@link foreignDoctor}, for a program that reads one line. */
async function sayLine(cli: Cli, options: ForeignDoctorOptions): Promise<void> {
  const startedMs = systemClock.monotonicMs()
  let said: NagiosLine
  try {
    const servers = serversOf(options.server ?? '')
    const checks = chosenOf(foreignChecks(servers), options.only)
    const silent = { ...cli, errors: { ...cli.errors, columns: undefined } }
    said = nagiosOf(await look(silent, checks, servers, options, startedMs))
  } catch (error) {
    said = nagiosUnknown(messageOf(error))
  }
  cli.out.write(`${said.line}\n`)
  if (said.code !== 0) cli.exit(said.code)
  cli.leave?.()
}

async function look(
  cli: Pick<Cli, 'errors'>,
  checks: readonly Check<ForeignWorld>[],
  servers: readonly ForeignServer[],
  options: ForeignDoctorOptions,
  startedMs: number,
): Promise<Examination> {
  const world = openWorld(servers, rootOf(options.root))
  return sameServer(await lookAround(cli, checks, world, startedMs), options)
}

function serversOf(named: string): readonly ForeignServer[] {
  const words = named.split(',').map((word) => word.trim().toLowerCase())
  const known = words.filter((word): word is ForeignServer =>
    FOREIGN_SERVERS.some((server) => server === word),
  )
  const strange = words.find((word) => !known.some((server) => server === word))
  if (strange !== undefined)
    throw new UsageFault(
      `there is no server ${strange || '(none)'} here: ${FOREIGN_SERVERS.join(', ')}, or several with commas`,
    )
  return [...new Set(known)]
}

function rootOf(given = '/'): string {
  const folder = resolve(given)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageFault(`${folder} is no folder: --root names where the servers are installed`)
  return folder
}

function openWorld(servers: readonly ForeignServer[], root: string): ForeignWorld {
  const resolver = systemResolver({ clock: systemClock, random: systemRandom, trusted: () => [] })
  return openForeign({ root, servers, clock: systemClock, zone: localZone(), resolver })
}

/** Commands of ours are to be typed as they stand: they name the server that was looked at. */
export function sameServer(
  found: Examination,
  { server, root }: Pick<ForeignDoctorOptions, 'server' | 'root'>,
): Examination {
  const where = root === undefined ? '' : ` --root ${quoted(root)}`
  const same = `waybill doctor --server ${quoted(server ?? '')}${where}`
  const findings = found.findings.map((finding) => ({
    ...finding,
    remedy: finding.remedy.map(({ text, command }) => ({
      text,
      command: command?.replace(/(?<=^|^sudo )waybill doctor(?! --server)/, () => same) ?? null,
    })),
  }))
  return { ...found, findings }
}
