/**
 * What whoever helps with a server wants to see of it, as files of a bundle: without addresses, hosts
 * of others, subjects, ids, passwords and keys, for which {@link Redactor} has pseudonyms.
 */
import { arch, cpus, release, totalmem, type as systemName, uptime } from 'node:os'

import { DAY_MS } from '../../base/durations.ts'
import { messageOf } from '../../base/faults.ts'
import { settingsOf } from '../../config/print.ts'
import { FIGURES, samplesOf } from '../history.ts'
import type { Check, Examination } from '../types.ts'
import type { World } from '../world.ts'
import type { LogEnd } from './log-ends.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { Redactor } from './redact.ts'
import type { TarFile } from './tar.ts'

export interface BundleParts {
  readonly world: World
  readonly checks: readonly Pick<Check<World>, 'id' | 'group' | 'title'>[]
  readonly examination: Examination
  /** As they were before the doctor looked. */
  readonly logs: readonly LogEnd[]
  /** What was counted in the log; or, as a text, why nothing was. */
  readonly statistics: unknown
  /** For the pseudonyms: 32 octets that nobody else has, and that are not kept. */
  readonly key: Uint8Array
}

/** In the order in which somebody would read them. Never throws for what cannot be had. */
export async function bundleOf(parts: BundleParts): Promise<readonly TarFile[]> {
  const { world, checks, examination, logs, statistics } = parts
  const redactor = new Redactor({
    pseudonyms: new Pseudonyms(parts.key),
    known: new Set([
      world.loaded.config.hostName,
      world.version,
      world.status?.version ?? world.version,
      ...[...FIGURES, ...FILE_NAMES],
      ...checks.flatMap(({ id, group }) => [id, group]),
    ]),
  })
  const texts = logs.map(({ name, lines }) =>
    file(`log/${name}`, lines.map((line) => `${redactor.text(line)}\n`).join('')),
  )
  return [
    file('README', README),
    json('versions.json', versionsOf(world)),
    file('configuration', configurationText(world, redactor)),
    json('doctor.json', findingsOf(examination, redactor)),
    json('status.json', redactor.value(world.status)),
    json('counts.json', await countsOf(world, redactor)),
    json('history.json', historyOf(world, redactor)),
    json('statistics.json', redactor.value(statistics)),
    ...texts,
  ]
}

function file(name: string, text: string): TarFile {
  return { name: `${FOLDER}/${name}`, octets: Buffer.from(text) }
}

function json(name: string, value: unknown): TarFile {
  return file(name, `${JSON.stringify(value, null, 1)}\n`)
}

/** Nothing of this is anybody's secret. */
function versionsOf({ version, status, clock }: World): unknown {
  return {
    at: new Date(clock.nowMs()).toISOString(),
    waybill: { command: version, server: status?.version ?? null },
    node: process.versions,
    system: { name: systemName(), release: release(), architecture: arch() },
    machine: { processors: cpus().length, memoryOctets: totalmem(), uptimeS: uptime() },
  }
}

/** A line for each key that was set, and where; defaults are this version's own. */
function configurationText({ loaded }: World, redactor: Redactor): string {
  const settings = settingsOf(loaded)
  const set = settings.filter(({ source }) => source.kind !== 'default')
  const lines = set.map(({ key, value, source }) => {
    const where = source.kind === 'file' ? `line ${source.line}` : source.kind
    return `${key} = ${valueText(key, value, redactor)}    # ${where}`
  })
  const rest = settings.length - set.length
  return `${lines.join('\n')}\n# ${rest} other keys have their defaults\n`
}

/** Texts of keys that may hold a secret leave nothing of themselves, not even ordinary words. */
function valueText(key: string, value: string, redactor: Redactor): string {
  if (!MAY_BE_SECRET.test(key)) return redactor.text(value)
  return value.replace(/"(?:[^"\\]|\\.)*"/g, (text) => `"${redactor.whole('word', text)}"`)
}

const MAY_BE_SECRET =
  /(?:url|secret|password|token|key|command|ping|user|group|name|address)(?:_file)?$/

function findingsOf({ startedMs, endedMs, findings }: Examination, redactor: Redactor): unknown {
  return {
    ...{ startedMs, endedMs },
    findings: findings.map(({ fix, check, verdict, ...finding }) => ({
      ...{ check, verdict },
      ...(redactor.value(finding) as object),
      fix: fix === null ? null : redactor.text(fix.what),
    })),
  }
}

async function countsOf(world: World, redactor: Redactor): Promise<unknown> {
  const count = async (ask: () => Promise<readonly unknown[]>) => {
    try {
      return (await ask()).length
    } catch (error) {
      return redactor.text(messageOf(error))
    }
  }
  return {
    domains: await count(() => world.ask('domain.list', {})),
    accounts: await count(() => world.ask('account.list', {})),
    aliases: await count(() => world.ask('alias.list', {})),
    relays: await count(() => world.ask('relay.list', {})),
  }
}

/** The server's figures of the last days, as time and value. */
function historyOf({ store, clock }: World, redactor: Redactor): unknown {
  if (store === null) return null
  try {
    const nowMs = clock.nowMs()
    const sinceMs = nowMs - HISTORY_DAYS * DAY_MS
    return Object.fromEntries(
      FIGURES.map((figure) => [
        figure,
        store
          .run(samplesOf(figure, sinceMs, nowMs + 1))
          .map(({ atMs, value }) => [Math.round(atMs / 1000), value]),
      ]),
    )
  } catch (error) {
    return redactor.text(messageOf(error))
  }
}

const FOLDER = 'waybill-support'
const HISTORY_DAYS = 7
const FILE_NAMES = [
  'mail.db',
  'trace.db',
  'mail.db-wal',
  'trace.db-wal',
  'waybill.toml',
  'waybill.service',
  'waybill.socket',
]
const README = `What waybill support-bundle found of a mail server.

versions.json      programs and machine
configuration      what was set, and where
doctor.json        what waybill doctor said
status.json        what the running server says of itself
counts.json        how many domains, accounts, aliases and relays there are
history.json       figures of the last ${HISTORY_DAYS} days: seconds since 1970, and value
statistics.json    waybill log stats
log/               the last lines

Only words and figures that are known to be harmless stand here as they were, and the server's own host
name. Everything else has a pseudonym: user-, host-, ip-, id-, url-, subject-, mailbox- or word-. The
same text has the same one everywhere in this bundle, and another in the next one. The key of the
pseudonyms was not kept: nobody can turn them back.
`
