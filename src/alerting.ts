/** Wiring: the alerts of a running server. */
import { totalmem } from 'node:os'
import { Readable } from 'node:stream'

import { gather } from './alerts/gather.ts'
import { commandWay } from './alerts/ways/command.ts'
import { mailWay } from './alerts/ways/mail.ts'
import { httpRequest } from './alerts/ways/request.ts'
import type { Way } from './alerts/ways/way.ts'
import { webhookWay } from './alerts/ways/webhook.ts'
import { Watch } from './alerts/watch.ts'
import { isOf, NETWORK_RULES } from './alerts/rules/network.ts'
import type { LiveConfig } from './config/live.ts'
import { systemFiles } from './doctor/reach/files.ts'
import type { Finding } from './doctor/types.ts'
import { noteOf } from './journal/plain.ts'
import { localZone } from './local-zone.ts'
import type { Parts, World } from './server.ts'

/**
 * Begins to look; what is told goes by the ways that the configuration names at that moment.
 * Undefined for `waybill dev`: what stays on a laptop has nobody to tell.
 */
export function startAlerts(
  live: LiveConfig,
  { clock, resolver, diagnostics, catchOutside, sameServer }: World,
  parts: Pick<
    Parts,
    'database' | 'directory' | 'office' | 'submission' | 'counters' | 'logs' | 'report'
  >,
  startedMs: number,
): Watch | undefined {
  if (catchOutside !== null) return undefined
  const { database, directory, office, counters, logs } = parts
  const config = () => live.current.alerts
  const gathered = {
    ...{ database, files: systemFiles, dataFolder: live.current.dataFolder, startedMs },
    disk: live.current.disk,
    relays: () => office.relays.relays(),
    memoryOctets: () => process.memoryUsage.rss(),
    memoryMostOctets,
  }
  const watch = new Watch({
    ...{ database, clock, config, zone: localZone(), hostName: () => live.current.hostName },
    sameServer,
    ways: () => waysOf(live, clock, parts),
    gather: (inMind, signal) => gather(gathered, inMind, signal),
    examine: (signal) => examined(live, clock, resolver, signal),
    ping: (url, signal) =>
      httpRequest({ method: 'GET', url, headers: {}, body: '', timeoutMs: PING_MS }, signal),
    isAccount: (login) => directory.findAccount(login) !== undefined,
    note: (text) => logs.record(noteOf(clock.nowMs(), 'policy', text)),
    report: diagnostics.warn,
  })
  counters.listen(watch.hear)
  watch.start()
  return watch
}

function waysOf(
  live: LiveConfig,
  clock: World['clock'],
  { directory, submission }: Pick<Parts, 'directory' | 'submission'>,
): readonly Way[] {
  const { mail, mailTo, webhooks, command, commandTimeoutMs } = live.current.alerts
  const postmaster = () => {
    const [first] = directory.domains()
    return first === undefined ? null : `postmaster@${first.name}`
  }
  const byMail = mailWay({
    to: () => (mailTo.length > 0 ? mailTo : [postmaster()].filter((address) => address !== null)),
    sender: () => postmaster() ?? `postmaster@${live.current.hostName}`,
    submit: async (to, from, octets) => {
      const wishes = { notify: 'NEVER', ret: null, envelopeId: null }
      const needs = { needsFrom: false, needsMessageId: true }
      const mailed = {
        user: 'waybill',
        fullName: null,
        from,
        recipients: [to],
        ...needs,
        ...wishes,
      }
      await submission.take(mailed, () => Readable.from([octets]))
    },
  })
  return [
    ...(mail ? [byMail] : []),
    ...webhooks.map((webhook) => webhookWay(webhook, clock)),
    ...(command.length > 0 ? [commandWay(command, commandTimeoutMs)] : []),
  ]
}

/** Runs the checks that rules look at, as `waybill doctor` does. */
async function examined(
  live: LiveConfig,
  clock: World['clock'],
  resolver: World['resolver'],
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  // Loaded at the first look, and only these: the whole doctor would take 10 MiB of every server.
  const { examine } = await import('./doctor/examine.ts')
  const { WATCHED_CHECKS } = await import('./doctor/watched-checks.ts')
  const { openWorld } = await import('./doctor-world.ts')
  const checks = WATCHED_CHECKS.filter(({ id }) =>
    NETWORK_RULES.some((rule) => isOf(rule, { check: id })),
  ).map((check) => ({
    ...check,
    look: (world: Parameters<typeof check.look>[0], signal: AbortSignal) =>
      check.look(world, AbortSignal.any([signal, stop])),
  }))
  const loaded = { config: live.current, sources: new Map(), file: null }
  await using opened = await openWorld(loaded)
  const world = { ...opened, ...(resolver === null ? {} : { resolver }) }
  const examination = examine(checks, world, {
    ...{ clock, checkMs: 30_000, wholeMs: 120_000, atOnce: 4, pauseMs: 1_000 },
    onProgress: () => {},
  })
  // A server that stops does not wait for a check that does not hear of it.
  const stopped = Promise.withResolvers<null>()
  const end = () => stopped.resolve(null)
  stop.addEventListener('abort', end)
  try {
    return (await Promise.race([examination, stopped.promise]))?.findings ?? []
  } finally {
    // It lives as long as the server.
    stop.removeEventListener('abort', end)
  }
}

/** Of its cgroup: MemoryHigh and MemoryMax of the unit, or of a container; the lower one. */
function memoryMostOctets(): number | null {
  const octets = process.constrainedMemory()
  // Without a limit it is 0, or a number that no machine has.
  return octets === 0 || octets >= totalmem() ? null : octets
}

const PING_MS = 10_000
